"""FractalNet (Larsson et al. 2017), by its recursive definition, joins being means."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional


class Unit(nn.Module):
    def __init__(self, entering: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(entering, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.norm(self.conv(x)))


class Fractal(nn.Module):
    """f_1 is a unit; f_{C+1} is f_C after a joined f_C, beside a unit."""

    def __init__(self, columns: int, entering: int, width: int) -> None:
        super().__init__()
        self.first = Fractal(columns - 1, entering, width) if columns > 1 else None
        self.second = Fractal(columns - 1, width, width) if columns > 1 else None
        self.unit = Unit(entering, width)

    def columns(self, x: torch.Tensor) -> list[torch.Tensor]:
        if self.first is None or self.second is None:
            return [self.unit(x)]
        return [*self.second.columns(self.first(x)), self.unit(x)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack(self.columns(x)).mean(0)


class FractalNet(nn.Module):
    def __init__(
        self, width: int = 32, columns: int = 3, stages: int = 4, classes: int = 10
    ) -> None:
        super().__init__()
        widths = [3, *(width * 2**stage for stage in range(stages))]
        self.blocks = nn.ModuleList(
            Fractal(columns, entering, leaving) for entering, leaving in pairwise(widths)
        )
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = functional.max_pool2d(block(x), 2)
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))
