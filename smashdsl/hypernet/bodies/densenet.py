"""The paper's HyperNet: a DenseNet without down-sampling over the encoding tensor (Brock et al.
2017, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.hypernet.batch import Batch
from smashdsl.hypernet.filling import Features
from smashdsl.training.ranges import require_range

SLOPE = 0.02


@dataclass(frozen=True)
class DenseNetSettings:
    """`layers` 3x3 convolutions of `growth` channels in each dense stage; between two stages a 3x3
    convolution halves the channels."""

    stem: int = 8
    growth: int = 10
    layers: tuple[int, ...] = (4, 4)

    def __post_init__(self) -> None:
        require_range(self, "stem growth", 1)
        if not self.layers or min(self.layers) < 1:
            raise ValueError(f"every dense stage has at least 1 layer, not {self.layers}")


class DenseNetBody(nn.Module):
    """Features of positions from a picture of the encodings.

    The encodings of a batch lie side by side, with an empty column in between, so that each has the
    same features as by itself. Besides the encoding the network sees how far down each row is, so
    that it can tell rows apart.
    """

    def __init__(self, channels: int, rows: int, settings: DenseNetSettings,
                 generator: torch.Generator) -> None:  # fmt: skip
        super().__init__()
        self.rows = rows
        stages: list[nn.Module] = [_Conv(channels + 1, settings.stem)]
        width = settings.stem
        for stage, count in enumerate(settings.layers):
            if stage:
                stages.append(_Conv(width, width // 2, SLOPE))
                width //= 2
            stages.append(_Dense(width, settings.growth, count))
            width += count * settings.growth
        self.stages = nn.ModuleList(stages)
        self.width = width
        for part in self.modules():
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, a=SLOPE, generator=generator)

    def forward(self, batch: Batch) -> Features:
        """Of each position."""
        picture, mask, starts = self._picture(batch)
        for stage in self.stages:
            picture = stage(picture, mask)
        seen = functional.leaky_relu(picture, SLOPE)[0].movedim(0, -1)
        sites = batch.sites
        column, row = sites.positions()
        values = seen[row, (starts[sites.token] + sites.slice)[column]]
        return Features(values, sites.scale[column], None)

    def _picture(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The picture `(1, channels + 1, rows, W)`, where it is not empty, and where each stretch
        starts."""
        entries = batch.entries
        gaps = batch.architecture
        total = int(batch.widths.sum()) + len(batch.counts) - 1
        starts = batch.widths.cumsum(0) - batch.widths + gaps
        token = torch.repeat_interleave(torch.arange(len(entries), device=entries.device),
                                        batch.widths)  # fmt: skip
        column = torch.arange(len(token), device=entries.device) + gaps[token]
        mask = entries.new_zeros(1, 1, 1, total)
        mask[..., column] = 1
        row = torch.arange(self.rows, device=entries.device)
        owned = row[:, None] < batch.heights[token]
        values = torch.where(owned, entries.t()[:, None, token], -1)
        down = torch.linspace(-1, 1, self.rows, device=entries.device, dtype=entries.dtype)
        down = down[None, :, None].expand(1, self.rows, len(token))
        picture = entries.new_zeros(1, entries.shape[1] + 1, self.rows, total)
        picture[0][:, :, column] = torch.cat([values, down])
        return picture, mask, starts


class _Conv(nn.Module):
    """A 3x3 convolution, after a leaky relu where a slope is given, that leaves gaps empty."""

    def __init__(self, channels: int, units: int, slope: float = 1.0) -> None:
        super().__init__()
        self.slope = slope
        self.conv = nn.Conv2d(channels, units, 3, padding=1, bias=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        made: Tensor = self.conv(functional.leaky_relu(x, self.slope)) * mask
        return made


class _Dense(nn.Module):
    """A dense stage: every convolution sees what all before it made."""

    def __init__(self, channels: int, growth: int, layers: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            _Conv(channels + i * growth, growth, SLOPE) for i in range(layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for conv in self.convs:
            x = torch.cat([x, conv(x, mask)], 1)
        return x
