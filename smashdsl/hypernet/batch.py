"""Several architectures → tensors that a HyperNet takes in one call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.backends.encoding import Layout
from smashdsl.hypernet.architecture import Architecture, Filter
from smashdsl.hypernet.slicing import entries_of

Numbers = npt.NDArray[np.int64]
Kernel = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Batch:
    """T stretches of A architectures after each other, and their generated filters: these have Q
    columns (a slice of a filter), and P positions (a row and a column).

    Attributes:
        entries: `(T, channels)`, what the encodings say.
        heights, widths: `(T,)`, rows and slices of the stretches.
        counts: how many stretches each architecture has.
        architecture: `(T,)`, to which each stretch belongs.
        relations: `(A, t, t)` with t the most of them, 0 where there is nothing.
        token, slice, origin: `(Q,)`, of each column: its stretch among the T, its slice, and the
            origin of the slice's input channels.
        column, row: `(P,)`, of each position.
        scale: `(P, 1)`, sqrt(2 / fan-in) of the filter.
        kernels: the positions with filters of each kernel, or None for all.
        index: for each architecture, where in the values of all positions (those of the first
            kernel before those of the second) the entries of its filters are.
    """

    entries: Tensor
    heights: Tensor
    widths: Tensor
    counts: tuple[int, ...]
    architecture: Tensor
    relations: Tensor
    token: Tensor
    slice: Tensor
    origin: Tensor
    column: Tensor
    row: Tensor
    scale: Tensor
    kernels: dict[Kernel, Tensor | None]
    index: tuple[Tensor, ...]

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""

        def moved(value: Any) -> Any:
            if isinstance(value, Tensor):
                return value.to(device)
            if isinstance(value, dict):
                return {key: moved(each) for key, each in value.items()}
            return tuple(map(moved, value)) if isinstance(value, tuple) else value

        return Batch(**{name: moved(value) for name, value in vars(self).items()})


def collate(architectures: Sequence[Architecture], layout: Layout) -> Batch:
    """The batch of some architectures, of which at least one generates a filter."""
    counts = tuple(len(each.entries) for each in architectures)
    tokens = np.cumsum([0, *counts])
    filters = [each for one in architectures for each in one.filters]
    first = np.concatenate([np.repeat(tokens[i], len(one.filters))
                            for i, one in enumerate(architectures)]).astype(np.int64)  # fmt: skip
    rows = np.array([-(-each.place.units // layout.unit) for each in filters])
    slices = np.array([each.place.slices for each in filters])
    starts, kernels = _values(filters, rows * slices, layout)
    column, row = _positions(rows, slices)
    scales = [math.sqrt(2 / (f.place.channels * math.prod(f.place.kernel))) for f in filters]
    return Batch(
        torch.from_numpy(np.concatenate([each.entries for each in architectures])),
        torch.from_numpy(np.concatenate([each.heights for each in architectures])),
        torch.from_numpy(np.concatenate([each.widths for each in architectures])),
        counts,
        torch.from_numpy(np.repeat(np.arange(len(counts)), counts)),
        torch.from_numpy(_padded([each.relations for each in architectures])),
        torch.from_numpy(np.repeat(first + [each.token for each in filters], slices)),
        torch.from_numpy(np.concatenate([np.arange(n) for n in slices])),
        torch.from_numpy(np.concatenate([np.array(each.origins) for each in filters])),
        torch.from_numpy(column),
        torch.from_numpy(row),
        torch.from_numpy(np.repeat(scales, rows * slices).astype(np.float32))[:, None],
        kernels,
        tuple(_indices(architectures, starts, layout)),
    )


def _positions(rows: Numbers, slices: Numbers) -> tuple[Numbers, Numbers]:
    """The column and the row of each position: filter by filter, row by row."""
    columns = np.cumsum(slices) - slices
    found = [_grid(int(r), int(s)) for r, s in zip(rows, slices, strict=True)]
    column = np.concatenate([start + grid[1] for start, grid in zip(columns, found, strict=True)])
    return column, np.concatenate([grid[0] for grid in found])


@lru_cache(maxsize=1024)
def _grid(rows: int, slices: int) -> Numbers:
    return np.indices((rows, slices), np.int64).reshape(2, -1)


def _values(filters: Sequence[Filter], sizes: Numbers,
            layout: Layout) -> tuple[Numbers, dict[Kernel, Tensor | None]]:  # fmt: skip
    """Where the values of each filter start, and the positions of each kernel."""
    kernels = np.array([layout.kernels.index(each.place.kernel) for each in filters])
    present = sorted(set(kernels.tolist()))
    starts = np.zeros(len(filters), np.int64)
    positions: dict[Kernel, Tensor | None] = {}
    total = 0
    for number in present:
        kernel = layout.kernels[number]
        here = kernels == number
        each = sizes[here] * (layout.unit * layout.depth * math.prod(kernel))
        starts[here] = total + np.cumsum(each) - each
        total += int(each.sum())
        where = np.flatnonzero(np.repeat(here, sizes))
        positions[kernel] = None if len(present) == 1 else torch.from_numpy(where)
    return starts, positions


def _indices(architectures: Sequence[Architecture], starts: Numbers,
             layout: Layout) -> list[Tensor]:  # fmt: skip
    found, number = [], 0
    for architecture in architectures:
        parts = [np.zeros(0, np.int64)]
        for each in architecture.filters:
            place = each.place
            entries = entries_of(place.units, place.channels, math.prod(place.kernel),
                                 layout.unit, layout.depth)  # fmt: skip
            parts.append(entries + starts[number])
            number += 1
        found.append(torch.from_numpy(np.concatenate(parts)))
    return found


def _padded(squares: Sequence[Numbers]) -> Numbers:
    most = max(len(square) for square in squares)
    padded = np.zeros((len(squares), most, most), np.int64)
    for target, square in zip(padded, squares, strict=True):
        target[: len(square), : len(square)] = square
    return padded
