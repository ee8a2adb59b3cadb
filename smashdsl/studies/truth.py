"""A table of measured networks, ranked: how near do scores come to what others have measured?

Nothing of the table is used for the ranking. The mixes are calibrated on random programs of the
space that this study trains itself for a short time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from smashdsl.api import Program, Space
from smashdsl.backends.plot import Panel, scatter
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.scoring.mix import Mix, fit_mix
from smashdsl.scoring.registry import UNTRAINED, make_scorer
from smashdsl.scoring.scorer import Context
from smashdsl.studies.agreement import agreement, difference
from smashdsl.studies.plan import Plan
from smashdsl.studies.report import Page
from smashdsl.studies.settled import Settled, distinct, settle
from smashdsl.studies.study import Study
from smashdsl.studies.tables import Table
from smashdsl.studies.weights import Method, generated, scored, trained
from smashdsl.training.data import Dataset

Reals = npt.NDArray[np.float64]
Scores = Mapping[str, Reals]
METHODS = {"hypernet": "none", "shared": "shared"}
SIZE = ("live_params", "flops", "depth")
MIXES = {
    "mix of sizes": SIZE,
    "mix of the HyperNet's score and sizes": ("hypernet", *SIZE),
    "mix of shared weights' score and sizes": ("shared", *SIZE),
    "mix of all": (),
}


def truth(study: Study, space: Space, data: Dataset, plan: Plan, device: torch.device | str,
          table: Table, column: str, scorers: Sequence[str] = ()) -> Page:  # fmt: skip
    """Run the study; gives its page, which is written with its data and pictures.

    Args:
        study: where it is kept.
        space: whose programs the table's networks are, or a smaller copy of that space.
        data: to train on.
        plan: how much work it may be; `programs` are trained to calibrate the mixes.
        device: where to compute.
        table: the measured networks.
        column: of the table, the truth.
        scorers: only these scores, of those that need no training, and so no mixes; all there are
            unless given.
    """
    programs = [table.program(space, row) for row in table.rows]
    page = Page(f"Truth: {table.benchmark.name}, {column}, ranked in {space.name}")
    page.say(
        f"{len(programs):,} networks with their measured accuracies, images of {data.name} "
        f"({' x '.join(map(str, data.shape))}). No accuracy of the table is used to rank. "
        "Intervals: 95 % bootstrap over networks."
    )
    mixes: Mapping[str, tuple[Mix, Reals]] = {}
    if scorers:
        found = _untrained(study, space, data, programs, plan, device, scorers)
    else:
        found, mixes = _trained(study, page, space, data, programs, plan, device)
    measured = np.array([row.truth[column] for row in table.rows])
    _compare(page, found, mixes, measured, programs, "mix of all" if mixes else scorers[-1])
    every = {**found, **{name: mix[1] for name, mix in mixes.items()}}
    panels = [Panel(values, measured, name, "score", column) for name, values in every.items()]
    scatter(study.folder / "scores.svg", panels, 4)
    page.picture("scores.svg", "each score against the truth")
    page.write(study)
    return page


def _trained(study: Study, page: Page, space: Space, data: Dataset, programs: Sequence[Program],
             plan: Plan, device: torch.device | str) -> tuple[
                 Scores, Mapping[str, tuple[Mix, Reals]]]:  # fmt: skip
    """All scores of programs, and mixes of them, calibrated on programs that are trained here."""
    calibrating = distinct(space, plan.programs, plan.train.seed)
    settled = settle(study, calibrating, data, plan.fit, device)
    every = [*calibrating, *programs]
    scores = {**_generated(study, space, data, every, plan, device),
              **_untrained(study, space, data, every, plan, device, UNTRAINED)}  # fmt: skip
    known = {name: values[: len(calibrating)] for name, values in scores.items()}
    found = {name: values[len(calibrating) :] for name, values in scores.items()}
    page.say(
        f"Weights of the space: {plan.train.steps:,} steps of {plan.train.archs_per_step} x "
        f"{plan.train.batch_size} images; scores on {plan.images:,} images. Mixes are calibrated "
        f"on {len(calibrating)} random programs, each trained for {plan.fit.epochs} epochs of "
        f"{len(data.train):,} images ({settled.accuracy.min():.1%} to "
        f"{settled.accuracy.max():.1%})."
    )
    if "hypernet" not in found:
        page.say(f"`{space.name}` cannot be analysed (W602) and so has no encoding: no weights are "
                 "trained for all of it.")  # fmt: skip
    return found, _mixes(known, found, settled)


def _generated(study: Study, space: Space, data: Dataset, programs: Sequence[Program], plan: Plan,
               device: torch.device | str) -> Scores:  # fmt: skip
    found = {}
    for name, control in METHODS.items() if has_encoding(space) else ():
        settings = dataclasses.replace(plan.train, control=control)
        oneshot = trained(study, space, data, Method(name, settings), device)
        found[name] = np.array(scored(study, name, generated(oneshot, plan.images), programs))
    return found


def _untrained(study: Study, space: Space, data: Dataset, programs: Sequence[Program], plan: Plan,
               device: torch.device | str, names: Sequence[str]) -> Scores:  # fmt: skip
    context = Context(space, data, plan.train.seed, device)
    made = {name: make_scorer(name, context) for name in names}
    return {name: np.array(scored(study, name, scorer, programs)) for name, scorer in made.items()}


def has_encoding(space: Space) -> bool:
    """Whether a space can be trained at once: one that cannot be analysed has no encoding."""
    try:
        _ = space.layout
    except SmashError:
        return False
    return True


def _mixes(known: Scores, found: Scores, settled: Settled) -> dict[str, tuple[Mix, Reals]]:
    """Each mix, and what it makes of the table's networks."""
    good = np.isfinite(settled.reached)
    mixes = {}
    for name, features in MIXES.items():
        names = features or tuple(known)
        if not set(names) <= set(known):
            continue
        trained_on, table = (
            np.column_stack([scores[each] for each in names]) for scores in (known, found)
        )
        mix = fit_mix(names, trained_on[good], settled.reached[good], table)
        mixes[name] = mix, mix.predict(table)[0]
    return mixes


def _compare(page: Page, found: Scores, mixes: Mapping[str, tuple[Mix, Reals]], measured: Reals,
             programs: Sequence[Program], main: str) -> None:  # fmt: skip
    costs = [program.costs.flops for program in programs]
    every = {**found, **{name: values for name, (_, values) in mixes.items()}}
    rows = []
    for name, values in every.items():
        this = agreement(values, measured, costs)
        rows.append([name, this.kendall, this.spearman, this.top_half, this.equal_cost])
        page.data[name] = {**dataclasses.asdict(this), "scores": values.tolist()}
    page.table(
        ["score", "Kendall's tau", "Spearman's rho", "tau, better half", "tau, equal cost"], rows
    )
    gains = [[name, difference(every[main], values, measured)]
             for name, values in every.items() if name != main]  # fmt: skip
    page.say(f"By how much the tau of the {main} is higher, in the same samples of networks:")
    page.table(["than that of", "by"], gains)
    if mixes:
        page.say("What each mix makes of its features, by the weights of their normal ranks:")
    for name, (mix, _) in mixes.items():
        shares = ", ".join(f"{each} {share:+.3f}" for each, share in
                           zip(mix.names, mix.shares, strict=True))  # fmt: skip
        page.say(f"- {name}: {shares}")
    page.data["truth"] = measured.tolist()
