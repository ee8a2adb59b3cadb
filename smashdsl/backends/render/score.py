"""The bank view's model: a score with a lane for each bank and a column for each layer.

Takes a folded program; gives panels (blocks) and strips (what lies between them) in order, with no
geometry, so that pictures and plain text draw the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.backends.labels import chain_label, kind_of, opened_label, shape_label
from smashdsl.backends.render.fold import Folded, Run, part_shape
from smashdsl.backends.render.places import Places
from smashdsl.backends.shapes import Shape, chain_shape
from smashdsl.ir import Bank, Block, Chain, Group, Layer, all_ops
from smashdsl.ops import find_op


@dataclass(frozen=True)
class Mark:
    """A layer's read or write of a lane: `sign` is empty, `first`, or the rule of the write;
    `order` the place in the layer's list, from 1, where lanes are not listed from the top."""

    lane: int
    sign: str = ""
    order: int = 0


@dataclass(frozen=True)
class Column:
    """A layer: `number` as people count, `letter` and `kind` of what it computes."""

    name: str
    number: str
    letter: str
    kind: str
    reduce: str
    reads: tuple[Mark, ...]
    writes: tuple[Mark, ...]


@dataclass(frozen=True)
class Key:
    """What a letter stands for: the operation's name, if it has one, and its stages."""

    letter: str
    name: str
    stages: str


@dataclass(frozen=True)
class Panel:
    """A block: it stands `times` in a row, or `together` times with its neighbours.

    `enter` and `leave` are lanes in order; `runs` say which columns are repeated; `unused` banks
    have no lane.
    """

    name: str
    title: str
    times: int
    together: int
    shapes: str
    lanes: tuple[Bank, ...]
    columns: tuple[Column, ...]
    enter: tuple[Mark, ...]
    leave: tuple[Mark, ...]
    runs: tuple[Run, ...]
    keys: tuple[Key, ...]
    unused: int


@dataclass(frozen=True)
class Strip:
    """A chain of stages outside the blocks: stem, transition, head, input or output."""

    name: str
    title: str
    times: int
    together: int
    kind: str
    text: str
    shapes: str


@dataclass(frozen=True)
class Score:
    """Panels and strips from input to output; `runs` say which of them are repeated together."""

    parts: tuple[Panel | Strip, ...]
    runs: tuple[Run, ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(part for part in self.parts if isinstance(part, Panel))

    @property
    def marks(self) -> int:
        """How many reads and writes are to be drawn."""
        return sum(len(c.reads) + len(c.writes) for panel in self.panels for c in panel.columns)


def score(folded: Folded) -> Score:
    """The score of a folded program."""
    return _Writer(folded).write()


class _Writer:
    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.places = Places(folded)
        self.letters: dict[tuple[str, str], str] = {}

    def write(self) -> Score:
        program = self.folded.program
        shape = program.input
        parts: list[Panel | Strip] = [
            Strip("input", "input", 1, 1, "input", shape_label(shape), "")
        ]
        if program.stem:
            parts.append(self.strip("stem", program.stem, shape))
            shape = chain_shape(program.stem, shape)
        before = len(parts)
        blocks = transitions = 0
        for index, part in enumerate(program.body):
            if isinstance(part, Block):
                parts.append(self.panel(part, index, f"blocks.{blocks}", shape))
                blocks += 1
            else:
                parts.append(self.strip(f"transitions.{transitions}", part.stages, shape))
                transitions += 1
            shape = part_shape(part, shape)
        if program.head:
            parts.append(self.strip("head", program.head, shape))
            shape = chain_shape(program.head, shape)
        parts.append(Strip("output", "output", 1, 1, "input", shape_label(shape), ""))
        runs = tuple(
            Run(run.start + before, run.length, run.times, run.origin)
            for run in self.folded.body if run.times > 1 and run.length > 1
        )  # fmt: skip
        return Score(tuple(parts), runs)

    def strip(self, path: str, chain: Chain, shape: Shape) -> Strip:
        text = named_chain(chain, len(shape) - 1)
        shapes = _between(shape, chain_shape(chain, shape))
        places = self.places
        return Strip(path, places.title(path), places.times(path), places.together(path),
                     kind_of_chain(chain), text, shapes)  # fmt: skip

    def panel(self, block: Block, index: int, path: str, shape: Shape) -> Panel:
        used = {i for layer in block.layers for i in (*layer.reads, *layer.writes)}
        used.update(block.enter, block.leave)
        lane = {bank: number for number, bank in enumerate(sorted(used))}
        held = set(block.enter)
        columns, keys = [], {}
        for number, layer in enumerate(block.layers):
            key = self.key(layer, len(shape) - 1)
            keys[key.letter] = key
            columns.append(self.column(layer, f"{path}.layers.{number}", key.letter, lane, held))
            held.update(layer.writes)
        return Panel(
            path, self.places.title(path), self.places.times(path), self.places.together(path),
            _between(shape, part_shape(block, shape)),
            tuple(block.banks[i] for i in lane), tuple(columns),
            _marks([lane[i] for i in block.enter]), _marks([lane[i] for i in block.leave]),
            self.folded.layers[index], tuple(keys.values()), len(block.banks) - len(lane),
        )  # fmt: skip

    def column(self, layer: Layer, path: str, letter: str, lane: dict[int, int],
               held: set[int]) -> Column:  # fmt: skip
        signs = [layer.rule if i in held else "first" for i in layer.writes]
        reduce = "" if layer.reduce == "cat" else layer.reduce
        return Column(
            path, self.places.layer_number(path), letter, kind_of_chain(layer.stages), reduce,
            _marks([lane[i] for i in layer.reads]),
            _marks([lane[i] for i in layer.writes], signs),
        )  # fmt: skip

    def key(self, layer: Layer, rank: int) -> Key:
        name = chain_label(layer.stages, rank) if _is_call(layer.stages) else ""
        stages = opened_label(layer.stages, rank)
        letter = self.letters.setdefault((name, stages), letters(len(self.letters)))
        return Key(letter, name, stages)


def letters(index: int) -> str:
    """A to Z, then AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def kind_of_chain(chain: Chain) -> str:
    """The kind of a chain's weightiest operation: the first that counts towards depth, else its
    first."""
    ops = list(all_ops(chain))
    specs = [(op, find_op(op.name)) for op in ops]
    main = next((op for op, spec in specs if spec is not None and spec.weighted), None)
    if main is not None:
        return kind_of(main.name)
    other = next((op for op in ops if op.name != "identity"), None)
    return kind_of(other.name) if other is not None else "identity"


def _is_call(chain: Chain) -> bool:
    return len(chain) == 1 and isinstance(chain[0], Group)


def named_chain(chain: Chain, rank: int) -> str:
    """A chain's stages, after the name of the user-defined operation if it is one call."""
    opened = opened_label(chain, rank)
    return f"{chain_label(chain, rank)}: {opened}" if _is_call(chain) else opened


def _between(entering: Shape, leaving: Shape) -> str:
    return f"{shape_label(entering)} → {shape_label(leaving)}"


def _marks(lanes: Sequence[int], signs: Sequence[str] = ()) -> tuple[Mark, ...]:
    ordered = list(lanes) != sorted(lanes)
    return tuple(
        Mark(lane, signs[i] if signs else "", i + 1 if ordered else 0)
        for i, lane in enumerate(lanes)
    )
