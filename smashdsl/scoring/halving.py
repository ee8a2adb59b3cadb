"""Successive halving: which programs are worth more images.

All programs see the first few validation images, fewer see more, and the last ones see all
(Jamieson and Talwalkar 2016). Who goes on is decided image by image: a program is out when the best
ones beat it by more than chance on the images that they have all seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from smashdsl.scoring.value import Value

CONFIDENCE = 2.0  # standard errors
MARGIN = 1.25  # times the number of programs that are looked for reach the last stage at most


def survivors(values: Sequence[Value], keep: int, stages: Sequence[int], stage: int,
              started: int) -> list[int]:  # fmt: skip
    """Who of the programs that a stage has scored is scored at the next, best first.

    Each stage looks at about as many images as the first, so its programs are fewer the more images
    each of them sees.

    Args:
        values: what the stage gave, with likelihoods of the same images.
        keep: how many programs are looked for.
        stages: images of each stage.
        stage: that has scored.
        started: how many programs the first stage had.
    """
    order = sorted(range(len(values)), key=lambda place: -values[place].score)
    most = max(math.ceil(MARGIN * keep), started * stages[0] // stages[stage + 1])
    rival = values[order[min(keep, len(order)) - 1]]
    return [
        place
        for rank, place in enumerate(order[:most])
        if rank < keep or not _beaten(values[place], rival)
    ]


def _beaten(value: Value, rival: Value) -> bool:
    """Whether the rival's likelihoods are higher by more than chance, image by image."""
    if value.likelihoods is None or rival.likelihoods is None:
        return False
    mean, stderr = paired(value, rival)
    return mean + CONFIDENCE * stderr < 0


def paired(value: Value, rival: Value) -> tuple[float, float]:
    """The mean difference of two programs' likelihoods, and its standard error over images.

    Raises:
        ValueError: they have no likelihoods.
    """
    if value.likelihoods is None or rival.likelihoods is None:
        raise ValueError("these scores are no averages over images")
    n = min(len(value.likelihoods), len(rival.likelihoods))
    difference = value.likelihoods[:n].astype(np.float64) - rival.likelihoods[:n]
    if not np.isfinite(difference).all():
        return value.score - rival.score if math.isfinite(rival.score) else 0.0, 0.0
    stderr = float(difference.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return float(difference.mean()), stderr
