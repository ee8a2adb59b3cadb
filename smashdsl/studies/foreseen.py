"""What the gradient dE/dc knows of a mutation, and what it could know at best.

A mutation changes two things: the network, and what the HyperNet is told. The gradient is that of
the second alone. So three numbers are compared: what it foresees, what the loss does when the
HyperNet is told of the mutation and the network stays as it is, and what the mutation does.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from smashdsl.api import Program, Space
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.oneshot import OneShot
from smashdsl.proposing.gradient import EncodingGuide, by_place
from smashdsl.proposing.perturb import RATE
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.studies.agreement import kendall, stderrs
from smashdsl.studies.report import Page
from smashdsl.studies.settled import distinct
from smashdsl.studies.study import Study
from smashdsl.training.seeds import derive

PARENTS, MUTATIONS = 16, 16
KINDS = ("foreseen", "told", "done")
PAIRS = {
    "what the gradient foresees, and what telling does": ("foreseen", "told"),
    "what telling does, and what the mutation does": ("told", "done"),
    "what the gradient foresees, and what the mutation does": ("foreseen", "done"),
}
Changes = Mapping[str, Sequence[float]]


def changes(study: Study, space: Space, oneshot: OneShot, images: int) -> list[Changes]:
    """For each of some random programs: by kind, the change of log-likelihood for each of its
    mutations, minus infinity where that is not finite."""
    seed = oneshot.settings.seed
    found = []
    with study.progress.task("telling the HyperNet of mutations", PARENTS) as task:
        for number, parent in enumerate(distinct(space, PARENTS, derive(seed, "foreseen"))):
            make = partial(_changes, space, oneshot, parent, images, derive(seed, number))
            each = study.piece(f"foreseen-{seed}-{number}", make)
            found.append({kind: [_number(value) for value in each[kind]] for kind in KINDS})
            task.advance()
    return [each for each in found if len(each["done"]) > 1]


def _changes(space: Space, oneshot: OneShot, parent: Program, images: int, seed: int) -> Changes:
    drawn = [space.mutate(parent, derive(seed, place), RATE) for place in range(2 * MUTATIONS)]
    others = list({each.hash: each for each in drawn if each.hash != parent.hash}.values())
    others = others[:MUTATIONS]
    own = GeneratedScorer(oneshot, [images])
    telling = GeneratedScorer(oneshot, [images], prepare=partial(_told, parent))
    before, *after = (value.score for value in own.score([parent, *others]))
    return {
        "foreseen": EncodingGuide(oneshot).gains(parent, others),
        "told": [value.score - before for value in telling.score(others)],
        "done": [score - before for score in after],
    }


def _told(program: Program, other: Program) -> Architecture:
    """A program's network, of which the HyperNet is told what is true of another one, wherever both
    have a stretch."""
    there = by_place(other)
    entries = np.stack([there.get(place, own) for place, own in by_place(program).items()])
    return dataclasses.replace(prepare(program), entries=entries.astype(np.float32))


def explain(page: Page, found: Sequence[Changes]) -> None:
    """Add to a page how the three go together."""
    page.say(
        f"What the gradient knows of mutations, of up to {MUTATIONS} of each of {len(found)} "
        "random programs. Telling: the HyperNet is told of the mutation, but the network stays as "
        "it is, which is all that the gradient sees. Kendall's tau is a mean over programs, with "
        "its 95 % interval."
    )
    rows = []
    for name, (one, other) in PAIRS.items():
        taus = np.nan_to_num([kendall(each[one], each[other]) for each in found])
        n = len(taus)
        half = stderrs(n - 1) * taus.std(ddof=1) / math.sqrt(n) if n > 1 else math.inf
        rows.append([name, f"{taus.mean() if n else 0:+.2f} ± {half:.2f}"])
    page.table(["", "Kendall's tau"], rows)
    spreads = ", ".join(f"{kind} {_spread(found, kind):.4f}" for kind in KINDS)
    page.say(f"Their standard deviations among the mutations of a program, in nats: {spreads}.")
    page.data["changes"] = list(found)


def _spread(found: Sequence[Changes], kind: str) -> float:
    known = [[value for value in each[kind] if math.isfinite(value)] for each in found]
    variances = [float(np.var(values)) for values in known if values]
    return math.sqrt(sum(variances) / len(variances)) if variances else 0.0


def _number(value: float | None) -> float:
    return -math.inf if value is None else value
