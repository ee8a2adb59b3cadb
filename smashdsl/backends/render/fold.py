"""Repeated parts drawn once.

Takes a program, gives a shorter one in which consecutive equal parts and layers stand once, with
the runs that say how often. Parts are equal when they compute the same from the same shapes; what
is left is itself a program, so it has a plan like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from smashdsl.backends.shapes import Shape, chain_shape
from smashdsl.ir import Block, Layer, Program, Transition

LONGEST_PERIOD = 16


@dataclass(frozen=True)
class Run:
    """`length` items from `start` on (in the folded sequence) that stand for `times` as many; the
    first of them was item `origin` before."""

    start: int
    length: int
    times: int
    origin: int


@dataclass(frozen=True)
class Folded:
    """A program with its repeats drawn together: `body` are the runs of its parts, `layers` the
    runs of each block's layers, by the block's index in the folded body."""

    program: Program
    body: tuple[Run, ...]
    layers: dict[int, tuple[Run, ...]]


def find_runs(items: Sequence[Any], at_least: int = 2) -> tuple[Run, ...]:
    """Cover a sequence with runs: each takes the period that leaves out most items.

    Only runs of at least `at_least` items in all are folded; other items stand alone.
    """
    runs: list[Run] = []
    position = folded = 0
    while position < len(items):
        length, times = _best(items, position)
        if times < 2 or length * times < at_least:
            length, times = 1, 1
        runs.append(Run(folded, length, times, position))
        position += length * times
        folded += length
    return tuple(runs)


def _best(items: Sequence[Any], start: int) -> tuple[int, int]:
    best = (1, 1)
    for length in range(1, min(LONGEST_PERIOD, (len(items) - start) // 2) + 1):
        times = _times(items, start, length)
        if (times - 1) * length > (best[1] - 1) * best[0]:
            best = (length, times)
    return best


def _times(items: Sequence[Any], start: int, length: int) -> int:
    matched = start + length
    while matched < len(items) and items[matched] == items[matched - length]:
        matched += 1
    return (matched - start) // length


def kept(items: Sequence[Any], runs: Sequence[Run]) -> list[Any]:
    """The items of a sequence that are left when its runs are folded."""
    return [item for run in runs for item in items[run.origin : run.origin + run.length]]


def fold(program: Program, *, expand: bool = False, layers_at_least: int = 2) -> Folded:
    """Fold a program's repeated parts, and the repeated layers of its blocks where they are at
    least `layers_at_least`; `expand` keeps everything."""
    shape, keyed = program.input, []
    shape = chain_shape(program.stem, shape)
    for part in program.body:
        keyed.append((part, shape))
        shape = part_shape(part, shape)
    body = _alone(keyed) if expand else find_runs(keyed)
    parts: list[Block | Transition] = []
    layers: dict[int, tuple[Run, ...]] = {}
    for index, (part, _) in enumerate(kept(keyed, body)):
        if isinstance(part, Block):
            steps = layer_keys(part)
            layers[index] = _alone(steps) if expand else find_runs(steps, layers_at_least)
            part = replace(part, layers=tuple(kept(part.layers, layers[index])))
        parts.append(part)
    return Folded(replace(program, body=tuple(parts)), body, layers)


def part_shape(part: Block | Transition, shape: Shape) -> Shape:
    """The output shape of a part of the body for its input's shape."""
    if isinstance(part, Transition):
        return chain_shape(part.stages, shape)
    return (sum(part.banks[i].size for i in part.leave), *shape[1:])


def layer_keys(block: Block) -> list[tuple[Layer, tuple[bool, ...]]]:
    """Each layer with whether the banks that it writes were full: equal keys do the same."""
    held, keys = set(block.enter), []
    for layer in block.layers:
        keys.append((layer, tuple(i in held for i in layer.writes)))
        held.update(layer.writes)
    return keys


def _alone(items: Sequence[Any]) -> tuple[Run, ...]:
    return tuple(Run(i, 1, 1, i) for i in range(len(items)))
