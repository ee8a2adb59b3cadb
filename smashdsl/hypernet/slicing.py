"""Cutting filters out of the HyperNet's output.

A filter of `units` x `channels` owns consecutive slices of the width, as many as it takes for its
input channels, and as many rows as it takes for its output channels. Every entry has a place of
its own: nothing is cut off or repeated.
"""

from __future__ import annotations

import math

from torch import Tensor

from smashdsl.backends.encoding import Generated
from smashdsl.diagnostics.diagnostic import InternalError


def cut_filter(values: Tensor, place: Generated, unit: int, compression: int) -> Tensor:
    """One filter `(units, channels, *kernel)`, scaled by sqrt(2 / fan-in).

    Entry `[o, i]` comes from row `o // unit`, slice `start + i // depth` and output channel
    `(o % unit) * depth + i % depth`, where `depth = unit * compression`; for kernels of several
    entries the kernel's index is the fastest part of the output channel.

    Args:
        values: the HyperNet's output for this kernel, `(unit * depth * kernel, rows, width)`.
        place: where in the width the filter is.
        unit: output channels per row.
        compression: units of input channels per slice.
    """
    depth, taps = unit * compression, math.prod(place.kernel)
    rows = -(-place.units // unit)
    if rows > values.shape[1] or place.slices * depth < place.channels:
        raise InternalError(f"a filter of {place.units}x{place.channels} does not fit its encoding")
    part = values[:, :rows, place.start : place.start + place.slices]
    part = part.reshape(unit, depth, taps, rows, place.slices).permute(3, 0, 4, 1, 2)
    whole = part.reshape(rows * unit, place.slices * depth, *place.kernel)
    return whole[: place.units, : place.channels] * math.sqrt(2 / (place.channels * taps))
