"""A mix of scores, judged only on networks that it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from smashdsl.scoring.mix import FEWEST, fit_mix

Reals = npt.NDArray[np.float64]
FOLDS = 5


def crossed(scores: Mapping[str, Reals], truth: Reals, seed: int = 0) -> Reals | None:
    """What mixes make of each network, `(n,)`; None where there are too few networks.

    The networks are dealt out to five parts. On each a mix is fitted, as a search would fit it on
    the few networks that it trains, and tried on the other four; what the four mixes make of a
    network that none of them knew is averaged.

    Args:
        scores: `(n,)` by name, of each of which more promises a better network.
        truth: `(n,)`, what the networks reached; minus infinity where training diverged.
        seed: of the parts.
    """
    features = np.column_stack(list(scores.values()))
    part = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    total = np.zeros(len(truth))
    for fold in range(FOLDS):
        known = (part == fold) & np.isfinite(truth)
        if known.sum() < FEWEST:
            return None
        mix = fit_mix(tuple(scores), features[known], truth[known], features)
        found = mix.predict(features)[0]
        total += np.where(part == fold, 0, (found - found.mean()) / max(found.std(), 1e-12))
    return total
