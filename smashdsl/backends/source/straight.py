"""A block's `forward` with a line for each layer, and banks under their own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.backends.source.banks import (
    concatenated,
    described,
    families,
    fits,
    numbers,
    reduced,
    updated,
    variables,
)
from smashdsl.backends.source.code import (
    Arg,
    Call,
    Expr,
    Hole,
    Join,
    Line,
    Loop,
    Seq,
    Statement,
    call,
)
from smashdsl.backends.source.layout import text
from smashdsl.backends.source.repeats import folded
from smashdsl.ir import Block, Layer

Forward = tuple[str, list[Statement]]

_LISTED = 8
_UPDATES = {"mul": "torch.mul", "max": "torch.maximum", "mean": "mean", "replace": "replace"}


@dataclass(frozen=True)
class LayerCode:
    """A layer: its constructor, its output's channels, whether it passes on what it read, and
    whether it gives zeros."""

    layer: Layer
    build: Expr
    channels: int
    passes: bool
    zeros: bool


def straight_forward(block: Block, layers: Sequence[LayerCode]) -> Forward:
    """What the class says of itself, and the statements of its `forward`."""
    live = _live(block, layers)
    used = {*block.enter, *(i for code in layers for i in (*code.layer.reads, *code.layer.writes))}
    doc = f"Layers that read and write the banks {described(block, used)}."
    dead = sorted({*range(len(layers))} - {*live})
    if dead:
        doc += f" Nothing needs what {_listed(dead)} would give."
    dealt = sum(len(layers[i].layer.writes) > 1 and not layers[i].passes for i in live)
    writer = _Writer(block, used)
    if dealt >= 2 and writer.uniform:
        writer = _BanksWriter(block, used)
    return doc, writer.forward(layers, live)


def _listed(indices: Sequence[int]) -> str:
    shown = ", ".join(map(str, indices[:_LISTED]))
    more = f" and {len(indices) - _LISTED} more" if len(indices) > _LISTED else ""
    return f"layer{'s' if len(indices) > 1 else ''} {shown}{more}"


def _live(block: Block, layers: Sequence[LayerCode]) -> list[int]:
    """The layers whose output matters to the block's."""
    placed: list[set[int]] = []
    held = set(block.enter)
    for code in layers:
        writes = set(code.layer.writes)
        placed.append(writes if code.layer.rule == "replace" else writes - held)
        held |= writes
    wanted, live = set(block.leave), []
    for i in range(len(layers) - 1, -1, -1):
        layer = layers[i].layer
        adds_nothing = layers[i].zeros and layer.rule == "add" and not placed[i]
        if wanted & set(layer.writes) and not adds_nothing:
            live.append(i)
            wanted = (wanted - placed[i]) | set(layer.reads)
    return live[::-1]


@dataclass(frozen=True)
class _Write:
    """A value of so many channels that goes to banks; `reads` are those that it was made from."""

    value: Expr
    channels: int
    banks: Sequence[int]
    rule: str = "add"
    reads: Sequence[int] = ()


class _Writer:
    """Writes statements on variables, one for each bank or family of banks."""

    def __init__(self, block: Block, used: set[int]) -> None:
        self.block = block
        self.places = variables(block)
        self.families = families([self.places[i] for i in sorted(used)])
        self.sizes = {block.banks[i].size for i in used}
        self.uniform = (
            len(self.families) == 1
            and len(self.sizes) == 1
            and all(self.places[i].index is not None for i in used)
        )
        self.held: set[int] = set()
        self.body: list[Statement] = []

    def forward(self, layers: Sequence[LayerCode], live: Sequence[int]) -> list[Statement]:
        """All of `forward`: dealing the input, the layers, the output."""
        self.open()
        entering = sum(self.block.banks[i].size for i in self.block.enter)
        self.write(_Write("x", entering, self.block.enter))
        for i in live:
            self.layer(layers[i], f"layers[{i}]")
        self.body = folded(self.body)
        if any(_calls_layers(stmt) for stmt in self.body):
            self.body.insert(0, Line("layers = ", "self.layers"))
        self.body.append(Line("return ", self.read(self.block.leave)))
        return self.body

    def open(self) -> None:
        for family in self.families:
            self.body.append(Line(f"{family}: dict[int, Tensor] = ", "{}"))

    def layer(self, code: LayerCode, callee: str) -> None:
        layer = code.layer
        if layer.reduce == "attend":
            value: Expr = call(callee, *(str(self.places[i]) for i in layer.reads))
        else:
            read = self.combined(layer, infix=not code.passes)
            value = read if code.passes else call(callee, read)
        self.write(_Write(value, code.channels, layer.writes, layer.rule, layer.reads))

    def combined(self, layer: Layer, infix: bool) -> Expr:
        if layer.reduce == "cat":
            return self.read(layer.reads)
        return reduced(layer.reduce, [self.places[i] for i in layer.reads], infix)

    def read(self, banks: Sequence[int]) -> Expr:
        return concatenated([self.places[i] for i in banks])

    def write(self, written: _Write) -> None:
        """Deal a value to banks, as the program says."""
        value, banks, rule = written.value, written.banks, written.rule
        sizes = [self.block.banks[i].size for i in banks]
        placing = [i for i in banks if i not in self.held or rule == "replace"]
        apart = len(placing) == len(banks) == len(set(banks))
        if len(banks) == 1:
            self.put(banks[0], value, rule, written.reads)
        elif apart and all(size == written.channels for size in sizes):
            self.assign(" = ".join(str(self.places[i]) for i in banks), value)
        elif apart and sum(sizes) == written.channels:
            self.split(", ".join(str(self.places[i]) for i in banks), value, sizes)
        else:
            self.deal(written)
        self.held.update(banks)

    def assign(self, target: str, value: Expr) -> None:
        if target != value:
            self.body.append(Line(f"{target} = ", value))

    def put(self, bank: int, value: Expr, rule: str, reads: Sequence[int] = ()) -> None:
        """One bank's update; sums of several layers stay in one line while it is short."""
        place = self.places[bank]
        if bank not in self.held or rule == "replace":
            self.assign(str(place), value)
            return
        last = self.body[-1] if self.body else None
        if rule == "add" and isinstance(last, Line) and last.prefix == f"{place} = ":
            together = Join((last.value, " + ", value))
            if bank not in reads and fits(last.prefix, together):
                self.body[-1] = Line(last.prefix, together)
                return
        updating = updated(rule, place, value)
        if not fits(f"{place} = ", updating):
            self.assign("y", value)
            updating = updated(rule, place, "y")
        self.assign(str(place), updating)

    def split(self, target: str, value: Expr, sizes: Sequence[int]) -> None:
        """Assign pieces of these sizes to as many variables."""
        widths = [Hole("width", size) for size in sizes]
        pieces: Expr = widths[0] if len(set(sizes)) == 1 else Seq(tuple(widths))
        whole = Join((value, ".split(", pieces, ", 1)"))
        if not fits(f"{target} = ", whole):
            self.assign("y", value)
            whole = Join(("y.split(", pieces, ", 1)"))
        self.assign(target, whole)

    def deal(self, written: _Write) -> None:
        """Slices of the value, from its first channel again when it is used up."""
        value = "x" if written.value == "x" else "y"
        if value == "y":
            self.assign("y", written.value)
        start = 0
        for bank in written.banks:
            stop = start + self.block.banks[bank].size
            self.put(bank, _slice(value, start, stop, written.channels), written.rule)
            self.held.add(bank)
            start = stop % written.channels


class _BanksWriter(_Writer):
    """Writes statements on one `Banks` object."""

    def open(self) -> None:
        (self.family,), (size,) = self.families, self.sizes
        self.body.append(Line(f"{self.family} = ", call("Banks", Hole("width", size))))

    def read(self, banks: Sequence[int]) -> Expr:
        if len(banks) == 1:
            return super().read(banks)
        return call(f"{self.family}.read", *numbers([self.places[i] for i in banks]))

    def write(self, written: _Write) -> None:
        indices = numbers([self.places[i] for i in written.banks])
        by = [] if written.rule == "add" else [Arg(_UPDATES[written.rule], "by")]

        def call_with(value: Expr) -> Call:
            return Call(f"{self.family}.write", (Arg(value), *map(Arg, indices), *by))

        writing = call_with(written.value)
        if isinstance(written.value, Call) and not fits("", writing):
            self.assign("y", written.value)
            writing = call_with("y")
        self.body.append(Line("", writing))
        self.held.update(written.banks)


def _calls_layers(stmt: Statement) -> bool:
    """Whether a statement calls `layers` by number."""
    lines = stmt.body if isinstance(stmt, Loop) else (stmt,)
    return any("layers[" in text(line.value) for line in lines)


def _slice(value: str, start: int, stop: int, channels: int) -> Expr:
    if stop - start == channels:
        return value
    first: Expr = Hole("width", start) if start else ""
    last: Expr = Hole("width", stop) if stop < channels else ""
    return Join((f"{value}[:, ", first, ":", last, "]"))
