"""Several architectures → tensors that a HyperNet takes in one call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.backends.encoding import Layout
from smashdsl.hypernet.architecture import Architecture, Filter
from smashdsl.hypernet.slicing import entries_of

Numbers = npt.NDArray[np.int64]
Kernel = tuple[int, ...]
Moved = TypeVar("Moved")


@dataclass(frozen=True, eq=False)
class Sites:
    """The generated filters of some architectures: these have Q columns (a slice of a filter), and
    P positions (a row and a column).

    Attributes:
        token, slice, origin: `(Q,)`, of each column: its stretch in the batch, its slice, and the
            origin of the slice's input channels.
        column, row: `(P,)`, of each position.
        rows: how many rows there are at most.
        scale: `(P, 1)`, sqrt(2 / fan-in) of the filter.
        kernels: the positions with filters of each kernel, or None for all.
        index: for each architecture, where in the values of all positions (those of the first
            kernel before those of the second) the entries of its filters are.
    """

    token: Tensor
    slice: Tensor
    origin: Tensor
    column: Tensor
    row: Tensor
    rows: int
    scale: Tensor
    kernels: dict[Kernel, Tensor | None]
    index: tuple[Tensor, ...]


@dataclass(frozen=True, eq=False)
class Batch:
    """T stretches of A architectures after each other.

    Attributes:
        entries: `(T, channels)`, what the encodings say.
        heights, widths: `(T,)`, rows and slices of the stretches.
        counts: how many stretches each architecture has.
        architecture: `(T,)`, to which each stretch belongs.
        absent: `(A, t)` with t the most stretches, where there is none.
        relations: `(A, t, t)`, 0 where there is nothing.
        sites: the filters, of all architectures in order, in one part or several.
    """

    entries: Tensor
    heights: Tensor
    widths: Tensor
    counts: tuple[int, ...]
    architecture: Tensor
    absent: Tensor
    relations: Tensor
    sites: tuple[Sites, ...]

    def like(self, weight: Tensor) -> Batch:
        """The same on a weight's device, with fractions of its type."""
        here = self.entries.device == weight.device and self.entries.dtype == weight.dtype
        return self if here else _moved(self, weight)


def _moved(value: Moved, like: Tensor) -> Moved:
    found: Any = value
    if isinstance(value, Tensor):
        found = value.to(like.device, like.dtype if value.is_floating_point() else None)
    elif isinstance(value, dict):
        found = {key: _moved(each, like) for key, each in value.items()}
    elif isinstance(value, tuple):
        found = tuple(_moved(each, like) for each in value)
    elif isinstance(value, Batch | Sites):
        found = type(value)(**{name: _moved(each, like) for name, each in vars(value).items()})
    result: Moved = found
    return result


def collate(architectures: Sequence[Architecture], layout: Layout, together: bool) -> Batch:
    """The batch of some architectures, with the sites of all filters `together`, or those of each
    architecture by themselves (what they fill then stays in a processor's cache)."""
    counts = [len(each.entries) for each in architectures]
    starts = np.cumsum([0, *counts])
    parts = [(each, int(start)) for each, start in zip(architectures, starts, strict=False)]
    groups = [parts] if together else [[part] for part in parts]
    most = max(counts)
    return Batch(
        torch.from_numpy(np.concatenate([each.entries for each in architectures])),
        torch.from_numpy(np.concatenate([each.heights for each in architectures])),
        torch.from_numpy(np.concatenate([each.widths for each in architectures])),
        tuple(counts),
        torch.from_numpy(np.repeat(np.arange(len(counts)), counts)),
        torch.from_numpy(np.arange(most) >= np.array(counts)[:, None]),
        torch.from_numpy(_padded([each.relations for each in architectures], most)),
        tuple(_sites(group, layout) for group in groups),
    )


def _sites(parts: Sequence[tuple[Architecture, int]], layout: Layout) -> Sites:
    filters = [each for one, _ in parts for each in one.filters]
    found = [one.sites for one, _ in parts]
    columns = np.cumsum([0, *(len(sites.token) for sites in found)])
    sizes = np.concatenate([sites.sizes for sites in found])
    begins, kernels = _values(filters, sizes, layout)
    fan_in = [each.place.channels * math.prod(each.place.kernel) for each in filters]
    scale = np.sqrt(2 / np.array(fan_in, np.float32))
    row = np.concatenate([sites.row for sites in found])
    return Sites(
        _joined([sites.token + start for sites, (_, start) in zip(found, parts, strict=True)]),
        _joined([sites.slice for sites in found]),
        _joined([sites.origin for sites in found]),
        _joined([sites.column + first for sites, first in zip(found, columns, strict=False)]),
        torch.from_numpy(row),
        int(row.max(initial=0)) + 1,
        torch.from_numpy(np.repeat(scale, sizes))[:, None],
        kernels,
        tuple(_indices([one for one, _ in parts], begins, layout)),
    )


def _joined(parts: Sequence[Numbers]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts))


def _values(filters: Sequence[Filter], sizes: Numbers,
            layout: Layout) -> tuple[Numbers, dict[Kernel, Tensor | None]]:  # fmt: skip
    """Where the values of each filter start, and the positions of each kernel."""
    kernels = np.array([layout.kernels.index(each.place.kernel) for each in filters], np.int64)
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


def _padded(squares: Sequence[Numbers], most: int) -> Numbers:
    padded = np.zeros((len(squares), most, most), np.int64)
    for target, square in zip(padded, squares, strict=True):
        target[: len(square), : len(square)] = square
    return padded
