"""Where the entries of generated filters are among the values that the HyperNet makes.

A filter of `units` x `channels` owns consecutive slices of the width, as many as it takes for its
input channels, and as many rows as it takes for its output channels. Every entry has a place of
its own: nothing is cut off or repeated.

Values are made column by column. Entries that follow each other in both orders are moved as one
run, so that an index is many times smaller than what it arranges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from smashdsl.backends.encoding import Generated, Layout

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Arrangement:
    """How the entries of an architecture's filters lie among their values.

    Attributes:
        run: how many numbers stay together.
        index: for each run of entries, in order, its number among the runs of values.
        inverse: for each run of values its number among the runs of entries.
        unused: the runs of values that no filter has; `inverse` is 0 there.
    """

    run: int
    index: Numbers
    inverse: Numbers
    unused: npt.NDArray[np.int64]


def arrangement(filters: Sequence[Generated], order: Sequence[int], layout: Layout) -> Arrangement:
    """Of filters whose entries follow each other, while their values do so in another order."""
    taps = [math.prod(each.kernel) for each in filters]
    run = math.gcd(*(n * t for each, t in zip(filters, taps, strict=True)
                     for n in (each.channels, layout.depth))) or 1  # fmt: skip
    parts = [
        runs_of(each.units, each.channels * t // run, layout.unit, layout.depth * t // run)
        for each, t in zip(filters, taps, strict=True)
    ]
    starts, total = np.zeros(len(parts), np.int32), 0
    for number in order:
        starts[number] = total
        total += parts[number].total
    index = np.concatenate([np.zeros(0, np.int32), *(part.index for part in parts)])
    index += np.repeat(starts, [len(part.index) for part in parts])
    inverse = np.full(total, -1, np.int32)
    inverse[index] = np.arange(len(index), dtype=np.int32)
    unused = np.flatnonzero(inverse < 0)
    inverse[unused] = 0
    return Arrangement(run, index, inverse, unused)


@dataclass(frozen=True, eq=False)
class Runs:
    """Of one filter: `index` as above, and how many runs its values have."""

    index: Numbers
    total: int


@lru_cache(maxsize=1024)
def runs_of(units: int, length: int, unit: int, depth: int) -> Runs:
    """Where each run of a filter `(units, length)`, in that order, is among those of its values
    `(slices, rows, unit, depth)`, with `length` and `depth` in runs.

    Run `[o, i]` comes from row `o // unit` and slice `i // depth`, and there from `o % unit` and
    `i % depth`.
    """
    rows, slices = -(-units // unit), -(-length // depth)
    values = np.arange(slices * rows * unit * depth, dtype=np.int32)
    by_slice = values.reshape(slices, rows * unit, depth)
    whole = by_slice.transpose(1, 0, 2).reshape(rows * unit, slices * depth)
    return Runs(whole[:units, :length].ravel(), values.size)
