"""Mean and standard deviation per channel, whatever the order of the images."""

from __future__ import annotations

import numpy as np

from smashdsl.training.examples import Scale
from smashdsl.training.sources.source import Pixels

_CHUNK = 1000


def moments(pixels: Pixels) -> Scale:
    """Of images `(n, channels, *spatial)`; a channel that never varies gets a deviation of 1.

    Bytes are counted, so that sums are of whole numbers and order cannot matter.
    """
    count = pixels.size // pixels.shape[1]
    if pixels.dtype == np.uint8:
        counts = sum(_histograms(pixels[i : i + _CHUNK]) for i in range(0, len(pixels), _CHUNK))
        values = np.arange(256)
        mean = counts @ values / count
        square = counts @ values**2 / count
    else:
        axes = (0, *range(2, pixels.ndim))
        mean = pixels.mean(axis=axes, dtype=np.float64)
        square = sum(
            np.square(pixels[i : i + _CHUNK], dtype=np.float64).sum(axis=axes)
            for i in range(0, len(pixels), _CHUNK)
        ) / count  # fmt: skip
    std = np.sqrt(np.maximum(square - mean**2, 0))
    return Scale(tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist()))


def _histograms(pixels: Pixels) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """How often each byte occurs in each channel, `(channels, 256)`."""
    channels = pixels.shape[1]
    return np.stack([np.bincount(pixels[:, c].ravel(), minlength=256) for c in range(channels)])
