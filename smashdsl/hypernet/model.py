"""The HyperNet: encoded architectures in, the filters of their generated convolutions out.

A body makes features of each position of each filter; a last layer for each kernel size makes the
values of that position from them. Filters have the width and depth that their networks have, and
are scaled by fan-in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from smashdsl.backends.encoding import Layout
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.batch import Batch, collate
from smashdsl.hypernet.bodies import DenseNetBody, DenseNetSettings, GraphBody, GraphSettings
from smashdsl.hypernet.slicing import filter_of

BODIES = ("graph", "densenet")


@dataclass(frozen=True)
class HyperNetSettings:
    """Which body to use and how large it is. `gain` is the standard deviation of the first
    generated filters relative to He's initialisation."""

    body: str = "graph"
    graph: GraphSettings = field(default_factory=GraphSettings)
    densenet: DenseNetSettings = field(default_factory=DenseNetSettings)
    gain: float = 0.5


class HyperNet(nn.Module):
    """Generates filters.

    Args:
        layout: of the space's encodings.
        settings: the kind and size of the network.
        seed: decides the initial weights.

    Raises:
        ValueError: there is no such body.
    """

    def __init__(self, layout: Layout, settings: HyperNetSettings, seed: int) -> None:
        super().__init__()
        self.unit, self.depth = layout.unit, layout.depth
        generator = torch.Generator().manual_seed(seed)
        self.body = _body(layout, settings, generator)
        self.norm = nn.LayerNorm(self.body.width)
        self.heads = nn.ModuleDict(
            {
                kernel_name(kernel): nn.Linear(
                    self.body.width, self.unit * self.depth * math.prod(kernel), bias=False
                )
                for kernel in layout.kernels
            }
        )
        for weight in self.heads.parameters():
            nn.init.normal_(weight, 0, settings.gain / math.sqrt(weight.shape[1]), generator)

    def forward(self, architectures: Sequence[Architecture]) -> list[dict[str, Tensor]]:
        """The generated filters of each architecture by full name, all made in one go."""
        made: list[dict[str, Tensor]] = [{} for _ in architectures]
        if any(architecture.filters for architecture in architectures):
            batch = collate(architectures, self.unit).to(self.norm.weight.device)
            features = self.norm(self.body(batch))
            for index, name, weight in self._filters(batch, features):
                made[index][name] = weight
        return made

    def _filters(self, batch: Batch, features: Tensor) -> Iterator[tuple[int, str, Tensor]]:
        start = 0
        by_kernel: dict[str, list[int]] = {}
        for number, (_, each) in enumerate(batch.filters):
            by_kernel.setdefault(kernel_name(each.place.kernel), []).append(number)
        for name, numbers in by_kernel.items():
            places = [batch.filters[number][1].place for number in numbers]
            sizes = [-(-place.units // self.unit) * place.slices for place in places]
            stop = start + sum(sizes)
            values = self.heads[name](features[start:stop]).split(sizes)
            for number, place, part in zip(numbers, places, values, strict=True):
                yield batch.filters[number][0], place.slot, filter_of(part, place, self.unit,
                                                                      self.depth)  # fmt: skip
            start = stop


def _body(layout: Layout, settings: HyperNetSettings,
          generator: torch.Generator) -> GraphBody | DenseNetBody:  # fmt: skip
    if settings.body == "graph":
        return GraphBody(layout.channels, settings.graph, generator)
    if settings.body == "densenet":
        return DenseNetBody(layout.channels, layout.rows, settings.densenet, generator)
    raise ValueError(f"a HyperNet's body is one of {', '.join(BODIES)}, not {settings.body!r}")


def kernel_name(kernel: tuple[int, ...]) -> str:
    """The name of the last layer that generates filters of a kernel size.

    >>> kernel_name((3, 5))
    '3x5'
    """
    return "x".join(map(str, kernel))
