"""Several scores that need no training, as one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from smashdsl.api import Program
from smashdsl.scoring.codes import NasWot
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.spectra import Spectra
from smashdsl.scoring.value import Value
from smashdsl.training.seeds import derive

REFERENCE = 64  # random programs
FARTHEST = 8.0  # standard deviations below their mean that a score may lie


class Ensemble:
    """How sure it is, in each respect, that a random program of the space does worse.

    Respects are expressivity, trainability, `naswot` and multiply-adds; the score is the sum of the
    logarithms of these probabilities, by the mean and the deviation of some random programs. So a
    network has to do well in all of them, as with the ranks of Lee and Ham 2024 (section 3.5), but
    its value does not depend on the networks that it is compared with.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._spectra, self._naswot = Spectra(context), NasWot(context)
        self.images = self._spectra.images + self._naswot.images

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        mean, deviation = self._reference
        own = self._respects(program)
        if not np.isfinite(own).all():
            return Value(-math.inf, images=self.images)
        standings = np.divide(own - mean, deviation, out=np.zeros_like(own), where=deviation > 0)
        return Value(sum(map(log_probability, standings)), images=self.images)

    def _respects(self, program: Program) -> npt.NDArray[np.float64]:
        flops = float(program.costs.flops)
        return np.array([*self._spectra(program), self._naswot(program).score, flops])

    @cached_property
    def _reference(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Means and deviations over random programs, of what is finite, `(respects,)` each."""
        sample: Callable[[int], Program] = self._context.space.sample
        seeds = [derive(self._context.seed, "reference", number) for number in range(REFERENCE)]
        found = np.array([self._respects(sample(seed)) for seed in seeds])
        known = np.isfinite(found).all(1)
        if not known.any():
            return np.zeros(found.shape[1]), np.zeros(found.shape[1])
        return found[known].mean(0), found[known].std(0)


def log_probability(standing: float) -> float:
    """The logarithm of the probability that a standard normal number is less."""
    return math.log(0.5 * math.erfc(-max(float(standing), -FARTHEST) / math.sqrt(2)))
