"""NAS-Bench-101's networks (Ying et al. 2019), from edges and the vertices' operations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


def conv_bn_relu(entering: int, leaving: int, kernel: int) -> nn.Module:
    conv = nn.Conv2d(entering, leaving, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(leaving), nn.ReLU())


def widths(matrix: Sequence[Sequence[int]], entering: int, leaving: int) -> list[int]:
    """The channels of each vertex."""
    output = len(matrix) - 1
    last = [v for v in range(1, output) if matrix[v][output]]
    found = [entering] + [0] * (output - 1) + [leaving]
    for place, v in enumerate(last):
        found[v] = leaving // len(last) + (place < leaving % len(last))
    for v in range(output - 1, 0, -1):
        if v not in last:
            found[v] = max(found[w] for w in range(v + 1, output) if matrix[v][w])
    return found


class Cell(nn.Module):
    def __init__(self, matrix: Sequence[Sequence[int]], ops: Sequence[str], entering: int,
                 leaving: int) -> None:  # fmt: skip
        super().__init__()
        self.matrix, self.output = matrix, len(matrix) - 1
        self.widths = widths(matrix, entering, leaving)
        self.parts = nn.ModuleDict()
        for v in range(1, self.output + 1):
            width = self.widths[v]
            if matrix[0][v]:
                self.parts[f"project{v}"] = conv_bn_relu(entering, width, 1)
            if v < self.output:
                pooled = ops[v] == "maxpool3x3"
                self.parts[f"op{v}"] = (
                    nn.MaxPool2d(3, 1, 1) if pooled else conv_bn_relu(width, width, int(ops[v][4]))
                )

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for v in range(1, self.output):
            terms = [values[u][:, : self.widths[v]] for u in range(1, v) if self.matrix[u][v]]
            if self.matrix[0][v]:
                terms.append(self.parts[f"project{v}"](x))
            values.append(self.parts[f"op{v}"](sum(terms)))
        ends = [values[v] for v in range(1, self.output) if self.matrix[v][self.output]]
        terms = [torch.cat(ends, 1)] if ends else []
        if self.matrix[0][self.output]:
            terms.append(self.parts[f"project{self.output}"](x))
        return sum(terms)


class NASBench101(nn.Module):
    def __init__(self, matrix: Sequence[Sequence[int]], ops: Sequence[str], width: int = 128,
                 cells: int = 3) -> None:  # fmt: skip
        super().__init__()
        self.stem = conv_bn_relu(3, width, 3)
        self.stages = nn.ModuleList()
        channels = width
        for stage in range(3):
            stack = nn.Sequential()
            for _ in range(cells):
                stack.append(Cell(matrix, ops, channels, width * 2**stage))
                channels = width * 2**stage
            self.stages.append(stack)
        self.fc = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage, stack in enumerate(self.stages):
            x = stack(functional.max_pool2d(x, 2) if stage else x)
        return self.fc(x.mean((2, 3)))
