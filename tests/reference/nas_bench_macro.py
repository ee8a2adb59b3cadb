"""NAS-Bench-Macro's networks (Su et al. 2021), from strings of eight digits."""

from __future__ import annotations

import torch
from torch import nn

UNITS = (64, 64, 128, 128, 128, 256, 256, 256)
STRIDES = (2, 1, 2, 1, 1, 2, 1, 1)


class InvertedResidual(nn.Module):
    def __init__(self, entering: int, units: int, kernel: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = expansion * entering
        self.shortcut = stride == 1 and entering == units
        self.layers = nn.Sequential(
            nn.Conv2d(entering, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, hidden, kernel, stride, kernel // 2, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU(),
            nn.Conv2d(hidden, units, 1, bias=False),
            nn.BatchNorm2d(units),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x) if self.shortcut else self.layers(x)


def layer(digit: str, entering: int, units: int, stride: int) -> nn.Module:
    if digit == "1":
        return InvertedResidual(entering, units, 3, 3, stride)
    if digit == "2":
        return InvertedResidual(entering, units, 5, 6, stride)
    if stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(entering, units, 1, stride, bias=False), nn.BatchNorm2d(units))


class NASBenchMacro(nn.Module):
    def __init__(self, arch: str, classes: int = 10) -> None:
        super().__init__()
        entering = (32, *UNITS[:-1])
        self.layers = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            *map(layer, arch, entering, UNITS, STRIDES),
            nn.Conv2d(UNITS[-1], 1280, 1, bias=False),
            nn.BatchNorm2d(1280),
            nn.ReLU(),
        )
        self.fc = nn.Linear(1280, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.layers(x).mean((2, 3)))
