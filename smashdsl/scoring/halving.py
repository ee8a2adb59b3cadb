"""Successive halving: which programs are worth more images.

All programs see the first few validation images, and the best of them, a few at a time, many more
(Jamieson and Talwalkar 2016). Those that have seen more tell how hard the first images were, for
networks like them: what a program does better or worse on the first images than they do in
combination is what its score on more images is estimated from (control variates). A program is out
when the best ones beat its estimate by more than chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from smashdsl.scoring.value import Value

ROUND = 4  # programs that go on together, at least
ROUNDS = 6  # at most, so that the work of choosing grows no faster than that of scoring
SHARE = 0.2  # of the images that scoring everything takes
MARGIN = 1.25  # times the number of programs that are looked for go on, where that is more
CONFIDENCE = 2.0  # standard errors
RIDGE = 1e-3  # of the covariates' mean variance
IMAGES = 8  # for each covariate

Numbers = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """Scores on more images, and their standard errors, `(n,)` each."""

    score: Numbers
    stderr: Numbers


def survivors(values: Sequence[Value], later: Mapping[int, Value], keep: int,
              stages: Sequence[int], stage: int, started: int) -> list[int]:  # fmt: skip
    """Which programs go on from a stage next, best first; none when nobody else is worth it.

    Asked again and again, until there is none. All that go on take no more images than a fifth of
    what scoring everything at the last stage would.

    Args:
        values: what the stage gave, with likelihoods of the same images.
        later: what the next stage gave of those that have gone on, by their place in `values`.
        keep: how many programs are looked for.
        stages: images of each stage.
        stage: that has scored.
        started: how many programs the first stage had.
    """
    limit = most(values, keep, stages, stage, started)
    room = limit - len(later)
    waiting = [place for place in range(len(values)) if place not in later]
    if room <= 0 or not waiting:
        return []
    found = estimate(
        [values[place] for place in waiting], [(values[place], later[place]) for place in later]
    )
    best = sorted((value.score for value in later.values()), reverse=True)
    bar = best[keep - 1] if len(best) >= keep else -math.inf
    chance = np.where(np.isfinite(found.score), CONFIDENCE * found.stderr, 0)
    hopeful = np.flatnonzero(found.score + chance >= bar)
    order = hopeful[np.argsort(-found.score[hopeful], kind="stable")]
    return [waiting[number] for number in order[: min(max(ROUND, -(-limit // ROUNDS)), room)]]


def most(values: Sequence[Value], keep: int, stages: Sequence[int], stage: int,
         started: int) -> int:  # fmt: skip
    """How many programs go on from a stage at most; later stages share what the first leaves of
    the images. Normalisation statistics are made anew at each stage."""
    fewest = min((value.images for value in values), default=0)
    statistics = max(fewest - stages[stage], 0) // (stage + 1)
    spent = started * (stages[0] + statistics)
    left = SHARE * started * (stages[-1] + statistics) - spent
    each = stages[stage + 1] - stages[stage] + statistics
    return max(math.ceil(MARGIN * keep), int(left / (len(stages) - 1) / each))


def estimate(values: Sequence[Value], known: Sequence[tuple[Value, Value]]) -> Estimate:
    """The scores that programs would have on more images.

    Args:
        values: on the first images.
        known: of other programs the value on the first images and that on more.
    """
    plain = Estimate(np.array([value.score for value in values]),
                     np.array([value.stderr for value in values]))  # fmt: skip
    rows = [place for place, value in enumerate(values) if _finite(value)]
    if not rows:
        return plain
    first = np.stack([_likelihoods(values[place]) for place in rows])
    count = first.shape[1] // IMAGES
    usable = sorted((pair for pair in known if _finite(pair[0]) and math.isfinite(pair[1].score)),
                    key=lambda pair: -pair[1].score)[:count]  # fmt: skip
    if usable:
        covariates = np.stack([_likelihoods(before) for before, _ in usable])
        means = np.array([after.score for _, after in usable])
        plain.score[rows], plain.stderr[rows] = _regressed(first, covariates, means)
    return plain


def _regressed(values: Numbers, covariates: Numbers, means: Numbers) -> Estimate:
    """The regression estimator of survey sampling (Cochran 1977, chapter 7): means of `values`
    `(n, images)`, corrected by how far those of `covariates` `(k, images)` are from what they are
    known to be, `(k,)`. Coefficients are drawn to 1 / k."""
    (k, images) = covariates.shape
    here, there = values.mean(1), covariates.mean(1)
    centred, spread = values - here[:, None], covariates - there[:, None]
    matrix = spread @ spread.T / images
    pull = RIDGE * np.trace(matrix) / k + np.finfo(np.float64).tiny
    weights = (centred @ spread.T / images + pull / k) @ np.linalg.inv(matrix + pull * np.eye(k))
    left = centred - weights @ spread
    variance = (left**2).sum(1) / (images - k - 1)
    return Estimate(here + weights @ (means - there), np.sqrt(variance / images))


def _likelihoods(value: Value) -> Numbers:
    assert value.likelihoods is not None
    return value.likelihoods.astype(np.float64)


def _finite(value: Value) -> bool:
    return value.likelihoods is not None and math.isfinite(value.score)
