"""A program of a space → its encoding tensor `c`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from smashdsl.backends.encoding.layout import Layout
from smashdsl.backends.encoding.slices import Generated, Stretch, stretches

if TYPE_CHECKING:
    from smashdsl.elaborate.run import Elaborated


@dataclass(frozen=True)
class Encoding:
    """An encoded program.

    `tensor` is float32 of shape `(1, C, H, W)`: C channels as `layout.table()` names them, H rows
    of `unit` output channels, W slices of `unit * compression` input channels; entries are -1 or
    1, and in between for draws from an interval. `generated` says where in it each generated
    filter is; `stretches` who owns which slices.
    """

    tensor: Tensor
    layout: Layout
    generated: tuple[Generated, ...]
    stretches: tuple[Stretch, ...]

    @property
    def unit(self) -> int:
        return self.layout.unit

    @property
    def compression(self) -> int:
        return self.layout.compression


def encode(made: Elaborated, layout: Layout) -> Encoding:
    """The encoding of an elaborated program under its space's layout (Brock et al. 2017, section
    3.2)."""
    parts = list(stretches(made, layout))
    owners = tuple(stretch for stretch, _ in parts)
    generated = tuple(filter_ for _, filter_ in parts if filter_ is not None)
    return Encoding(_tensor(owners, layout), layout, generated, owners)


def _tensor(owners: tuple[Stretch, ...], layout: Layout) -> Tensor:
    entries = np.full((max(len(owners), 1), layout.channels), -1, np.float32)
    for i, stretch in enumerate(owners):
        entries[i, list(stretch.on)] = 1
        for channel, level in stretch.levels:
            entries[i, channel] = level
    widths = [stretch.slices for stretch in owners] or [1]
    rows = np.repeat([stretch.rows for stretch in owners] or [0], widths)
    owned = np.arange(layout.rows)[:, None] < rows
    columns = np.repeat(entries, widths, axis=0).T[:, None, :]
    return torch.from_numpy(np.where(owned, columns, np.float32(-1))[None])
