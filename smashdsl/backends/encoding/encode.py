"""A program of a space → its encoding tensor `c`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.backends.encoding.layout import Layout
from smashdsl.backends.encoding.slices import Generated, Stretch, stretches
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError

if TYPE_CHECKING:
    from smashdsl.elaborate.run import Elaborated


LARGEST = 2**28  # entries; a gigabyte


@dataclass(frozen=True)
class Encoding:
    """An encoded program: `generated` says where in `c` each generated filter is, `stretches` who
    owns which slices."""

    layout: Layout
    generated: tuple[Generated, ...]
    stretches: tuple[Stretch, ...]

    @property
    def unit(self) -> int:
        return self.layout.unit

    @property
    def compression(self) -> int:
        return self.layout.compression

    def render(
        self, format: str = "svg", *, title: str = "encoding", **options: Any
    ) -> bytes | str:
        """A labelled heat map, by the greatest value over the rows; see `render_encoding`."""
        from smashdsl.backends.render import render_encoding

        names = [channel.name for channel in self.layout.table()]
        rows = self.tensor[0].amax(1).tolist()
        owners = [each.owner for each in self.stretches for _ in range(each.slices)] or [""]
        return render_encoding(names, rows, owners, format=format, title=title, **options)

    def _repr_svg_(self) -> str | None:
        try:
            return str(self.render())
        except SmashError:
            return None

    @cached_property
    def entries(self) -> npt.NDArray[np.float32]:
        """What the slices of each stretch hold, `(stretches, C)`: -1 or 1, and in between for draws
        from an interval."""
        entries = np.full((len(self.stretches), self.layout.channels), -1, np.float32)
        for i, stretch in enumerate(self.stretches):
            entries[i, list(stretch.on)] = 1
            for channel, level in stretch.levels:
                entries[i, channel] = level
        return entries

    @cached_property
    def tensor(self) -> Tensor:
        """`c`: float32 of shape `(1, C, H, W)`, with C channels as `layout.table()` names them, H
        rows of `unit` output channels, W slices of `unit * compression` input channels.

        Raises:
            SmashError: E607, it would have too many entries.
        """
        if not self.stretches:
            return -torch.ones(1, self.layout.channels, self.layout.rows, 1)
        widths = [stretch.slices for stretch in self.stretches]
        _check_size(self.layout.channels, self.layout.rows, sum(widths))
        rows = np.repeat([stretch.rows for stretch in self.stretches], widths)
        owned = np.arange(self.layout.rows)[:, None] < rows
        columns = np.repeat(self.entries, widths, axis=0).T[:, None, :]
        return torch.from_numpy(np.where(owned, columns, np.float32(-1))[None])


def encode(made: Elaborated, layout: Layout) -> Encoding:
    """The encoding of an elaborated program under its space's layout (Brock et al. 2017, section
    3.2)."""
    parts = list(stretches(made, layout))
    owners = tuple(stretch for stretch, _ in parts)
    generated = tuple(filter_ for _, filter_ in parts if filter_ is not None)
    return Encoding(layout, generated, owners)


def _check_size(*shape: int) -> None:
    if math.prod(shape) > LARGEST:
        size = " x ".join(f"{number:,}" for number in shape)
        raise SmashError(
            Diagnostic(
                "E607",
                f"the encoding would be 1 x {size}, more than {LARGEST:,} entries",
                helps=("choose a larger `unit` in `encoding { unit = … }`",),
            )
        )
