"""A pre-activation ResNet-20 with 1x1 convolutions and average pooling between the stages."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.conv1(functional.relu(self.norm1(x)))
        out = self.conv2(functional.relu(self.norm2(out)))
        return x + out


class ResNet20(nn.Module):
    def __init__(self, width: int = 16, classes: int = 10) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.stage1 = nn.Sequential(*(Residual(width) for _ in range(3)))
        self.down1 = nn.Conv2d(width, 2 * width, 1, bias=False)
        self.stage2 = nn.Sequential(*(Residual(2 * width) for _ in range(3)))
        self.down2 = nn.Conv2d(2 * width, 4 * width, 1, bias=False)
        self.stage3 = nn.Sequential(*(Residual(4 * width) for _ in range(3)))
        self.norm = nn.BatchNorm2d(4 * width)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stage1(self.conv(x))
        x = self.stage2(functional.avg_pool2d(self.down1(x), 2))
        x = self.stage3(functional.avg_pool2d(self.down2(x), 2))
        x = functional.relu(self.norm(x))
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))
