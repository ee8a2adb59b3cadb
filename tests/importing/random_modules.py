"""Random modules, whose values are joined, cut and pooled at random."""

from __future__ import annotations

import random

import torch
from torch import Tensor, nn
from torch.nn import functional

Value = tuple[Tensor, int, int]
"""A value, its channels, and its size."""
JOINS = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "max": torch.maximum,
    "mean": lambda a, b: (a + b) / 2,
}
KINDS = ("conv", "conv", "norm", "relu", "cat", "slice", "pool", "add", *JOINS)


class RandomModule(nn.Module):
    """The module of a seed; it takes `(batch, 4, 8, 8)`."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.layers = nn.ModuleList()
        self.building = True
        torch.manual_seed(seed)
        self(torch.zeros(1, 4, 8, 8))
        self.building = False

    def layer(self, layer: nn.Module) -> nn.Module:
        if self.building:
            self.layers.append(layer)
        self.place += 1
        return self.layers[self.place]

    def forward(self, x: Tensor) -> Tensor:
        rng, self.place = random.Random(self.seed), -1
        values: list[Value] = [(x, 4, 8)]
        for _ in range(rng.randrange(3, 14)):
            made = self.made(rng, rng.choice(KINDS), rng.choice(values[-4:]), values)
            values += [made] if made else []
        return values[-1][0]

    def made(
        self, rng: random.Random, kind: str, value: Value, values: list[Value]
    ) -> Value | None:
        """What an operation makes of a value, if it can."""
        x, channels, size = value
        if kind == "conv":
            units, kernel = rng.choice((4, 8)), rng.choice((1, 3))
            conv = nn.Conv2d(channels, units, kernel, padding=kernel // 2)
            return self.layer(conv)(x), units, size
        if kind == "norm":
            return self.layer(nn.BatchNorm2d(channels))(x), channels, size
        if kind == "relu":
            return torch.relu(x), channels, size
        if kind == "pool":
            keep = size < 4 or rng.random() < 0.6
            return None if keep else (functional.max_pool2d(x, 2), channels, size // 2)
        if kind == "slice":
            start = rng.randrange(channels)
            stop = rng.randrange(start, channels) + 1
            return x[:, start:stop], stop - start, size
        if kind == "cat":
            other, more, _ = rng.choice([each for each in values if each[2] == size])
            total = channels + more
            return None if total > 40 else (torch.cat([x, other], 1), total, size)
        other = rng.choice([each for each in values if each[1:] == value[1:]])[0]
        return JOINS[kind](x, other), channels, size
