"""Several architectures → tensors that a HyperNet takes in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.hypernet import architecture
from smashdsl.hypernet.architecture import Architecture, Group
from smashdsl.hypernet.relations import COUNT

Numbers = npt.NDArray[np.int64]
Moved = TypeVar("Moved")


@dataclass(frozen=True, eq=False)
class Part:
    """The filters of one architecture: its groups, which are the next columns of the batch, and
    how entries lie among their values (see `Arrangement`)."""

    groups: tuple[Group, ...]
    run: int
    index: Tensor
    inverse: Tensor
    unused: Tensor


@dataclass(frozen=True, eq=False)
class Sites:
    """The generated filters of some architectures, which have Q columns (a slice of a filter).

    Attributes:
        token, slice, origin: `(Q,)`, of each column: its stretch in the batch, its slice, and the
            origin of the slice's input channels.
        rows: `(Q,)`, how many positions each column has.
        scale: `(Q, 1)`, sqrt(2 / fan-in) of its filter.
        places, most_rows: more than any slice or origin; the most rows.
        parts: one for each architecture.
    """

    token: Tensor
    slice: Tensor
    origin: Tensor
    rows: Tensor
    scale: Tensor
    places: int
    most_rows: int
    parts: tuple[Part, ...]

    def positions(self) -> tuple[Tensor, Tensor]:
        """The column and the row of each position, column by column."""
        numbers = torch.arange(len(self.rows), device=self.rows.device)
        column = numbers.repeat_interleave(self.rows)
        before = self.rows.cumsum(0) - self.rows
        return column, torch.arange(len(column), device=column.device) - before[column]


@dataclass(frozen=True, eq=False)
class Batch:
    """T stretches of A architectures after each other.

    Attributes:
        entries: `(T, channels)`, what the encodings say.
        heights, widths: `(T,)`, rows and slices of the stretches.
        counts: how many stretches each architecture has.
        architecture: `(T,)`, to which each stretch belongs.
        place: `(T,)`, where each stretch is if every architecture had t, the most of any.
        relations: `(A, t, t)`, `COUNT` where there is no stretch to look at.
        sites: the filters of all architectures in order.
    """

    entries: Tensor
    heights: Tensor
    widths: Tensor
    counts: tuple[int, ...]
    architecture: Tensor
    place: Tensor
    relations: Tensor
    sites: Sites

    def like(self, weight: Tensor) -> Batch:
        """The same on a weight's device, with fractions of its type."""
        here = self.entries.device == weight.device and self.entries.dtype == weight.dtype
        return self if here else _moved(self, weight)


def _moved(value: Moved, like: Tensor) -> Moved:
    found: Any = value
    if isinstance(value, Tensor):
        found = value.to(like.device, like.dtype if value.is_floating_point() else None)
    elif isinstance(value, tuple) and not isinstance(value, Group):
        found = tuple(_moved(each, like) for each in value)
    elif isinstance(value, Batch | Sites | Part):
        found = type(value)(*(_moved(getattr(value, each.name), like) for each in fields(value)))
    result: Moved = found
    return result


def collate(architectures: Sequence[Architecture]) -> Batch:
    """The batch of some architectures."""
    counts = np.array([len(each.entries) for each in architectures])
    number, most = np.repeat(np.arange(len(counts)), counts), int(counts.max())
    before = np.cumsum(counts) - counts
    return Batch(
        torch.from_numpy(np.concatenate([each.entries for each in architectures])),
        _joined([each.heights for each in architectures]),
        _joined([each.widths for each in architectures]),
        tuple(counts.tolist()),
        torch.from_numpy(number),
        torch.from_numpy(np.arange(len(number)) + number * most - before[number]),
        torch.from_numpy(_padded([each.relations for each in architectures], most)),
        _sites([each.sites for each in architectures], before),
    )


def _sites(found: Sequence[architecture.Sites], before: Numbers) -> Sites:
    groups = [group for sites in found for group in sites.groups]
    most = [int(numbers.max(initial=0)) for s in found for numbers in (s.slice, s.origin)]
    return Sites(
        _joined([sites.token + start for sites, start in zip(found, before, strict=True)]),
        _joined([sites.slice for sites in found]),
        _joined([sites.origin for sites in found]),
        torch.from_numpy(np.repeat([group.rows for group in groups],
                                   [group.columns for group in groups])),
        torch.from_numpy(np.concatenate([sites.scale for sites in found]))[:, None],
        1 + max(most),
        max((group.rows for group in groups), default=0),
        tuple(_part(sites) for sites in found),
    )  # fmt: skip


def _part(sites: architecture.Sites) -> Part:
    lie = sites.arrangement
    index, inverse, unused = map(torch.from_numpy, (lie.index, lie.inverse, lie.unused))
    return Part(sites.groups, lie.run, index, inverse, unused)


def _joined(parts: Sequence[Numbers]) -> Tensor:
    return torch.from_numpy(np.concatenate(parts))


def _padded(squares: Sequence[Numbers], most: int) -> Numbers:
    padded = np.full((len(squares), most, most), COUNT, np.int64)
    for target, square in zip(padded, squares, strict=True):
        target[:, : len(square)] = 0
        target[: len(square), : len(square)] = square
    return padded
