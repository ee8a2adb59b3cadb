"""One block of SMASH's four-convolution operations on eight banks, one layer of each awkward kind.

Layer 1 reads and writes two banks; layer 2 deals sixteen channels twice over four banks of eight;
layer 3 reads a sum; layer 4 gates an attention over three banks and multiplies into a bank.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class FourConvs(nn.Module):
    def __init__(self, entering: int, squeeze: int, units: int, groups: int = 1) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(entering, squeeze, 1, bias=False)
        self.a1 = nn.Conv2d(squeeze, units, 3, padding=2, dilation=2, groups=groups, bias=False)
        self.a2 = nn.Conv2d(units, units, 5, padding=2, bias=False)
        self.b1 = nn.Conv2d(squeeze, units, 5, padding=4, dilation=2, groups=groups, bias=False)
        self.b2 = nn.Conv2d(units, units, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.squeeze(x))
        a = self.a2(functional.relu(self.a1(x)))
        b = self.b2(functional.relu(self.b1(x)))
        return a + b


class Gate(nn.Module):
    def __init__(self, channels: int, values: int) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(values))
        self.tanh = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.sigmoid = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        x = torch.einsum("n,n...->...", self.scores.softmax(0), torch.stack(values))
        return torch.tanh(self.tanh(x)) * torch.sigmoid(self.sigmoid(x))


class FourConvNetwork(nn.Module):
    def __init__(self, size: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 2 * size, 7, padding=3, bias=False)
        self.layer1 = FourConvs(2 * size, 2 * size, 2 * size, groups=2)
        self.layer2 = FourConvs(3 * size, size, 2 * size)
        self.layer3 = FourConvs(size, size, size)
        self.layer4 = Gate(size, 3)
        self.norm = nn.BatchNorm2d(8 * size)
        self.fc = nn.Linear(8 * size, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b0, b1 = self.stem(x).chunk(2, 1)
        b2, b3 = self.layer1(torch.cat([b0, b1], 1)).chunk(2, 1)
        low, high = self.layer2(torch.cat([b3, b0, b2], 1)).chunk(2, 1)
        b1, b4, b2, b5 = b1 + low, high, b2 + low, high
        b6 = b7 = self.layer3(b4 + b5)
        b0 = b0 + b6
        b5 = b5 * self.layer4(b7, b6, b1)
        x = torch.cat([b0, b1, b2, b3, b4, b5, b6, b7], 1)
        x = functional.relu(self.norm(x))
        return self.fc(x.mean((2, 3)))
