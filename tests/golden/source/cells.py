"""cells: a network that needs only torch.

Written by smashdsl VERSION from the program `cells`.

Input       (batch, 3, 16, 16)
Output      (batch, 10)
Parameters  18,114
FLOPs       1,857,696 multiply-adds of convolutions and linear layers, per example
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


class Zero(nn.Module):
    """Zeros of the input's shape."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros_like(x)


class Stem(nn.Module):
    """conv."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(3, 8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv1(x)


class ReluConvNorm(nn.Module):
    """relu -> conv -> norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = conv2d(channels, channels, 3)
        self.norm1 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm1(self.conv1(F.relu(x)))


class Block(nn.Module):
    """Layers that read and write the banks `node[0..3]`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                ReluConvNorm(channels),
                nn.Identity(),
                nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False),
                Zero(),
                ReluConvNorm(channels),
                nn.Identity(),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        layers = self.layers
        node: dict[int, Tensor] = {}
        node[0] = x
        node[1] = layers[0](node[0])
        node[2] = node[0] + layers[2](node[1])
        node[3] = layers[3](node[0]) + layers[4](node[1]) + node[2]
        return node[3]


class Transition(nn.Module):
    """conv -> max_pool."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = conv2d(8, 16, 1)
        self.max_pool1 = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        return self.max_pool1(self.conv1(x))


class Head(nn.Module):
    """norm -> relu -> global_avg_pool -> linear."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(16)
        self.linear1 = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear1(F.relu(self.norm1(x)).mean((2, 3)))


class Network(nn.Module):
    """The network `cells` for inputs of 3x16x16 and 10 classes."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem()
        self.blocks = nn.ModuleList(Block(channels) for channels in (8, 16) for _ in range(3))
        self.transitions = nn.ModuleList([Transition()])
        self.head = Head()
        self.apply(initialise)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in range(2):
            if stage > 0:
                x = self.transitions[stage - 1](x)
            for block in self.blocks[3 * stage : 3 * (stage + 1)]:
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
    output = network(torch.randn(2, 3, 16, 16))
    print(f"{parameters:,} parameters; output of shape {tuple(output.shape)}")
