"""A calibrated mix of scores: how well will a network do, by those few that were trained?

Bayesian linear regression (MacKay 1992) on ranks. Without evidence to the contrary all features
count alike and in their favour: the mix starts from their mean, and departs from it as far as the
trained networks say, under the prior that makes what was seen likeliest. Where they contradict the
mean, it is given up for features that speak each for itself, or against, if that makes what was
seen likelier by a factor of e at least. So few or noisy networks give a cautious mix; and monotone
changes of a feature change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
STRENGTHS = np.geomspace(1, 1e4, 33)  # of the prior, relative to that of the noise
NEVER = 1e12  # the same, of features that count for nothing
LOOSE = 1e-3  # the same, of the prior of the mean of all features
FAINT = 1e-6  # the weight of the mean of all features where it seems to have none
SURE = 1.0  # nats by which features by themselves have to be likelier than none
FEWEST = 3  # networks


@dataclass(frozen=True, eq=False)
class Mix:
    """A fitted mix.

    Attributes:
        names: of the features.
        population: `(networks, features)`, each column sorted: among which ranks are taken.
        weights: `(1 + features,)`: of the mean of the features' normal ranks, and of each.
        offset: what a network of middling features reaches.
        covariance: of the weights and the offset.
        noise: the variance of what the features do not explain.
        n: how many networks it was fitted on.
    """

    names: tuple[str, ...]
    population: Reals
    weights: Reals
    offset: float
    covariance: Reals
    noise: float
    n: int

    @property
    def shares(self) -> Reals:
        """The weight of each feature's normal rank in all, `(features,)`."""
        shares: Reals = self.weights[1:] + self.weights[0] / len(self.names)
        return shares

    def predict(self, features: npt.ArrayLike) -> tuple[Reals, Reals]:
        """What networks with these features `(m, features)` would reach, `(m,)`, and the standard
        deviation of that."""
        x = _design(normal_ranks(numbers(features), self.population))
        mean = x[:, 1:] @ self.weights + self.offset
        variance = self.noise + np.einsum("ij,jk,ik->i", x, self.covariance, x)
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
        names: of the features, of each of which more promises a better network.
        features: `(n, features)` of the networks that were trained; what is not a number counts as
            the least.
        learned: `(n,)`, how well they did; finite.
        population: `(m, features)` of all networks that are compared, among which ranks are taken;
            the trained ones unless given.

    Raises:
        ValueError: there are fewer than 3 networks, or the shapes do not fit.
    """
    trained, y = numbers(features), np.asarray(learned, float)
    if trained.shape != (len(y), len(names)) or len(y) < FEWEST:
        raise ValueError(f"a mix of {len(names)} features takes {FEWEST} networks or more, "
                         f"not features {trained.shape} and results {y.shape}")  # fmt: skip
    everyone = np.sort(trained if population is None else numbers(population), axis=0)
    x = _design(normal_ranks(trained, everyone))
    center, spread = y.mean(), max(float(y.std()), 1e-12)
    z = (y - center) / spread
    found, inverse, noise, _ = _fitted(x, z)
    if found[1] <= 0:  # the features together cannot speak against themselves
        alone = x.copy()
        alone[:, 1] = 0
        each = _fitted(alone, z)
        if each.evidence - _evidence(alone, z, NEVER) > SURE:
            found, inverse, noise, _ = each
        else:
            found = np.zeros_like(found)
        found[1] = FAINT
    return Mix(tuple(names), everyone, spread * found[1:], float(center + spread * found[0]),
               spread**2 * noise * inverse, spread**2 * noise, len(y))  # fmt: skip


class _Fit(NamedTuple):
    """Weights, their covariance relative to the noise, the variance of the noise, and the evidence,
    under the likeliest prior."""

    weights: Reals
    inverse: Reals
    noise: float
    evidence: float


def _fitted(x: Reals, y: Reals) -> _Fit:
    strength = max(STRENGTHS, key=lambda each: _evidence(x, y, each))
    inverse: Reals = np.linalg.inv(x.T @ x + np.diag(_precision(x, strength))).astype(float)
    return _Fit(inverse @ x.T @ y, inverse, _noise(x, y, strength), _evidence(x, y, strength))


def _design(ranks: Reals) -> Reals:
    """A column of ones, the mean of the features, and the features."""
    return np.column_stack([np.ones(len(ranks)), ranks.mean(1), ranks])


def _precision(x: Reals, strength: float) -> Reals:
    """Of the prior of each weight, relative to that of the noise."""
    return np.array([LOOSE, LOOSE, *[strength] * (x.shape[1] - 2)])


def _noise(x: Reals, y: Reals, strength: float) -> float:
    """The likeliest variance of the noise, given how strong the prior is."""
    kernel = (x / _precision(x, strength)) @ x.T + np.eye(len(y))
    return max(float(y @ np.linalg.solve(kernel, y)) / len(y), 1e-12)


def _evidence(x: Reals, y: Reals, strength: float) -> float:
    """The logarithm of how likely `y` is, all weights considered."""
    kernel = (x / _precision(x, strength)) @ x.T + np.eye(len(y))
    _, determinant = np.linalg.slogdet(kernel)
    return -0.5 * (float(determinant) + len(y) * math.log(_noise(x, y, strength)))


def normal_ranks(features: Reals, population: Reals) -> Reals:
    """Where each feature stands among the population's, as a standard normal number: `(n,
    features)`, among the columns of `(m, features)`, each of which is sorted."""
    n = len(population)
    low, high = (
        np.column_stack([
            np.searchsorted(population[:, column], features[:, column], side=side)
            for column in range(features.shape[1])
        ])
        for side in ("left", "right")
    )  # fmt: skip
    share = np.clip((low + high) / (2 * n), 0.5 / n, 1 - 0.5 / n)
    inverse = NormalDist().inv_cdf
    return np.vectorize(inverse, otypes=[float])(share) if share.size else share


def numbers(features: npt.ArrayLike) -> Reals:
    """Features with minus infinity in place of what is not a number."""
    x = np.array(features, float)
    return np.where(np.isnan(x), -np.inf, x)
