"""A calibrated mix of scores: how well will a network do, by those few that were trained?

Bayesian linear regression on standardised features (MacKay 1992): the strength of the prior is that
under which what was seen is likeliest, so few networks give a cautious mix, and a feature that
explains nothing counts for little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
STRENGTHS = np.geomspace(1e-3, 1e3, 49)  # of the prior, relative to the noise's variance
FEWEST = 3  # networks


@dataclass(frozen=True, eq=False)
class Mix:
    """A fitted mix.

    Attributes:
        names: of the features.
        center, scale: `(features,)`, by which they are standardised.
        weights: `(features,)`, of standardised features, in units of what was learned.
        offset: the mean of what was learned.
        covariance: `(features, features)` of the weights.
        noise: the variance of what the features do not explain.
        n: how many networks it was fitted on.
    """

    names: tuple[str, ...]
    center: Reals
    scale: Reals
    weights: Reals
    offset: float
    covariance: Reals
    noise: float
    n: int

    def predict(self, features: npt.ArrayLike) -> tuple[Reals, Reals]:
        """What networks with these features `(m, features)` would reach, `(m,)`, and the standard
        deviation of that."""
        x = (_finite(features) - self.center) / self.scale
        mean = self.offset + x @ self.weights
        variance = self.noise * (1 + 1 / self.n) + np.einsum("ij,jk,ik->i", x, self.covariance, x)
        return mean, np.sqrt(variance)

    def settle(self, features: npt.ArrayLike, measured: npt.ArrayLike,
               stderr: npt.ArrayLike) -> tuple[Reals, Reals]:  # fmt: skip
        """What trained networks are worth, `(m,)`, and its standard deviation: between what was
        measured and what the mix predicts, by how sure each of them is.

        Args:
            features: `(m, features)`.
            measured: `(m,)`, in the units of what was learned.
            stderr: `(m,)`, its standard error.
        """
        mean, deviation = self.predict(features)
        own, prior = np.asarray(stderr, float) ** 2, deviation**2
        trust = prior / np.maximum(prior + own, 1e-300)
        settled = mean + trust * (np.asarray(measured, float) - mean)
        return settled, np.sqrt(trust * own)


def fit_mix(names: Sequence[str], features: npt.ArrayLike, learned: npt.ArrayLike,
            population: npt.ArrayLike | None = None) -> Mix:  # fmt: skip
    """Fit a mix.

    Args:
        names: of the features.
        features: `(n, features)` of the networks that were trained. Numbers that are not finite
            count as the least that is.
        learned: `(n,)`, how well they did; finite.
        population: `(m, features)` of all networks that are compared, by which features are
            standardised; those of the trained ones unless given.

    Raises:
        ValueError: there are fewer than 3 networks, or the shapes do not fit.
    """
    x, y = _finite(features), np.asarray(learned, float)
    if x.shape != (len(y), len(names)) or len(y) < FEWEST:
        raise ValueError(f"a mix of {len(names)} features takes {FEWEST} networks or more, "
                         f"not features {x.shape} and results {y.shape}")  # fmt: skip
    everyone = x if population is None else _finite(population)
    center, scale = everyone.mean(0), everyone.std(0)
    scale[scale == 0] = 1.0
    x = (x - center) / scale
    offset = float(y.mean())
    shift = x.mean(0)
    x, y = x - shift, y - offset
    strength = max(STRENGTHS, key=lambda each: _evidence(x, y, each))
    inverse = np.linalg.inv(x.T @ x + strength * np.eye(x.shape[1]))
    weights = inverse @ x.T @ y
    noise = _noise(x, y, strength)
    return Mix(tuple(names), center + shift * scale, scale, weights, offset,
               noise * inverse, noise, len(y))  # fmt: skip


def _noise(x: Reals, y: Reals, strength: float) -> float:
    """The likeliest variance of the noise, given how strong the prior is."""
    kernel = x @ x.T / strength + np.eye(len(y))
    return max(float(y @ np.linalg.solve(kernel, y)) / max(len(y) - 1, 1), 1e-12)


def _evidence(x: Reals, y: Reals, strength: float) -> float:
    """The logarithm of how likely `y` is, all weights considered."""
    _, determinant = np.linalg.slogdet(x @ x.T / strength + np.eye(len(y)))
    return -0.5 * (float(determinant) + len(y) * math.log(_noise(x, y, strength)))


def _finite(features: npt.ArrayLike) -> Reals:
    """Features with the least finite number of their column in place of those that are not."""
    x = np.array(features, float)
    good = np.isfinite(x)
    least = np.where(good, x, np.inf).min(0)
    return np.where(good, x, np.where(np.isfinite(least), least, 0.0))
