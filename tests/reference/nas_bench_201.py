"""NAS-Bench-201's networks (Dong and Yang 2020), from the benchmark's own architecture strings."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


class Zero(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 0


class ReluConvNorm(nn.Module):
    def __init__(self, entering: int, leaving: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(entering, leaving, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(leaving)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(functional.relu(x)))


def edge(op: str, channels: int) -> nn.Module:
    if op == "none":
        return Zero()
    if op == "skip_connect":
        return nn.Identity()
    if op == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return ReluConvNorm(channels, channels, {"nor_conv_1x1": 1, "nor_conv_3x3": 3}[op])


def parse_arch(arch: str) -> list[list[tuple[str, int]]]:
    """For nodes 1, 2 and 3 the incoming `(operation, node)` pairs of `|op~0|+|op~0|op~1|+...`."""
    nodes = [part.strip("|").split("|") for part in arch.split("+")]
    return [[(op, int(source)) for op, source in (e.split("~") for e in node)] for node in nodes]


class Cell(nn.Module):
    def __init__(self, arch: str, channels: int) -> None:
        super().__init__()
        self.sources = [[source for _, source in node] for node in parse_arch(arch)]
        self.edges = nn.ModuleList(
            nn.ModuleList(edge(op, channels) for op, _ in node) for node in parse_arch(arch)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        nodes = [x]
        for sources, edges in zip(self.sources, self.edges, strict=True):
            nodes.append(sum(e(nodes[i]) for i, e in zip(sources, edges, strict=True)))
        return nodes[-1]


class Reduction(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ReluConvNorm(channels, 2 * channels, 3, stride=2)
        self.conv2 = ReluConvNorm(2 * channels, 2 * channels, 3)
        self.shortcut = nn.Conv2d(channels, 2 * channels, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shortcut(functional.avg_pool2d(x, 2)) + self.conv2(self.conv1(x))


class NASBench201(nn.Module):
    def __init__(self, arch: str, width: int = 16, cells: int = 5, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )
        stages: list[nn.Module] = []
        for stage in range(3):
            if stage:
                stages.append(Reduction(width * 2 ** (stage - 1)))
            stages.extend(Cell(arch, width * 2**stage) for _ in range(cells))
        self.stages = nn.Sequential(*stages)
        self.norm = nn.BatchNorm2d(4 * width)
        self.fc = nn.Linear(4 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.norm(self.stages(self.stem(x))))
        return self.fc(functional.adaptive_avg_pool2d(x, 1).flatten(1))
