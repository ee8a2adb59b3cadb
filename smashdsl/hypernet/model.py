"""The HyperNet: an encoded architecture in, the filters of its generated convolutions out.

A DenseNet without down-sampling over the encoding tensor (Brock et al. 2017, section 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.02


@dataclass(frozen=True)
class HyperNetSettings:
    """`layers` 3x3 convolutions of `growth` channels in each dense stage; between two stages a 3x3
    convolution halves the channels. `gain` is the standard deviation of the first generated filters
    relative to He's initialisation."""

    stem: int = 8
    growth: int = 10
    layers: tuple[int, ...] = (4, 4)
    gain: float = 0.5


class HyperNet(nn.Module):
    """Maps encodings `(batch, channels, rows, width)` to filter values.

    Besides the encoding it sees how far down each row is, so that it can tell rows apart.

    Args:
        channels: of the encoding, a constant of the space.
        depth: filter values per position and per entry of a kernel: unit * unit * compression.
        kernels: the kernel sizes to generate, each with a last layer of its own.
        settings: the size of the network.
        seed: decides the initial weights.
    """

    def __init__(self, channels: int, depth: int, kernels: Sequence[tuple[int, ...]],
                 settings: HyperNetSettings, seed: int) -> None:  # fmt: skip
        super().__init__()
        body: list[nn.Module] = [_conv(channels + 1, settings.stem)]
        width = settings.stem
        for stage, count in enumerate(settings.layers):
            if stage:
                body += [nn.LeakyReLU(SLOPE), _conv(width, width // 2)]
                width //= 2
            body.append(_Dense(width, settings.growth, count))
            width += count * settings.growth
        self.body = nn.Sequential(*body, nn.LeakyReLU(SLOPE))
        self.norm = nn.LayerNorm(width)
        self.heads = nn.ModuleDict(
            {kernel_name(k): nn.Conv2d(width, depth * math.prod(k), 1, bias=False) for k in kernels}
        )
        self._initialise(settings.gain, torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def _initialise(self, gain: float, generator: torch.Generator) -> None:
        for conv in self.body.modules():
            if isinstance(conv, nn.Conv2d):
                nn.init.kaiming_normal_(conv.weight, a=SLOPE, generator=generator)
        for weight in self.heads.parameters():
            weight.normal_(0, gain / math.sqrt(weight.shape[1]), generator=generator)

    def forward(self, encoding: Tensor) -> dict[str, Tensor]:
        """Filter values `(batch, depth * kernel, rows, width)` of unit variance, by kernel name."""
        batch, _, rows, width = encoding.shape
        row = torch.linspace(-1, 1, rows, device=encoding.device, dtype=encoding.dtype)
        row = row.view(1, 1, rows, 1).expand(batch, 1, rows, width)
        x = self.body(torch.cat([encoding, row], 1))
        x = self.norm(x.movedim(1, -1)).movedim(-1, 1)
        return {name: head(x) for name, head in self.heads.items()}


class _Dense(nn.Module):
    """A dense stage: every 3x3 convolution sees what all before it made."""

    def __init__(self, channels: int, growth: int, layers: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(_conv(channels + i * growth, growth) for i in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = torch.cat([x, conv(functional.leaky_relu(x, SLOPE))], 1)
        return x


def kernel_name(kernel: tuple[int, ...]) -> str:
    """The name of the last layer that generates filters of a kernel size.

    >>> kernel_name((3, 5))
    '3x5'
    """
    return "x".join(map(str, kernel))


def _conv(channels: int, units: int) -> nn.Conv2d:
    return nn.Conv2d(channels, units, 3, padding=1, bias=False)
