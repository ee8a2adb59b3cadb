"""An architecture of the released SMASH code → a program.

The program is the network that the code's `MainNet` trains for it: batch normalisation before the
first convolution of a layer and after it. Where `MainNet` has rules that the language has not, or
cannot run what its search can sample, `comments` say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.diagnostics.diagnostic import InternalError, SmashError
from smashdsl.files import fail
from smashdsl.importing.convolutions import ConvLayer, conv, op, units_of
from smashdsl.ir import Bank, Block, Group, Layer, Program, Transition, verify

MOST_LAYERS = 2_000
_BLOCKS = 3
_FIELDS = 17


@dataclass(frozen=True)
class Architecture:
    """The fields of one tuple that matter: for each of the three blocks, and for all."""

    incoming: Any
    outgoing: Any
    units: Any
    ops: Any
    gate: Any
    dilation: Any
    activation: Any
    bank_sizes: Any
    kernel_sizes: Any
    groups: Any
    unit: int
    widest: int
    bottleneck: int
    max_bottleneck: int
    in_channels: Any
    error: float


def architecture(row: Any) -> Architecture:
    """The fields of an architecture.

    Raises:
        SmashError: E998, it is none.
    """
    if not isinstance(row, list) or len(row) != _FIELDS:
        raise _wrong(f"it is no tuple of {_FIELDS} fields")
    fields = [*row[:15], row[16]]
    for place, what in ((10, "N"), (11, "N_max"), (12, "bottleneck"), (13, "max_bottleneck")):
        if type(fields[place]) is not int or not 0 < fields[place] <= 4096:
            raise _wrong(f"`{what}` is no number from 1 to 4,096")
    for place in (*range(10), 14):
        if not isinstance(fields[place], list) or len(fields[place]) != _BLOCKS:
            raise _wrong(f"field {place} has not {_BLOCKS} blocks")
    if type(fields[15]) not in (int, float):
        raise _wrong("its error is no number")
    found = Architecture(*fields)
    _counts(found)
    return found


def _counts(arch: Architecture) -> None:
    for block in range(_BLOCKS):
        lists = (arch.incoming, arch.outgoing, arch.units, arch.ops, arch.gate, arch.dilation,
                 arch.activation, arch.kernel_sizes, arch.groups)  # fmt: skip
        sizes = {len(each[block]) if isinstance(each[block], list) else -1 for each in lists}
        if len(sizes) != 1 or not -1 < max(sizes) <= MOST_LAYERS:
            raise _wrong(
                f"the fields of block {block} have not as many layers, up to {MOST_LAYERS}"
            )
        for count in (arch.bank_sizes[block], arch.in_channels[block]):
            if type(count) is not int or not 0 < count <= 65536:
                raise _wrong(f"block {block} has no bank size or no number of channels")


def program_of(arch: Architecture, classes: int, name: str = "smash") -> tuple[Program, list[str]]:
    """The program, and comments on what is not as in the released code.

    Raises:
        SmashError: E998, no program is that architecture; the message says where.
    """
    comments = [
        f"From the released SMASH code: scored with a validation error of {arch.error:.4g}.",
        "As its MainNet trains it: with batch normalisation around the 1x1 of each layer, and no",
        "relu after the stem; its search scored it without the one and with the other. The",
        "log_softmax at the end is left to the loss.",
    ]
    body: list[Block | Transition] = []
    channels = arch.in_channels[0]
    for number in range(_BLOCKS):
        block, channels, notes = _Block(arch, number, channels).made()
        body.append(block)
        comments += [note for note in notes if note not in comments]
        if number < _BLOCKS - 1:
            channels = arch.in_channels[number + 1]
            body.append(Transition((op("batch_norm"), op("relu"), conv(channels, 1),
                                    op("avg_pool", kernel=2, stride=2))))  # fmt: skip
    head = (op("batch_norm"), op("relu"), op("global_avg_pool"),
            op("linear", units=classes, bias=True))  # fmt: skip
    program = Program(
        name, (3, 32, 32), classes, (conv(arch.in_channels[0], 7),), tuple(body), head
    )
    try:
        verify(program)
    except (InternalError, SmashError) as error:
        raise _wrong(str(error)) from error
    return program, comments


class _Block:
    """One of the three blocks, which `channels` channels enter."""

    def __init__(self, arch: Architecture, number: int, channels: int) -> None:
        self.arch, self.number, self.channels = arch, number, channels
        self.size = arch.bank_sizes[number] * arch.unit
        self.entering = channels // self.size
        self.notes: list[str] = []

    def made(self) -> tuple[Block, int, list[str]]:
        """The block, the channels that leave it, and comments."""
        outgoing = self._indices(self.arch.outgoing[self.number])
        incoming = self._indices(self.arch.incoming[self.number])
        count = max([self.entering, *(i + 1 for each in outgoing for i in each)])
        banks = [Bank(f"b[{i}]", self.size) for i in range(count)]
        enter = list(range(self.entering))
        rest = self.channels - self.entering * self.size
        if rest:
            self.notes.append(
                f"Block {self.number}: its code drops the last {rest} of {self.channels} channels "
                "that enter; they fill `rest`, which nothing reads."
            )
            enter.append(len(banks))
            banks.append(Bank("rest", rest))
        held = set(range(self.entering))
        layers = []
        for place, (reads, writes) in enumerate(zip(incoming, outgoing, strict=True)):
            missing = [i for i in reads if i not in held]
            if missing or not reads:
                what = f"reads bank {missing[0]}, which is empty" if missing else "reads nothing"
                raise _wrong(f"layer {place} of block {self.number} {what}")
            layers.append(self._layer(place, reads, writes))
            held |= set(writes)
        empty = [i for i in range(count) if i not in held]
        if empty:
            raise _wrong(f"nothing is written to bank {empty[0]} of block {self.number}")
        block = Block(tuple(banks), tuple(enter), tuple(layers), tuple(range(count)))
        return block, count * self.size, self.notes

    def _indices(self, rows: Sequence[Any]) -> list[list[int]]:
        for row in rows:
            if not isinstance(row, list) or not all(type(i) is int and 0 <= i < 4096 for i in row):
                raise _wrong(f"a layer of block {self.number} has no list of banks")
            if len(set(row)) < len(row):
                raise _wrong(f"a layer of block {self.number} has a bank twice")
        return [list(row) for row in rows]

    def _layer(self, place: int, reads: Sequence[int], writes: Sequence[int]) -> Layer:
        arch, where = self.arch, f"layer {place} of block {self.number}"
        fields = (arch.ops, arch.gate, arch.dilation, arch.activation, arch.kernel_sizes,
                  arch.groups)  # fmt: skip
        units = units_of(arch.units[self.number][place], where)
        layer = ConvLayer.read([each[self.number][place] for each in fields], where)
        width = units * arch.unit
        entering = len(reads) * self.size
        squeeze = min(
            min(max(entering // width, 1), arch.bottleneck) * width, entering,
            arch.max_bottleneck * arch.widest,
        )  # fmt: skip
        out = layer.units(width)
        if not writes or len(writes) * self.size < out:
            raise _wrong(f"{where} writes fewer banks than its {out} channels need; the code drops "
                         "the rest")  # fmt: skip
        if layer.gated:
            self._note("Its MainNet cannot run layers with gates; they are as its search scores "
                       "them.")  # fmt: skip
        if layer.varied:
            self._note("Its MainNet has relu throughout; other activations are as its search "
                       "scores them.")  # fmt: skip
        stages = (Group("four_convs", layer.stages(squeeze, width)),)
        return Layer(tuple(reads), "cat", stages, tuple(writes))

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _wrong(problem: str) -> SmashError:
    return fail("E998", f"the architecture is no program: {problem}")
