"""Banks of a block → pieces of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from smashdsl.backends.idiom.parts import Hole, Piece, Run, Statement
from smashdsl.ir import Bank, Block


def tidy(block: Block) -> Block:
    """The block without banks that nothing uses, each family counted from 0."""
    used = {*block.enter, *(i for layer in block.layers for i in (*layer.reads, *layer.writes))}
    banks: list[Bank] = []
    number: dict[int, int] = {}
    for name, members in _families(block):
        kept = [i for i in members if i in used]
        for place, i in enumerate(kept):
            number[i] = len(banks)
            single = "[" not in block.banks[i].name
            banks.append(Bank(name if single else f"{name}[{place}]", block.banks[i].size))

    def moved(indices: Sequence[int]) -> tuple[int, ...]:
        return tuple(number[i] for i in indices)

    layers = tuple(
        replace(layer, reads=moved(layer.reads), writes=moved(layer.writes))
        for layer in block.layers
    )
    return replace(
        block, banks=tuple(banks), enter=moved(block.enter), layers=layers, leave=moved(block.leave)
    )


def declarations(block: Block, channels: int) -> Iterator[Statement]:
    """The statements that declare the block's banks, which `channels` channels enter."""
    for name, members in _families(block):
        size = Hole(block.banks[members[0]].size, channels)
        if size.value == channels and members[0] in block.enter:
            size = Hole(channels, channels, text="channels")
        if "[" in block.banks[members[0]].name:
            yield Statement((f"banks {name}[", Hole(len(members)), "] of ", size))
        else:
            yield Statement((f"bank {name} of ", size))


def runs(block: Block, banks: Sequence[int], following: Sequence[int] = ()) -> list[Piece]:
    """A set of banks: neighbours of one family as a run.

    Where the banks read next are those and the first of another family, that one is there already,
    as a run of none.
    """
    counts = {name: len(members) for name, members in _families(block)}
    pieces: list[Piece] = []
    at = 0
    while at < len(banks):
        name, bracket, index = block.banks[banks[at]].name.partition("[")
        stop = at + 1
        while bracket and stop < len(banks) and (
            banks[stop] == banks[stop - 1] + 1
            and block.banks[banks[stop]].name.startswith(f"{name}[")
        ):  # fmt: skip
            stop += 1
        if bracket:
            start = int(index.rstrip("]"))
            first, last = Hole(start), Hole(start + stop - at - 1)
            pieces.append(Run(name, counts[name], first, last, bool(pieces)))
        else:
            pieces.append(f", {name}" if pieces else name)
        at = stop
    if banks and tuple(following[:-1]) == tuple(banks):
        name, bracket, index = block.banks[following[-1]].name.partition("[")
        if index == "0]":
            pieces.append(Run(name, counts[name], Hole(0), Hole(-1), True))
    return pieces


def _families(block: Block) -> Iterator[tuple[str, list[int]]]:
    """The name and the members of each declaration, in order."""
    at = 0
    while at < len(block.banks):
        name, bracket, _ = block.banks[at].name.partition("[")
        stop = at + 1
        while bracket and stop < len(block.banks) and (
            block.banks[stop].name.startswith(f"{name}[")
        ):  # fmt: skip
            stop += 1
        yield name, list(range(at, stop))
        at = stop
