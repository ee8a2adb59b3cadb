"""Confirming: random programs and promising ones, trained for real for a short time.

A score with generated weights is noisy, and the best of many noisy scores is worse than it looks.
So some random programs are trained, and the best of the ranking. Score, sizes and what networks
promise untrained say, going by these, which to train next, and each that is trained teaches more.
The choice is made among programs that were trained, by what they reached and by what a mix of the
same features expects of them. The random ones say what the search was worth.
"""

from __future__ import annotations

import dataclasses
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.scoring.mix import FEWEST, Mix, fit_mix
from smashdsl.scoring.ridge import expected
from smashdsl.search.candidate import FEATURES, Candidate, features_of
from smashdsl.search.ledger.entry import finite

ROUND = 2  # programs that are chosen at a time
DRAWS = 20_000  # for the interval of a gain
HIGHEST = 0.0  # log-likelihood that there is
ENOUGH = 8  # random programs: with fewer, the interval is wide for want of them


@dataclass(frozen=True)
class Trained(Candidate):
    """A program that was trained for a short time.

    Attributes:
        reached: the mean log-likelihood of held-out images after training.
        stderr: the standard error of that.
        accuracy: on the same images, 0 to 1.
        promising: whether it was the best of the ranking, or chosen by what is expected of it.
        control: whether it is one of the random ones.
        seconds: that training took.
    """

    reached: float
    stderr: float
    accuracy: float
    promising: bool
    control: bool
    seconds: float

    @property
    def role(self) -> str:
        """Why it was trained."""
        return " and ".join(["promising"] * self.promising + ["random"] * self.control)


@dataclass(frozen=True)
class Choice:
    """Programs that were trained, and what each is held to be worth, with its standard deviation:
    `worth[i]`, `unsure[i]`, best first. `mix` is None where too few were trained to fit one."""

    trained: tuple[Trained, ...]
    worth: tuple[float, ...]
    unsure: tuple[float, ...]
    mix: Mix | None

    def _repr_html_(self) -> str:
        from smashdsl.search.shown import choice_html

        return choice_html(self)


def promising(features: npt.NDArray[np.float64], reached: Mapping[int, float],
              count: int) -> list[int]:  # fmt: skip
    """Who to train next: the places of those that are expected to do best, going by the ones that
    were trained (as predictors choose in White et al. 2021); in the order of the ranking where
    these are too few.

    Args:
        features: `(n, 6)` of all candidates, the best of the ranking first.
        reached: what those that were trained reached, by place.
        count: how many to give at most.
    """
    left = [place for place in range(len(features)) if place not in reached]
    good = [place for place in reached if math.isfinite(reached[place])]
    if len(good) < FEWEST or not left:
        return left[:count]
    worth = expected(features, good, [reached[place] for place in good])[left]
    return [left[number] for number in np.argsort(-worth, kind="stable")[:count]]


def choose(trained: Sequence[Trained]) -> Choice:
    """Order trained programs by what they are worth; those whose training diverged come last.

    Raises:
        ValueError: none was trained.
    """
    if not trained:
        raise ValueError("nothing was trained to choose from")
    good = [place for place, each in enumerate(trained) if math.isfinite(each.reached)]
    worth, unsure = np.full(len(trained), -np.inf), np.zeros(len(trained))
    reached = np.array([trained[place].reached for place in good])
    stderr = np.array([trained[place].stderr for place in good])
    mix = None
    if len(good) >= FEWEST:
        features = features_of([trained[place] for place in good])
        mix = fit_mix(FEATURES, features, reached)
        worth[good], unsure[good] = mix.settle(features, reached, stderr)
    else:
        worth[good], unsure[good] = reached, stderr
    order = sorted(range(len(trained)), key=lambda place: -worth[place])
    return Choice(
        tuple(trained[place] for place in order), tuple(float(worth[place]) for place in order),
        tuple(float(unsure[place]) for place in order), mix,
    )  # fmt: skip


@dataclass(frozen=True)
class Gain:
    """What a search gained over random search.

    Attributes:
        best: what the best of the promising ones reached.
        random: what the random ones reached, on average.
        spread: their standard deviation.
        trained: how many random programs could have been trained for what all of it cost.
        expected: what the best of so many random ones would have reached, 0 at most: an estimate
            that takes them for normally distributed.
        gain: `best` less `expected`.
        low, high: the 95 % interval of the gain. With two or three random ones it is wide: their
            spread is hardly known then.
        controls: how many random ones were trained.
    """

    best: float
    random: float
    spread: float
    trained: int
    expected: float
    gain: float
    low: float
    high: float
    controls: int

    @property
    def wants_more(self) -> bool:
        """Whether nothing can be told, and more random programs might tell it."""
        return self.low <= 0 <= self.high and self.controls < ENOUGH


def gain(trained: Sequence[Trained], seconds: float) -> Gain | None:
    """What the search gained over random programs at equal total cost; None with fewer than two of
    either.

    Args:
        trained: all programs that were trained.
        seconds: that training the HyperNet and ranking took, which random search would spend on
            training more programs.
    """
    controls = [each for each in trained if each.control and math.isfinite(each.reached)]
    best = [each for each in trained if each.promising and math.isfinite(each.reached)]
    if len(controls) < 2 or not best:
        return None
    reached = np.array([each.reached for each in controls])
    mean, spread = float(reached.mean()), float(reached.std(ddof=1))
    each = float(np.mean([one.seconds for one in trained]))
    spent = seconds + sum(one.seconds for one in trained if one.promising and not one.control)
    number = len(controls) + int(spent / each) if each > 0 else len(controls)
    above = _expected_maximum(number)
    top = max(best, key=lambda one: one.reached)
    expected = min(mean + above * spread, HIGHEST)
    cases = _cases(reached, above, top)
    low, high = (float(each) for each in np.percentile(cases, [2.5, 97.5], method="nearest"))
    return Gain(top.reached, mean, spread, number, expected, top.reached - expected, low, high,
                len(controls))  # fmt: skip


def _cases(random: npt.NDArray[np.float64], above: float,
           top: Trained) -> npt.NDArray[np.float64]:  # fmt: skip
    """What a gain may be, `(DRAWS,)` equally likely cases: a generalised confidence interval
    (Weerahandi 1993), which is exact for normal numbers however few.

    Args:
        random: what the random programs reached.
        above: how many standard deviations the best of random ones lies above their mean.
        top: the best of the promising ones.
    """
    n, generator = len(random), np.random.default_rng(0)
    own, mean = generator.normal(size=(2, DRAWS))
    spread = random.std(ddof=1) * np.sqrt((n - 1) / generator.chisquare(n - 1, DRAWS))
    expected = np.minimum(random.mean() + spread * (mean / math.sqrt(n) + above), HIGHEST)
    cases: npt.NDArray[np.float64] = top.reached + top.stderr * own - expected
    return cases


def _expected_maximum(n: int) -> float:
    """The mean of the largest of n standard normal numbers."""
    x = np.linspace(-9.0, 9.0, 3601)
    below = np.array([NormalDist().cdf(float(each)) for each in x]) ** n
    middles = (x[1:] + x[:-1]) / 2
    return float((np.diff(below) * middles).sum())


def more_controls(folder: Path) -> str:
    """The command that trains enough random programs to tell what a search has gained."""
    return f"smashdsl confirm {shlex.quote(str(folder))} --controls {ENOUGH}"


def as_data(choice: Choice, gained: Gain | None) -> dict[str, Any]:
    """Plain data of a choice, best first."""
    return {
        "features": list(FEATURES),
        "weights": None if choice.mix is None else choice.mix.weights.tolist(),
        "programs": [
            {
                "hash": each.program.hash, "score": finite(each.entry.score.score),
                "reached": finite(each.reached), "stderr": finite(each.stderr),
                "accuracy": each.accuracy, "worth": finite(worth), "unsure": finite(unsure),
                "promising": each.promising, "control": each.control,
                "seconds": each.seconds, "expressivity": finite(each.expressivity),
                "trainability": finite(each.trainability),
            }
            for each, worth, unsure in zip(choice.trained, choice.worth, choice.unsure, strict=True)
        ],
        "gain": gained and {k: finite(each) for k, each in dataclasses.asdict(gained).items()},
    }  # fmt: skip
