"""Do scores with generated weights rank networks as their own training does?

Brock et al. 2017, section 5.1, with what they left out: intervals, the better half, networks of
equal cost, and beside them what needs no HyperNet. The truth is settled before anything is ranked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from smashdsl.api import Space
from smashdsl.backends.plot import Panel, scatter
from smashdsl.scoring.registry import UNTRAINED, make_scorer
from smashdsl.scoring.scorer import Context
from smashdsl.studies.agreement import agreement, difference
from smashdsl.studies.crossed import FOLDS, crossed
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.settled import Settled, distinct, settle
from smashdsl.studies.study import Study
from smashdsl.studies.weights import Method, generated, scored, trained
from smashdsl.training.data import Dataset

Scores = Mapping[str, npt.NDArray[np.float64]]
CONTROLS = ("none", "unconditional", "shared")
SIZE = ("params", "live_params", "flops", "depth")  # what costs nothing to know
MIXES = {"mix of sizes": SIZE, "mix of all": ()}


def correlation(study: Study, space: Space, data: Dataset, plan: Plan,
                device: torch.device | str = "cpu") -> Page:  # fmt: skip
    """Run the study; gives its page, which is written with its data and pictures."""
    programs = distinct(space, plan.programs, plan.train.seed)
    truth = settle(study, programs, data, plan.fit, device)
    scores = all_scores(study, space, data, truth, plan, device)
    page = Page(f"Correlation: {space.name} on {data.name}")
    page.say(
        f"{len(programs)} random programs, each trained by itself for {plan.fit.epochs} epochs: "
        f"the truth, mean log-likelihood of {len(data.validation):,} held-out images "
        f"({truth.reached.min():.3f} to {truth.reached.max():.3f}, accuracy "
        f"{truth.accuracy.min():.1%} to {truth.accuracy.max():.1%}). Weights of the space: "
        f"{plan.train.steps:,} steps of {plan.train.archs_per_step} x {plan.train.batch_size} "
        f"images, {plan.seeds} seeds, scores on {plan.images:,} images and averaged over seeds. "
        "Intervals: 95 % bootstrap over programs."
    )
    mixed = {name: made for name, features in MIXES.items()
             if (made := crossed({each: scores[each] for each in features or scores},
                                 truth.reached, plan.train.seed)) is not None}  # fmt: skip
    if mixed:
        few = len(programs) // FOLDS
        page.say(f"Mixes weigh several scores; each is calibrated on a fifth of the programs "
                 f"({few} or one more), and judged on the others.")  # fmt: skip
    scores = {**scores, **mixed}
    compare(page, scores, truth, next(reversed(mixed), "hypernet"))
    panels = [Panel(values, truth.reached, name, "score", "truth")
              for name, values in scores.items()]  # fmt: skip
    scatter(study.folder / "scores.svg", panels)
    page.picture("scores.svg", "each score against the truth")
    page.write(study)
    return page


def all_scores(study: Study, space: Space, data: Dataset, truth: Settled, plan: Plan,
               device: torch.device | str) -> Scores:  # fmt: skip
    """Scores by every method, and by everything that needs no one-shot training, `(n,)` each."""
    found: dict[str, npt.NDArray[np.float64]] = {}
    context = Context(space, data, plan.train.seed, device)
    for control in CONTROLS:
        name = "hypernet" if control == "none" else control
        for each, values in _by(study, space, data, truth, plan, name, control, device).items():
            found[each] = np.mean(values, axis=0)
    for name in (*UNTRAINED, f"sgd:{plan.sgd}"):
        found[name] = np.array(scored(study, name, make_scorer(name, context), truth.programs))
    return found


def _by(study: Study, space: Space, data: Dataset, truth: Settled, plan: Plan, name: str,
        control: str, device: torch.device | str) -> dict[str, list[list[float]]]:  # fmt: skip
    """Scores of one kind of weights, for each seed; those of a HyperNet also when it is told
    something wrong."""
    found: dict[str, list[list[float]]] = {}
    for number in range(plan.seeds):
        settings = dataclasses.replace(plan.train, control=control, seed=plan.train.seed + number)
        oneshot = trained(study, space, data, Method(name, settings), device)
        for corrupt in (None, "all") if control == "none" else (None,):
            key = name if corrupt is None else "corrupted"
            scorer = generated(oneshot, plan.images, corrupt)
            found.setdefault(key, []).append(
                scored(study, f"{key}-{settings.seed}", scorer, truth.programs)
            )
    return found


def compare(page: Page, scores: Scores, truth: Settled, main: str) -> None:
    """Add the table of how far each score agrees with the truth, and whether the main one gains."""
    costs = [program.costs.flops for program in truth.programs]
    rows, data = [], {}
    for name, values in scores.items():
        found = agreement(values, truth.reached, costs)
        rows.append([name, found.kendall, found.spearman, found.top_half, found.equal_cost])
        data[name] = {**dataclasses.asdict(found), "scores": values.tolist()}
    page.table(
        ["score", "Kendall's tau", "Spearman's rho", "tau, better half", "tau, equal cost"], rows
    )
    gains = []
    for name in scores:
        if name != main:
            gain = difference(scores[main], scores[name], truth.reached)
            gains.append([name, gain])
            data[name]["gain_over"] = dataclasses.asdict(gain)
    page.say(f"By how much the tau of `{main}` is higher, in the same samples of programs:")
    page.table(["than that of", "by"], gains)
    page.say(verdict(scores, truth.reached, main))
    page.data["truth"] = truth.reached.tolist()
    page.data["accuracy"] = truth.accuracy.tolist()
    page.data["hashes"] = [program.hash for program in truth.programs]
    page.data["scores"] = data


def verdict(scores: Scores, truth: npt.NDArray[np.float64], main: str,
            rivals: Sequence[str] = SIZE) -> str:  # fmt: skip
    """In a sentence, whether a score is worth more than counting. Counts are read the way round
    that suits the truth, which nobody knows beforehand: that favours them."""
    read = {}
    for name in rivals:
        backwards = agreement(scores[name], truth).kendall.value < 0
        read[f"`{name}` backwards" if backwards else f"`{name}`"] = (
            -scores[name] if backwards else scores[name]
        )
    known = {name: agreement(values, truth).kendall for name, values in read.items()}
    best = max(read, key=lambda name: np.nan_to_num(known[name].value, nan=-1))
    gain = difference(scores[main], read[best], truth)
    how = "ranks better" if gain.low > 0 else "ranks worse"
    counted = f"{best}, the best of what can be counted"
    outcome = (
        f"`{main}` {how} than {counted}"
        if gain.low > 0 or gain.high < 0
        else (f"`{main}` cannot be told apart from {counted}")
    )
    own = agreement(scores[main], truth).kendall
    return (f"**Verdict:** with n = {own.n}, {outcome}: tau {own} against {known[best]}, "
            f"a gain of {gain}.")  # fmt: skip
