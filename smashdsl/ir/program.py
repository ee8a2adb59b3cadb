"""One concrete memory-bank network, as frozen data.

Every draw is made, every loop unrolled, every attribute resolved. Spans point back to the text
and take no part in comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.span import Span

Genome = Mapping[str, Any]


@dataclass(frozen=True)
class Op:
    """One operation with all its attributes. `weights` says where its filter comes from during a
    search, if the text says so: `generated`, `shared`, `own` or `fixed(gabor)`. `position` is
    where a space wrote it, by which shared filters are shared."""

    name: str
    attrs: Mapping[str, Any]
    weights: str | None = field(default=None, compare=False)
    position: str = field(default="", compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Combine:
    """Branches that share an input and whose outputs meet: `rule` is sum, mean, max, mul, cat or
    shake. A branch may be empty (the input itself). There are at least two, or one for shake."""

    rule: str
    branches: tuple[Chain, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Group:
    """The stages of a user-defined op's call: they keep its name for people, and mean nothing
    beyond the stages."""

    name: str
    stages: Chain
    span: Span | None = field(default=None, compare=False, repr=False)


Stage = Op | Combine | Group
Chain = tuple[Stage, ...]


def flat(chain: Chain) -> Iterator[Op | Combine]:
    """The stages of a chain with groups opened."""
    for stage in chain:
        if isinstance(stage, Group):
            yield from flat(stage.stages)
        else:
            yield stage


def all_ops(chain: Chain) -> Iterator[Op]:
    """Every operation of a chain, branches included, in order of text."""
    for stage in flat(chain):
        if isinstance(stage, Op):
            yield stage
        else:
            for branch in stage.branches:
                yield from all_ops(branch)


@dataclass(frozen=True)
class Bank:
    """A bank of `size` channels; `name` as people wrote it (`x`, `b[3]`)."""

    name: str
    size: int


@dataclass(frozen=True)
class Layer:
    """`read -> stages -> write`. `reads` and `writes` index the block's banks; `reduce` is cat,
    sum, mean, max, mul or attend; `rule` is add, replace, mul, max or mean. `position` is where a
    space wrote it."""

    reads: tuple[int, ...]
    reduce: str
    stages: Chain
    writes: tuple[int, ...]
    rule: str = "add"
    position: str = field(default="", compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Block:
    """Banks and the layers on them. `enter` are the banks that the input fills, in order;
    `leave` those whose concatenation is the output."""

    banks: tuple[Bank, ...]
    enter: tuple[int, ...]
    layers: tuple[Layer, ...]
    leave: tuple[int, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Transition:
    """Stages between blocks; the only place, with stem and head, where the resolution changes."""

    stages: Chain
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Program:
    """A concrete network: `input` is `(channels, *spatial)`; `stem` and `head` may be empty.

    `train` has the settings of its `train` part (see `TRAIN_SETTINGS`). `genome` maps the paths of
    the draws that made it to their values; `space` names the space it was drawn from (both empty
    for a program written by hand).
    """

    name: str
    input: tuple[int, ...]
    classes: int | None
    stem: Chain
    body: tuple[Block | Transition, ...]
    head: Chain
    encoding: Mapping[str, int] = field(default_factory=dict, compare=False)
    genome: Genome = field(default_factory=dict, compare=False)
    space: str = field(default="", compare=False)
    train: Mapping[str, float] = field(default_factory=dict)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(part for part in self.body if isinstance(part, Block))

    @property
    def transitions(self) -> tuple[Transition, ...]:
        return tuple(part for part in self.body if isinstance(part, Transition))


def elements(shape: tuple[int, ...]) -> int:
    """The number of scalars in a tensor of that shape."""
    return math.prod(shape)
