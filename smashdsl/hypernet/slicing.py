"""Where the entries of generated filters are in the HyperNet's output.

A filter of `units` x `channels` owns consecutive slices of the width, as many as it takes for its
input channels, and as many rows as it takes for its output channels. Every entry has a place of
its own: nothing is cut off or repeated.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


@lru_cache(maxsize=1024)
def entries_of(
    units: int, channels: int, taps: int, unit: int, depth: int
) -> npt.NDArray[np.int64]:
    """Where each entry of a filter `(units, channels, taps)`, in that order, is among the values of
    the filter's positions `(rows, slices, unit, depth, taps)`.

    Entry `[o, i]` comes from row `o // unit` and slice `i // depth`, and there from `o % unit` and
    `i % depth`.
    """
    rows, slices = -(-units // unit), -(-channels // depth)
    values = np.arange(rows * slices * unit * depth * taps, dtype=np.int64)
    whole = values.reshape(rows, slices, unit, depth, taps).transpose(0, 2, 1, 3, 4)
    whole = whole.reshape(rows * unit, slices * depth, taps)
    return whole[:units, :channels].ravel()
