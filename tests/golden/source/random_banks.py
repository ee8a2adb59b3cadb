"""random_banks: a network that needs only torch.

Written by smashdsl VERSION from the program `random_banks`.

Input       (batch, 3, 32, 32)
Output      (batch, 10)
Parameters  35,261
FLOPs       35,308,160 multiply-adds of convolutions and linear layers, per example
Program     HASH
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from functools import reduce
from itertools import cycle
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv2d(
    in_channels: int, out_channels: int, kernel: int, dilation: int = 1, groups: int = 1
) -> nn.Conv2d:
    """A convolution without bias that keeps the resolution."""
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel,
        padding=dilation * (kernel // 2),
        dilation=dilation,
        groups=groups,
        bias=False,
    )


def initialise(module: nn.Module) -> None:
    """Start convolutions from a normal distribution of variance 2 / fan-out (He et al. 2015)."""
    if isinstance(module, nn.Conv2d):
        fan_out = module.weight[:, 0].numel() // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))


def chain(**stages: nn.Module) -> nn.Sequential:
    """Modules one after another, under their own names."""
    return nn.Sequential(OrderedDict(stages))


class Sum(nn.Sequential):
    """The sum of what the branches give."""

    def forward(self, x: Tensor) -> Tensor:
        return reduce(torch.add, [branch(x) for branch in self])


class Product(nn.Sequential):
    """The product of what the branches give."""

    def forward(self, x: Tensor) -> Tensor:
        return reduce(torch.mul, [branch(x) for branch in self])


class Attend(nn.Module):
    """Values weighted by a softmax over one learned score for each, and summed."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(count))

    def forward(self, *values: Tensor) -> Tensor:
        return sum(w * v for w, v in zip(self.scores.softmax(0), values))


class Banks(dict[int, Tensor]):
    """Memory banks of `size` channels, by number."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def read(self, *banks: int) -> Tensor:
        """Their channels, one bank after another."""
        return torch.cat([self[i] for i in banks], 1)

    def write(self, value: Tensor, *banks: int, by: Callable[..., Tensor] = torch.add) -> None:
        """Deal a value's channels to banks, from its first again when it is used up.

        An empty bank takes its part, a full one becomes `by` of what it holds and that.
        """
        for i, part in zip(banks, cycle(value.split(self.size, 1))):
            self[i] = by(self[i], part) if i in self else part


class Stem(nn.Module):
    """conv."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(3, 16, 7)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class FourConvs(nn.Module):
    """conv -> relu -> sum { relu -> conv -> relu -> conv ; relu -> conv -> relu -> conv }."""

    def __init__(self, in_channels: int, hidden: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.conv1 = conv2d(in_channels, hidden, 1)
        self.sum1 = Sum(
            chain(
                relu1=nn.ReLU(),
                conv1=conv2d(hidden, out_channels, 3, dilation=2, groups=groups),
                relu2=nn.ReLU(),
                conv2=conv2d(out_channels, out_channels, 5),
            ),
            chain(
                relu1=nn.ReLU(),
                conv1=conv2d(hidden, out_channels, 5, dilation=2, groups=groups),
                relu2=nn.ReLU(),
                conv2=conv2d(out_channels, out_channels, 3),
            ),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.sum1(F.relu(self.conv1(x)))


class Layer(nn.Module):
    """attend -> mul { conv -> tanh ; conv -> sigmoid }."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Attend(3)
        self.mul1 = Product(
            chain(conv1=conv2d(8, 8, 3), tanh1=nn.Tanh()),
            chain(conv1=conv2d(8, 8, 3), sigmoid1=nn.Sigmoid()),
        )

    def forward(self, *banks: Tensor) -> Tensor:
        return self.mul1(self.read(*banks))


class Block(nn.Module):
    """Layers that read and write the banks `b[0..7]`."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                FourConvs(16, 16, 16, groups=2),
                FourConvs(24, 8, 16, groups=1),
                FourConvs(8, 8, 8, groups=1),
                Layer(),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        layers = self.layers
        b = Banks(8)
        b.write(x, 0, 1)
        b.write(layers[0](b.read(0, 1)), 2, 3)
        b.write(layers[1](b.read(3, 0, 2)), 1, 4, 2, 5)
        b.write(layers[2](b[4] + b[5]), 6, 7, 0)
        b.write(layers[3](b[7], b[6], b[1]), 5, by=torch.mul)
        return b.read(*range(8))


class Head(nn.Module):
    """norm -> relu -> global_avg_pool -> linear."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(64)
        self.linear1 = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(F.relu(self.norm1(x)).mean((2, 3)))


class Network(nn.Module):
    """The network `random_banks` for inputs of 3x32x32 and 10 classes."""

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
    output = network(torch.randn(2, 3, 32, 32))
    print(f"{parameters:,} parameters; output of shape {tuple(output.shape)}")
