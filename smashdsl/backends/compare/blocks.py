"""Differences between two blocks: their banks, and their layers one by one.

Banks are the same when they have the same name, or, where the blocks share no name, when they are
filled at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from smashdsl.backends.compare.align import Pair, aligned, banks_text, spans
from smashdsl.backends.compare.chains import chain_differences
from smashdsl.ir import Block, Chain, flat
from smashdsl.ir.canonical import bank_order
from smashdsl.ir.text import bank_set


@dataclass(frozen=True)
class _Layer:
    """A layer with its banks by name."""

    reads: tuple[str, ...]
    reduce: str
    stages: Chain
    writes: tuple[str, ...]
    rule: str

    @cached_property
    def facts(self) -> tuple[object, ...]:
        """All equal for layers that do the same."""
        return self.reads, self.reduce, tuple(flat(self.stages)), self.writes, self.rule

    def distance(self, other: _Layer) -> int:
        """0 for a layer that does the same, less than `APART` for any other."""
        differing = sum(a != b for a, b in zip(self.facts, other.facts, strict=True))
        return 3 * differing


def block_differences(before: Block, after: Block, rank: int) -> Iterator[str]:
    """What a block does otherwise, layers by their number from 1."""
    after = with_names_of(before, after)
    yield from _bank_differences(before, after)
    old, new = _layers(before), _layers(after)
    pairs = layer_pairs(before, after)
    changed: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, j in pairs:
        if i is not None and j is not None:
            found = tuple(_layer_differences(old[i], new[j], rank))
            if found:
                changed[found].append(i + 1)
    for found, numbers in changed.items():
        yield f"{_numbered(numbers)}: {'; '.join(found)}"
    gone = [i + 1 for i, j in pairs if i is not None and j is None]
    added = [j + 1 for i, j in pairs if i is None and j is not None]
    if gone:
        yield f"{_numbered(gone)} left out"
    if added:
        yield f"{len(added)} more layer{'s' if len(added) > 1 else ''}: now {_numbered(added)}"


def layer_pairs(before: Block, after: Block) -> list[Pair]:
    """Which layers of two blocks with the same names of banks belong together, by their places."""
    return aligned(_layers(before), _layers(after), _Layer.distance)


def _layers(block: Block) -> list[_Layer]:
    names = [bank.name for bank in block.banks]
    return [
        _Layer(
            tuple(names[i] for i in layer.reads), layer.reduce, layer.stages,
            tuple(names[i] for i in layer.writes), layer.rule,
        )
        for layer in block.layers
    ]  # fmt: skip


def _numbered(numbers: Sequence[int]) -> str:
    return f"layer{'s' if len(numbers) > 1 else ''} {spans(numbers)}"


def with_names_of(before: Block, after: Block) -> Block:
    """The second block with the first one's names, if they share none."""
    known = {bank.name for bank in before.banks}
    if known & {bank.name for bank in after.banks}:
        return after
    order = {number: index for index, number in bank_order(before).items()}
    banks = list(after.banks)
    for index, number in bank_order(after).items():
        if number in order:
            banks[index] = replace(banks[index], name=before.banks[order[number]].name)
    return replace(after, banks=tuple(banks))


def _bank_differences(before: Block, after: Block) -> Iterator[str]:
    old, new = _sizes(before), _sizes(after)
    if old != new:
        yield f"banks: {new} instead of {old}"
    for verb, mine, theirs in (
        ("its input fills", before.enter, after.enter),
        ("its output is", before.leave, after.leave),
    ):
        then, now = bank_set(before, mine), bank_set(after, theirs)
        if then != now:
            yield f"{verb} {now} instead of {then}"


def _sizes(block: Block) -> str:
    """`6 of 16, 1 of 32 channels`."""
    counts = Counter(bank.size for bank in block.banks)
    return ", ".join(f"{count} of {size}" for size, count in counts.items()) + " channels"


def _layer_differences(before: _Layer, after: _Layer, rank: int) -> Iterator[str]:
    yield from _set_differences("reads", before.reads, after.reads)
    if before.reduce != after.reduce:
        yield f"reads by {after.reduce} instead of {before.reduce}"
    yield from chain_differences(before.stages, after.stages, rank)
    yield from _set_differences("writes", before.writes, after.writes)
    if before.rule != after.rule:
        yield f"writes by {after.rule} instead of {before.rule}"


def _set_differences(verb: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    new = [name for name in after if name not in before]
    gone = [name for name in before if name not in after]
    if new and gone:
        yield f"{verb} {banks_text(new)} instead of {banks_text(gone)}"
    elif new:
        yield f"{verb} {banks_text(new)} as well"
    elif gone:
        yield f"{verb} {banks_text(gone)} no longer"
    elif list(before) != list(after):
        yield f"{verb} its banks in the order {banks_text(after)}"
