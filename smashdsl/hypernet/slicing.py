"""Putting filters together from the HyperNet's output.

A filter of `units` x `channels` owns consecutive slices of the width, as many as it takes for its
input channels, and as many rows as it takes for its output channels. Every entry has a place of
its own: nothing is cut off or repeated.
"""

from __future__ import annotations

import math

from torch import Tensor

from smashdsl.backends.encoding import Generated
from smashdsl.diagnostics.diagnostic import InternalError


def filter_of(values: Tensor, place: Generated, unit: int, depth: int) -> Tensor:
    """One filter `(units, channels, *kernel)`, scaled by sqrt(2 / fan-in).

    Entry `[o, i]` comes from row `o // unit` and slice `i // depth`, and there from number
    `(o % unit) * depth + i % depth`; for kernels of several entries the kernel's index is the
    fastest part of that number.

    Args:
        values: of the filter's positions, `(rows * slices, unit * depth * kernel)`.
        place: the filter's sizes.
        unit: output channels per row.
        depth: input channels per slice.
    """
    rows, taps = -(-place.units // unit), math.prod(place.kernel)
    if len(values) != rows * place.slices or place.slices * depth < place.channels:
        raise InternalError(f"a filter of {place.units}x{place.channels} does not fit its encoding")
    part = values.view(rows, place.slices, unit, depth, taps).transpose(1, 2)
    whole = part.reshape(rows * unit, place.slices * depth, *place.kernel)
    return whole[: place.units, : place.channels] * math.sqrt(2 / (place.channels * taps))
