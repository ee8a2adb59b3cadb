"""What a scorer says of a program."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Value:
    """A score, of which higher is better.

    Attributes:
        score: in whatever unit the scorer has; minus infinity for a network whose outputs are not
            finite.
        stderr: the standard error of the score over images; 0 where it is no average of any.
        error: the share of wrong answers, 0 to 1; None where nothing was answered.
        images: how many images were looked at, those for normalisation statistics included.
        likelihoods: the log-likelihood of each validation image, in order, `(n,)`, where the score
            is their mean: images are the same for all programs, so that two programs can be
            compared image by image.
    """

    score: float
    stderr: float = 0.0
    error: float | None = None
    images: int = 0
    likelihoods: Numbers | None = None

    @classmethod
    def mean_of(cls, likelihoods: Numbers, wrong: int, images: int) -> Value:
        """The mean log-likelihood of validation images, of which `wrong` were answered wrong."""
        n = len(likelihoods)
        values = likelihoods.astype(np.float64)
        mean = float(values.mean())
        if not math.isfinite(mean):
            return cls(-math.inf, math.inf, 1.0, images, likelihoods)
        stderr = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
        return cls(mean, stderr, wrong / n, images, likelihoods)
