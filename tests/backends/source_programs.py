"""Programs whose exported source is looked at: one for each kind of block."""

from __future__ import annotations

from pathlib import Path

from programs import (
    conv,
    densenet_like,
    fractal_like,
    head,
    op,
    random_banks,
    resnet_like,
    signal,
    voxels,
)

from smashdsl.ir import Bank, Block, Group, Layer, Program, Transition

SPECS = Path(__file__).parents[2] / "specs"
GOLDEN = Path(__file__).parents[1] / "golden" / "source"


def cell(edges: tuple[str, ...], channels: int) -> Block:
    """A cell of four nodes; each of its six edges is an operation."""
    chains = {
        "conv": (Group("relu_conv_norm", (op("relu"), conv(channels, 3), op("norm"))),),
        "pool": (op("avg_pool", kernel=3, stride=1),),
        "skip": (op("identity"),),
        "none": (op("zero"),),
    }
    ends = [(i, j) for j in range(1, 4) for i in range(j)]
    layers = tuple(
        Layer((i,), "cat", chains[edge], (j,)) for edge, (i, j) in zip(edges, ends, strict=True)
    )
    return Block(tuple(Bank(f"node[{i}]", channels) for i in range(4)), (0,), layers, (3,))


def cells() -> Program:
    edges = ("conv", "skip", "pool", "none", "conv", "skip")
    first, second = cell(edges, 8), cell(edges, 16)
    between = Transition((conv(16, 1), op("max_pool", kernel=2)))
    body = (first, first, first, between, second, second, second)
    return Program("cells", (3, 16, 16), 10, (conv(8, 3),), body, head())


def two_banks(layers: int = 8) -> Program:
    """Two banks that each layer moves on in turn (a reversible network)."""
    forth = Layer((0,), "cat", (conv(8, 3),), (1,))
    back = Layer((1,), "cat", (op("relu"), conv(8, 1)), (0,))
    block = Block((Bank("a", 8), Bank("c", 8)), (0, 1), (forth, back) * (layers // 2), (0, 1))
    return Program("two", (3, 8, 8), 10, (conv(16, 3),), (block,), head())


def dead_layers() -> Program:
    """Layers 1 and 3 write to what is overwritten or never read."""
    banks = tuple(Bank(f"b[{i}]", 8) for i in range(4))
    layers = (
        Layer((0,), "cat", (conv(8, 3),), (1,)),
        Layer((0,), "cat", (conv(8, 3),), (2,)),
        Layer((1,), "cat", (op("norm"),), (2,), "replace"),
        Layer((1,), "cat", (op("norm"),), (3,)),
    )
    return Program(
        "dead", (3, 8, 8), 10, (conv(8, 3),), (Block(banks, (0,), layers, (0, 2)),), head()
    )


HAND_BUILT = {
    "resnet": resnet_like(layers=2, stages=2),
    "densenet": densenet_like(),
    "fractal": fractal_like(width=8),
    "banks": random_banks(),
    "signal": signal(),
    "voxels": voxels(),
    "cells": cells(),
    "two_banks": two_banks(),
    "dead_layers": dead_layers(),
}
