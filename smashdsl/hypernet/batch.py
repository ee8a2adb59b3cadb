"""Several architectures → tensors that a HyperNet takes in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.hypernet.architecture import Architecture, Filter

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Batch:
    """T stretches of A architectures after each other, and the P positions of their generated
    filters: a position is a row and a slice of one filter.

    Attributes:
        entries: `(T, channels)`, what the encodings say.
        heights, widths: `(T,)`, rows and slices of the stretches.
        counts: how many stretches each architecture has.
        architecture: `(T,)`, to which each stretch belongs.
        relations: `(A, t, t)` with t the most of them, 0 where there is nothing.
        token, row, slice, origin: `(P,)`, of each position: its stretch among the T, its row, its
            slice, and the origin of the slice's input channels.
        filters: `(architecture, filter)` in the order of positions: those of one kernel together.
    """

    entries: Tensor
    heights: Tensor
    widths: Tensor
    counts: tuple[int, ...]
    architecture: Tensor
    relations: Tensor
    token: Tensor
    row: Tensor
    slice: Tensor
    origin: Tensor
    filters: tuple[tuple[int, Filter], ...]

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        moved: dict[str, Any] = {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in vars(self).items()
        }
        return Batch(**moved)


def collate(architectures: Sequence[Architecture], unit: int) -> Batch:
    """The batch of some architectures, of which at least one generates a filter; `unit` output
    channels make a row."""
    counts = tuple(len(each.entries) for each in architectures)
    starts = np.cumsum([0, *counts])
    filters = [(i, each) for i, one in enumerate(architectures) for each in one.filters]
    filters.sort(key=lambda pair: pair[1].place.kernel)
    positions = np.concatenate(
        [_positions(each, int(starts[i]), unit) for i, each in filters], axis=1
    )
    token, row, slice_, origin = torch.from_numpy(positions)
    return Batch(
        torch.from_numpy(np.concatenate([each.entries for each in architectures])),
        torch.from_numpy(np.concatenate([each.heights for each in architectures])),
        torch.from_numpy(np.concatenate([each.widths for each in architectures])),
        counts,
        torch.from_numpy(np.repeat(np.arange(len(counts)), counts)),
        torch.from_numpy(_padded([each.relations for each in architectures])),
        token,
        row,
        slice_,
        origin,
        tuple(filters),
    )


def _positions(each: Filter, start: int, unit: int) -> Numbers:
    rows, slices = np.indices((-(-each.place.units // unit), each.place.slices), np.int64)
    row, slice_ = rows.ravel(), slices.ravel()
    origins = np.asarray(each.origins, np.int64)[slice_]
    return np.stack([np.full_like(row, start + each.token), row, slice_, origins])


def _padded(squares: Sequence[Numbers]) -> Numbers:
    most = max(len(square) for square in squares)
    padded = np.zeros((len(squares), most, most), np.int64)
    for target, square in zip(padded, squares, strict=True):
        target[: len(square), : len(square)] = square
    return padded
