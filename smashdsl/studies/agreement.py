"""How far a score agrees with the truth: rank correlations with intervals.

All statistics are sums over pairs of networks, so those of all samples of a bootstrap are a few
matrix products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
DRAWS = 1000  # of the bootstrap
INTERVAL = (2.5, 97.5)  # per cent
SAME_COST = 1.1  # the ratio up to which costs are about equal
FEWEST = 3
ENOUGH = 10  # networks from which an interval by the bootstrap says anything
_BLOCK = 512  # networks whose pairs with all others are in memory at a time


@dataclass(frozen=True)
class Estimate:
    """A statistic with its 95 % interval by the bootstrap over networks; NaN where fewer than three
    networks, or scores that are all the same, leave nothing to say, and the interval where there
    are fewer than ten."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "–"
        if math.isnan(self.low):
            return f"{self.value:.3f} (n = {self.n}: too few for an interval)"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Agreement:
    """Kendall's tau-b and Spearman's rho of a score with the truth, tau within the better half by
    the truth, and concordant less discordant pairs among networks of about equal cost."""

    kendall: Estimate
    spearman: Estimate
    top_half: Estimate
    equal_cost: Estimate


def agreement(score: npt.ArrayLike, truth: npt.ArrayLike, cost: npt.ArrayLike | None = None,
              seed: int = 0, draws: int = DRAWS) -> Agreement:  # fmt: skip
    """How far a score agrees with the truth.

    Args:
        score, truth: `(n,)`, higher is better; what is not a number is the worst.
        cost: `(n,)`, positive, such as multiply-adds: pairs within 10 % are of about equal cost.
        seed: of the bootstrap.
        draws: how many samples of networks the intervals are from.
    """
    x, y = _ordered(score), _ordered(truth)
    samples = _samples(len(x), seed, draws)
    whole = _Pairs.of(x, y, samples, None if cost is None else np.asarray(cost, float))
    top = y >= np.median(y) if len(y) else np.zeros(0, bool)
    half = _Pairs.of(x[top], y[top], _samples(int(top.sum()), seed, draws))
    return Agreement(
        _estimate(whole.kendall, len(x)), _estimate(whole.spearman, len(x)),
        _estimate(half.kendall, int(top.sum())), _estimate(whole.equal_cost, len(x)),
    )  # fmt: skip


def difference(one: npt.ArrayLike, other: npt.ArrayLike, truth: npt.ArrayLike, seed: int = 0,
               draws: int = DRAWS) -> Estimate:  # fmt: skip
    """By how much the tau of one score is higher than another's, both of the same networks in each
    sample of the bootstrap."""
    y = _ordered(truth)
    samples = _samples(len(y), seed, draws)
    taus = [_Pairs.of(_ordered(each), y, samples).kendall for each in (one, other)]
    return _estimate(taus[0] - taus[1], len(y))


def kendall(score: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Kendall's tau-b; NaN where all scores are the same."""
    x = _ordered(score)
    return float(_Pairs.of(x, _ordered(truth), np.ones((1, len(x)), np.float32)).kendall[0])


@dataclass
class _Pairs:
    """Sums over pairs of networks in each sample, `(samples,)`: concordant less discordant ones,
    those that a score and the truth tell apart, both of these among pairs of equal cost, and the
    moments of ranks."""

    agree: Reals
    apart_x: Reals
    apart_y: Reals
    agree_equal: Reals
    apart_equal: Reals
    moment_xx: Reals
    moment_yy: Reals
    moment_xy: Reals

    @classmethod
    def of(cls, x: Reals, y: Reals, samples: npt.NDArray[np.float32],
           cost: Reals | None = None) -> _Pairs:  # fmt: skip
        """The sums, with `samples` `(samples, n)` saying how often each network is in each."""
        sums = np.zeros((8, len(samples)))
        for start in range(0, len(x), _BLOCK):
            some = slice(start, start + _BLOCK)
            here = samples[:, some]
            sx, sy = _signs(x, some), _signs(y, some)
            parts = [sx * sy, np.abs(sx), np.abs(sy)]
            if cost is not None:
                wide = np.maximum(cost[:, None], cost[None, some])
                equal = wide <= SAME_COST * np.minimum(cost[:, None], cost[None, some])
                parts += [sx * sy * equal, np.abs(sx * sy) * equal]
            for row, part in enumerate(parts):
                sums[row] += ((samples @ part) * here).sum(1)
            rank_x, rank_y = samples @ sx, samples @ sy
            for row, moment in enumerate((rank_x**2, rank_y**2, rank_x * rank_y), 5):
                sums[row] += (moment * here).sum(1, dtype=np.float64)
        return cls(*sums)

    @property
    def kendall(self) -> Reals:
        return _ratio(self.agree, np.sqrt(self.apart_x * self.apart_y))

    @property
    def spearman(self) -> Reals:
        return _ratio(self.moment_xy, np.sqrt(self.moment_xx * self.moment_yy))

    @property
    def equal_cost(self) -> Reals:
        return _ratio(self.agree_equal, self.apart_equal)


def _signs(values: Reals, some: slice) -> npt.NDArray[np.float32]:
    """Whether each of `some` values is above (1) or below (-1) each of all, `(all, some)`."""
    above = values[None, some] > values[:, None]
    below = values[None, some] < values[:, None]
    return above.astype(np.float32) - below.astype(np.float32)


def _ratio(above: Reals, below: Reals) -> Reals:
    return np.divide(above, below, out=np.full_like(above, math.nan), where=below > 0)


def _samples(n: int, seed: int, draws: int) -> npt.NDArray[np.float32]:
    """How often each of n networks is in all of them, once, and in samples of the bootstrap."""
    random = np.random.default_rng(seed)
    counts = random.multinomial(n, np.full(n, 1 / n), size=draws) if n else np.zeros((draws, 0))
    return np.concatenate([np.ones((1, n)), counts]).astype(np.float32)


def _estimate(values: Reals, n: int) -> Estimate:
    value, found = float(values[0]), values[1:][np.isfinite(values[1:])]
    if n < FEWEST or math.isnan(value) or not len(found):
        return Estimate(math.nan, math.nan, math.nan, n)
    if n < ENOUGH:
        return Estimate(value, math.nan, math.nan, n)
    low, high = np.percentile(found, INTERVAL)
    return Estimate(value, float(low), float(high), n)


def _ordered(values: npt.ArrayLike) -> Reals:
    """The values, with NaN below all others."""
    x = np.asarray(values, float)
    return np.where(np.isnan(x), -np.inf, x)


def stderrs(degrees: int) -> float:
    """How many standard errors a 95 % interval reaches to either side of the mean of a few normal
    numbers: Student's t, to a hundredth of it; infinity without a degree of freedom.

    >>> round(stderrs(4), 1), stderrs(0)
    (2.8, inf)
    """
    if not degrees:
        return math.inf
    drawn = np.random.default_rng(0).standard_t(degrees, 200_000)
    return float(np.quantile(np.abs(drawn), 0.95))
