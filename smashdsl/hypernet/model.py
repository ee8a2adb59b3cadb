"""The HyperNet: encoded architectures in, the filters of their generated convolutions out.

A body makes features of each column of a filter, or of each position; a last layer for each kernel
size makes the values of a position from them. Filters have the width and depth that their networks
have, and are scaled by fan-in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from smashdsl.backends.encoding import Layout
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.batch import Batch, collate
from smashdsl.hypernet.bodies import DenseNetBody, DenseNetSettings, GraphBody, GraphSettings
from smashdsl.hypernet.filling import entries_of
from smashdsl.training.ranges import require_range

BODIES = ("graph", "densenet")


@dataclass(frozen=True)
class HyperNetSettings:
    """Which body to use and how large it is. `gain` is the standard deviation of the first
    generated filters relative to He's initialisation."""

    body: str = "graph"
    graph: GraphSettings = field(default_factory=GraphSettings)
    densenet: DenseNetSettings = field(default_factory=DenseNetSettings)
    gain: float = 0.5

    def __post_init__(self) -> None:
        if self.body not in BODIES:
            raise ValueError(f"a HyperNet's body is one of {', '.join(BODIES)}, not {self.body!r}")
        require_range(self, "gain", 0, above=True)


class HyperNet(nn.Module):
    """Generates filters.

    Args:
        layout: of the space's encodings.
        settings: the kind and size of the network.
        seed: decides the initial weights.
    """

    def __init__(self, layout: Layout, settings: HyperNetSettings, seed: int) -> None:
        super().__init__()
        self.layout = layout
        generator = torch.Generator().manual_seed(seed)
        self.body = _body(layout, settings, generator)
        self.norm = nn.LayerNorm(self.body.width)
        values = layout.unit * layout.depth
        self.heads = nn.ModuleDict(
            {
                kernel_name(k): nn.Linear(self.body.width, values * math.prod(k), bias=False)
                for k in layout.kernels
            }
        )
        for weight in self.heads.parameters():
            nn.init.normal_(weight, 0, settings.gain / math.sqrt(weight.shape[1]), generator)

    def forward(self, architectures: Sequence[Architecture]) -> list[Tensor]:
        """The entries of all generated filters of each architecture, made in one go; `filters_of`
        tells them apart."""
        weight = self.norm.weight
        if not any(architecture.filters for architecture in architectures):
            return [weight.new_zeros(0) for _ in architectures]
        return self.generate(collate(architectures).like(weight))

    def generate(self, batch: Batch) -> list[Tensor]:
        """The same from a batch that generates at least one filter."""
        values, scale, gates = self.body(batch)
        layers = dict(zip(self.layout.kernels, self.heads.parameters(), strict=True))
        return entries_of(self.norm(values) * scale, gates, layers, batch.sites.parts)


def filters_of(architecture: Architecture, entries: Tensor) -> dict[str, Tensor]:
    """The generated filters by full name, as views of an architecture's entries."""
    places = [each.place for each in architecture.filters]
    shapes = [(place.units, place.channels, *place.kernel) for place in places]
    parts = entries.split([math.prod(shape) for shape in shapes])  # type: ignore[no-untyped-call]
    return {
        place.slot: part.view(shape)
        for place, shape, part in zip(places, shapes, parts, strict=True)
    }


def _body(layout: Layout, settings: HyperNetSettings,
          generator: torch.Generator) -> GraphBody | DenseNetBody:  # fmt: skip
    if settings.body == "graph":
        return GraphBody(layout.channels, layout.rows, settings.graph, generator)
    return DenseNetBody(layout.channels, layout.rows, settings.densenet, generator)


def kernel_name(kernel: tuple[int, ...]) -> str:
    """The name of the last layer that generates filters of a kernel size.

    >>> kernel_name((3, 5))
    '3x5'
    """
    return "x".join(map(str, kernel))
