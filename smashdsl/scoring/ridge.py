"""What a few trained networks say of others: ridge regression on normal ranks.

A mix (`smashdsl.scoring.mix`) is cautious: it starts from what features say together, and gives
that up only for good reason. To choose who is trained next, a guess in either direction is worth
more, since training it will tell.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from smashdsl.scoring.mix import normal_ranks, numbers

Reals = npt.NDArray[np.float64]
STRENGTH = 3.0  # of the prior of each weight, relative to that of the noise


def expected(features: npt.ArrayLike, known: npt.ArrayLike, reached: npt.ArrayLike) -> Reals:
    """What networks are expected to reach, `(n,)`.

    Args:
        features: `(n, features)` of all networks, among which ranks are taken; what is not a number
            counts as the least.
        known: `(m,)`, places of those that were trained.
        reached: `(m,)`, how well they did; finite.
    """
    x = numbers(features)
    ranks = normal_ranks(x, np.sort(x, axis=0))
    y = np.asarray(reached, float)
    seen = ranks[np.asarray(known, int)]
    center = seen.mean(0)
    inner = (seen - center).T @ (seen - center) + STRENGTH * np.eye(ranks.shape[1])
    weights = np.linalg.solve(inner, (seen - center).T @ (y - y.mean()))
    found: Reals = y.mean() + (ranks - center) @ weights
    return found
