"""What scored programs say of others: Gaussian process regression on draws and costs.

Programs are alike as far as they share draws and cost the same. How far apart two must be to say
nothing of each other, how much costs matter beside draws and how noisy scores are is what makes the
scores seen likeliest (Rasmussen and Williams 2006, section 5.4.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from smashdsl.api import Program
from smashdsl.proposing.past import score
from smashdsl.proposing.proposer import Trial
from smashdsl.scoring.mix import normal_ranks

Reals = npt.NDArray[np.float64]
Mark = tuple[str, str]
LENGTHS = (0.1, 0.3, 1.0, 3.0)  # of the kernel, in shares of a program's draws
SHARES = (0.0, 0.5)  # of the kernel that goes by costs
NOISES = (1e-3, 1e-2, 0.1, 0.3, 1.0)  # variances, relative to that of the signal
BROAD = 2.0  # standard deviations of the logarithms of costs in which programs are alike


class _Apart(NamedTuple):
    """How far programs are from those seen, `(n, seen)`: in draws, as a share of what a program has
    on average, and in the squares of the logarithms of costs."""

    draws: Reals
    costs: Reals


class _Kernel(NamedTuple):
    """How near programs are alike: `length` in draws, and the `share` that goes by costs."""

    length: float
    share: float

    def alike(self, apart: _Apart) -> Reals:
        """How much programs are alike, from 0 to 1."""
        by_draws: Reals = np.exp(-apart.draws / self.length)
        by_costs: Reals = np.exp(-apart.costs / (2 * BROAD**2))
        found: Reals = (1 - self.share) * by_draws + self.share * by_costs
        return found


@dataclass(frozen=True, eq=False)
class _Features:
    """Of programs: which of the known marks they bear, `(n, marks)`, how many they bear in all,
    `(n,)`, and the logarithms of their costs, `(n, 3)`."""

    marks: Reals
    counts: Reals
    costs: Reals


class Regression:
    """Fitted to scored programs.

    Args:
        trials: at least one; work grows with the cube of their number.
    """

    def __init__(self, trials: Sequence[Trial]) -> None:
        borne = [marks(trial.genome) for trial in trials]
        self._places = {mark: place for place, mark in enumerate(dict.fromkeys(_joined(borne)))}
        costs = _logarithms([(trial.params, trial.flops, trial.depth) for trial in trials])
        self._middle, self._spread = costs.mean(0), np.maximum(costs.std(0), 1e-9)
        self._seen = self._features(borne, costs)
        self._draws = max(float(self._seen.counts.mean()), 1.0)
        scores = np.array([[score(trial)] for trial in trials])
        ranks = normal_ranks(scores, np.sort(scores, axis=0))[:, 0]
        self._kernel, self._weights = self._likeliest(ranks)

    def expected(self, programs: Sequence[Program]) -> Reals:
        """The scores that programs are expected to have, `(n,)`, as normal ranks among those seen:
        0 is a middling one."""
        borne = [marks(program.genome) for program in programs]
        found = [program.costs for program in programs]
        costs = _logarithms([(each.params, each.flops, each.depth) for each in found])
        new = self._features(borne, costs)
        values: Reals = self._kernel.alike(self._apart(new)) @ self._weights
        return values

    def _features(self, borne: Sequence[frozenset[Mark]], costs: Reals) -> _Features:
        found = np.zeros((len(borne), len(self._places)))
        for row, some in zip(found, borne, strict=True):
            row[[self._places[mark] for mark in some if mark in self._places]] = 1
        counts = np.array([len(some) for some in borne], float)
        return _Features(found, counts, (costs - self._middle) / self._spread)

    def _apart(self, programs: _Features) -> _Apart:
        """How far programs are from those seen."""
        seen = self._seen
        shared = programs.marks @ seen.marks.T
        draws = (programs.counts[:, None] + seen.counts - 2 * shared) / self._draws
        costs = ((programs.costs[:, None] - seen.costs) ** 2).sum(-1)
        return _Apart(draws, costs)

    def _likeliest(self, y: Reals) -> tuple[_Kernel, Reals]:
        """The likeliest kernel, and the weight of what is like each program seen."""
        best, found = -math.inf, (_Kernel(1.0, 0.0), np.zeros_like(y))
        apart = self._apart(self._seen)
        for kernel in (_Kernel(length, share) for length in LENGTHS for share in SHARES):
            values, vectors = np.linalg.eigh(kernel.alike(apart))
            turned = vectors.T @ y
            for noise in NOISES:
                variances = np.maximum(values, 0) + noise
                signal = max(float(np.mean(turned**2 / variances)), 1e-12)
                evidence = -0.5 * (float(np.log(variances).sum()) + len(y) * math.log(signal))
                if evidence > best:
                    best, found = evidence, (kernel, vectors @ (turned / variances))
        return found


def marks(genome: Mapping[str, Any]) -> frozenset[Mark]:
    """What a program's draws say of it: each draw with its value, or with each of its members."""
    return frozenset(
        (path, str(each))
        for path, value in genome.items()
        for each in (value if isinstance(value, list) and value else (value,))
    )


def _joined(borne: Sequence[frozenset[Mark]]) -> Iterator[Mark]:
    for some in borne:
        yield from sorted(some)


def _logarithms(costs: Sequence[tuple[int, int, int]]) -> Reals:
    found: Reals = np.log1p(np.array(costs, float))
    return found
