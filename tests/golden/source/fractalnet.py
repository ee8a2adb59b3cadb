"""fractalnet: a network that needs only torch.

Written by smashdsl VERSION from the program `fractalnet`.

Input       (batch, 3, 32, 32)
Output      (batch, 10)
Parameters  4,306,538
FLOPs       196,119,040 multiply-adds of convolutions and linear layers, per example
Program     HASH
"""

import math
from functools import reduce
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


def mean(*values: Tensor) -> Tensor:
    """The mean of values of one shape."""
    return reduce(torch.add, values) / len(values)


class Unit(nn.Module):
    """conv -> norm -> relu."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = conv2d(in_channels, out_channels, 3)
        self.norm1 = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm1(self.conv1(x)))


class Block(nn.Module):
    """Layers that read and write the banks `x` and `col[0..2]`."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                Unit(in_channels, out_channels),
                Unit(out_channels, out_channels),
                Unit(in_channels, out_channels),
                nn.Identity(),
                *(Unit(out_channels, out_channels) for _ in range(3)),
                Unit(in_channels, out_channels),
                nn.Identity(),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        layers = self.layers
        col: dict[int, Tensor] = {}
        col[0] = layers[0](x)
        col[0] = layers[1](col[0])
        col[1] = layers[2](x)
        col[0] = col[1] = mean(col[0], col[1])
        col[0] = layers[4](col[0])
        col[0] = layers[5](col[0])
        col[1] = layers[6](col[1])
        col[2] = layers[7](x)
        col[0] = col[1] = col[2] = mean(col[0], col[1], col[2])
        return col[0]


class Head(nn.Module):
    """global_avg_pool -> linear."""

    def __init__(self) -> None:
        super().__init__()
        self.linear1 = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(x.mean((2, 3)))


class Network(nn.Module):
    """The network `fractalnet` for inputs of 3x32x32 and 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([Block(3, 32), Block(32, 64), Block(64, 128), Block(128, 256)])
        self.transitions = nn.ModuleList(nn.MaxPool2d(2) for _ in range(4))
        self.head = Head()
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        for block, transition in zip(self.blocks, self.transitions):
            x = transition(block(x))
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
