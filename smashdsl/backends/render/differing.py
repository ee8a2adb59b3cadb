"""Two programs laid over each other: which parts, layers, banks, reads and writes they share.

Takes two programs; gives parts in order with the state of everything in them, with no geometry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from smashdsl.backends.compare.blocks import block_differences, layer_pairs, with_names_of
from smashdsl.backends.compare.chains import chain_differences
from smashdsl.backends.compare.programs import body_pairs, part_names
from smashdsl.backends.labels import chain_label, opened_label
from smashdsl.ir import Block, Chain, Layer, Program, flat

SAME, GONE, NEW, CHANGED = "same", "gone", "new", "changed"
FEWEST_JOINED = 3  # parts in a row that are the same and drawn as one
FEWEST_FOLDED = 4  # layers in a row that are the same and drawn as one


@dataclass(frozen=True)
class Touch:
    """A read or a write of a lane, in one of the programs or in both."""

    lane: int
    state: str


@dataclass(frozen=True)
class Layered:
    """A layer, or several that are the same: `number` as people count, in the first program where
    it has the layer."""

    number: str
    state: str
    reads: tuple[Touch, ...]
    writes: tuple[Touch, ...]
    said: str


@dataclass(frozen=True)
class Lane:
    """A bank: `size` in both programs, or what it was and is."""

    name: str
    size: str
    state: str


@dataclass(frozen=True)
class Part:
    """A block, a transition, the stem or the head; `words` say what differs, each line with its
    state. Those that are the same have no lanes."""

    title: str
    state: str
    words: tuple[tuple[str, str], ...]
    lanes: tuple[Lane, ...] = ()
    layers: tuple[Layered, ...] = ()


Stated = TypeVar("Stated", Part, Layered)


def differing(before: Program, after: Program) -> tuple[Part, ...]:
    """The parts of two programs from input to output; neighbours that are the same are one."""
    return tuple(_joined(list(_parts(before, after))))


def _parts(before: Program, after: Program) -> Iterator[Part]:
    rank = len(before.input) - 1
    yield from _chain("stem", before.stem, after.stem, rank)
    old, new = part_names(before.body), part_names(after.body)
    for i, j in body_pairs(before, after):
        one = None if i is None else before.body[i]
        two = None if j is None else after.body[j]
        name = new[j] if i is None and j is not None else old[i or 0]
        blocks = [each for each in (one, two) if isinstance(each, Block)]
        if blocks:
            yield _block(name, one if isinstance(one, Block) else None,
                         two if isinstance(two, Block) else None, rank)  # fmt: skip
        else:
            chains = [() if each is None or isinstance(each, Block) else each.stages
                      for each in (one, two)]  # fmt: skip
            yield from _chain(name, chains[0], chains[1], rank)
    yield from _chain("head", before.head, after.head, rank)


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """The same parts, those that are the same and lie beside each other as one."""
    for row in _rows(parts):
        if len(row) < FEWEST_JOINED:
            yield from row
        else:
            title = f"{row[0].title} to {row[-1].title}"
            yield Part(title, SAME, ((SAME, f"{len(row)} parts that are the same"),))


def _rows(stated: Iterable[Stated]) -> Iterator[list[Stated]]:
    """Neighbours that are the same in both programs together, everything else alone."""
    for same, row in groupby(stated, lambda each: each.state == SAME):
        neighbours = list(row)
        yield from [neighbours] if same else ([each] for each in neighbours)


def _chain(title: str, before: Chain, after: Chain, rank: int) -> Iterator[Part]:
    if not before and not after:
        return
    old, new = opened_label(before, rank), opened_label(after, rank)
    if list(flat(before)) == list(flat(after)):
        yield Part(title, SAME, ((SAME, new),))
        return
    words = [(GONE, old)] * bool(before) + [(NEW, new)] * bool(after)
    words += [(CHANGED, each) for each in chain_differences(before, after, rank)
              if before and after]  # fmt: skip
    yield Part(title, CHANGED if before and after else words[0][0], tuple(words))


def _block(title: str, before: Block | None, after: Block | None, rank: int) -> Part:
    if before is not None and after is not None:
        after = with_names_of(before, after)
        found = list(block_differences(before, after, rank))
        if not found:
            layers = len(before.layers)
            return Part(title, SAME, ((SAME, f"{layers} layer{'s' * (layers != 1)}"),))
        words = tuple((CHANGED, each) for each in found)
        return Part(title, CHANGED, words, *_laid_over(before, after, rank))
    state = GONE if after is None else NEW
    block = before or after
    assert block is not None
    empty = Block(block.banks, block.enter, (), block.leave)
    pair = (block, empty) if state == GONE else (empty, block)
    lanes, layers_ = _laid_over(*pair, rank)
    lanes = tuple(Lane(lane.name, lane.size, state) for lane in lanes)
    return Part(title, state, ((state, "the whole block"),), lanes, layers_)


def _laid_over(before: Block, after: Block, rank: int) -> tuple[tuple[Lane, ...],
                                                                 tuple[Layered, ...]]:  # fmt: skip
    old, new = ({bank.name: bank.size for bank in block.banks} for block in (before, after))
    used = _used(before) | _used(after)
    names = [name for name in dict.fromkeys([*old, *new]) if name in used]
    place = {name: number for number, name in enumerate(names)}
    lanes = tuple(_lane(name, old.get(name), new.get(name)) for name in names)
    layers = []
    for i, j in layer_pairs(before, after):
        one = None if i is None else before.layers[i]
        two = None if j is None else after.layers[j]
        layers.append(_layer(before, one, i, after, two, j, place, rank))
    return lanes, tuple(_folded(layers))


def _used(block: Block) -> set[str]:
    touched = {i for layer in block.layers for i in (*layer.reads, *layer.writes)}
    return {block.banks[i].name for i in touched}


def _lane(name: str, before: int | None, after: int | None) -> Lane:
    if before is None or after is None:
        return Lane(name, str(after or before), NEW if before is None else GONE)
    return Lane(name, str(before), SAME) if before == after else (
        Lane(name, f"{before} → {after}", CHANGED))  # fmt: skip


def _layer(before: Block, one: Layer | None, i: int | None, after: Block, two: Layer | None,
           j: int | None, place: dict[str, int], rank: int) -> Layered:  # fmt: skip
    reads, writes = (
        _touches(
            [] if one is None else [before.banks[k].name for k in getattr(one, name)],
            [] if two is None else [after.banks[k].name for k in getattr(two, name)], place,
        )
        for name in ("reads", "writes")
    )  # fmt: skip
    said = " → ".join(dict.fromkeys(chain_label(each.stages, rank) for each in (one, two) if each))
    number = j if i is None else i  # as the first program counts, and so do the words
    state = NEW if one is None else GONE if two is None else CHANGED
    if one is not None and two is not None and _same(one, two) and all(
        touch.state == SAME for touch in (*reads, *writes)
    ):  # fmt: skip
        state = SAME
    return Layered(str((number or 0) + 1), state, reads, writes, said)


def _same(one: Layer, two: Layer) -> bool:
    stages = list(flat(one.stages)) == list(flat(two.stages))
    return stages and (one.reduce, one.rule) == (two.reduce, two.rule)


def _touches(old: Sequence[str], new: Sequence[str], place: dict[str, int]) -> tuple[Touch, ...]:
    states = {name: SAME if name in new else GONE for name in old}
    states |= {name: NEW for name in new if name not in states}
    return tuple(sorted((Touch(place[name], state) for name, state in states.items()),
                        key=lambda touch: touch.lane))  # fmt: skip


def _folded(layers: Sequence[Layered]) -> Iterator[Layered]:
    """The layers, those that are the same and lie beside each other as one where they are many."""
    for row in _rows(layers):
        if len(row) < FEWEST_FOLDED:
            yield from row
        else:
            numbers = f"{row[0].number}–{row[-1].number}"
            yield Layered(numbers, SAME, (), (), f"{len(row)} layers that are the same")
