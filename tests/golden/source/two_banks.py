"""two: a network that needs only torch.

Written by smashdsl VERSION from the program `two`.

Input       (batch, 3, 8, 8)
Output      (batch, 10)
Parameters  3,194
FLOPs       191,648 multiply-adds of convolutions and linear layers, per example
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
        self.conv1 = conv2d(3, 16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class Layer1(nn.Module):
    """conv."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(8, 8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class Layer2(nn.Module):
    """relu -> conv."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(8, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(F.relu(x))


class Block(nn.Module):
    """Layers that read and write the banks `a` and `c`."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layer for _ in range(4) for layer in (Layer1(), Layer2()))

    def forward(self, x: Tensor) -> Tensor:
        layers = self.layers
        a, c = x.split(8, 1)
        for i in range(0, 8, 2):
            c = c + layers[i](a)
            a = a + layers[i + 1](c)
        return torch.cat([a, c], 1)


class Head(nn.Module):
    """norm -> relu -> global_avg_pool -> linear."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(16)
        self.linear1 = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(F.relu(self.norm1(x)).mean((2, 3)))


class Network(nn.Module):
    """The network `two` for inputs of 3x8x8 and 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.blocks = nn.ModuleList([Block()])
        self.head = Head()
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
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
    output = network(torch.randn(2, 3, 8, 8))
    print(f"{parameters:,} parameters; output of shape {tuple(output.shape)}")
