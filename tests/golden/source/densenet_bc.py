"""densenet_bc: a network that needs only torch.

Written by smashdsl VERSION from the program `densenet_bc`.

Input       (batch, 3, 32, 32)
Output      (batch, 10)
Parameters  176,122
FLOPs       72,365,352 multiply-adds of convolutions and linear layers, per example
Program     HASH
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv2d(in_channels: int, out_channels: int, kernel: int) -> nn.Conv2d:
    """A convolution without bias that keeps the resolution."""
    return nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False)


def initialise(module: nn.Module) -> None:
    """Start convolutions from a normal distribution of variance 2 / fan-out (He et al. 2015)."""
    if isinstance(module, nn.Conv2d):
        fan_out = module.weight[:, 0].numel() // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))


class Stem(nn.Module):
    """conv."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(3, 24, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class Bottleneck(nn.Module):
    """norm -> relu -> conv -> norm -> relu -> conv."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = conv2d(in_channels, 48, 1)
        self.norm2 = nn.BatchNorm2d(48)
        self.conv2 = conv2d(48, 12, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(F.relu(self.norm1(x)))
        return self.conv2(F.relu(self.norm2(x)))


class Block(nn.Module):
    """Every layer reads the outputs of all layers before it."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Bottleneck(in_channels + 12 * i) for i in range(6))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


class Transition(nn.Module):
    """norm -> relu -> conv -> avg_pool."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = conv2d(in_channels, in_channels // 2, 1)
        self.avg_pool1 = nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(F.relu(self.norm1(x)))
        return self.avg_pool1(x)


class Head(nn.Module):
    """norm -> relu -> global_avg_pool -> linear."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(132)
        self.linear1 = nn.Linear(132, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(F.relu(self.norm1(x)).mean((2, 3)))


class Network(nn.Module):
    """The network `densenet_bc` for inputs of 3x32x32 and 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.blocks = nn.ModuleList([Block(24), Block(48), Block(60)])
        self.transitions = nn.ModuleList([Transition(96), Transition(120)])
        self.head = Head()
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.blocks[0](x)
        for transition, block in zip(self.transitions, self.blocks[1:]):
            x = block(transition(x))
        return self.head(x)


def load(path: str | Path) -> Network:
    """The network with the weights of a safetensors file, ready for inference."""
    from safetensors.torch import load_file

    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()


if __name__ == "__main__":
    network = Network().eval()
    parameters = sum(p.numel() for p in network.parameters())
    output = network(torch.randn(2, 3, 32, 32))
    print(f"{parameters:,} parameters; output of shape {tuple(output.shape)}")
