"""A DARTS genotype → the network that the code of DARTS evaluates on CIFAR (Liu et al. 2019).

A cell that keeps the resolution is a block. One that halves it is a block for what comes in, a
transition with all that its edges make of the two inputs, and a block for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smashdsl.importing.convolutions import conv, op
from smashdsl.importing.genotype import Cell, Genotype, parse_genotype
from smashdsl.importing.imported import Imported, imported
from smashdsl.ir import Bank, Block, Chain, Combine, Group, Layer, Op, Program, Transition

_COMMENTS = (
    "From a DARTS genotype, with the cells and widths of its networks for CIFAR.",
    "Left out: the auxiliary head and drop-path, which are for training. Where the code halves a",
    "resolution without an operation, half of its channels come from pixels shifted by one; here",
    "all come from the same pixels, with as many parameters.",
)
_STEM = 3  # times the channels of the first cell


@dataclass(frozen=True)
class _Inputs:
    """The outputs of the two cells before: the channels of the one before the last, and whether
    they are as the next cell wants them; those of the last. None before the first cell."""

    before: int | None
    ready: bool
    last: int


def from_genotype(text: str, cells: int = 20, channels: int = 36, classes: int = 10) -> Imported:
    """The network of a genotype.

    Args:
        text: `Genotype(normal=[…], normal_concat=…, reduce=[…], reduce_concat=…)`.
        cells: at least 3; two of them halve the resolution.
        channels: of the first cells' states, even.

    Raises:
        SmashError: E997, the text is no genotype.
        ValueError: there are too few cells or channels.
    """
    if not 3 <= cells <= 100:
        raise ValueError(f"there must be 3 to 100 cells, not {cells}")
    if not 2 <= channels <= 4096 or channels % 2:
        raise ValueError(f"channels must be an even number from 2 to 4,096, not {channels}")
    program = darts_program(parse_genotype(text), cells, channels, classes)
    return imported(program, _COMMENTS)


def darts_program(genotype: Genotype, cells: int, channels: int, classes: int) -> Program:
    """The network of a genotype; see `from_genotype`."""
    inputs = _Inputs(None, False, _STEM * channels)
    body: list[Block | Transition] = []
    stem = (conv(_STEM * channels, 3), op("batch_norm"))
    halving = (cells // 3, 2 * cells // 3)
    for number in range(cells):
        final = number == cells - 1
        if number in halving:
            channels *= 2
            following = 0 if final else channels * (2 if number + 1 in halving else 1)
            body += _reduction(genotype.reduce, channels, inputs, following)
            inputs = _Inputs(following, True, len(genotype.reduce.concat) * channels)
        else:
            body.append(_normal(genotype.normal, channels, inputs, final))
            inputs = _Inputs(inputs.last, False, len(genotype.normal.concat) * channels)
    head = (op("global_avg_pool"), op("linear", units=classes, bias=True))
    return Program("darts", (3, 32, 32), classes, stem, tuple(body), head)


class _Cell:
    """The banks and layers of a block, by the names of banks."""

    def __init__(self) -> None:
        self.banks: list[Bank] = []
        self.layers: list[Layer] = []

    def bank(self, name: str, size: int) -> None:
        self.banks.append(Bank(name, size))

    def layer(self, read: str, stages: Chain, write: str) -> None:
        (source,), (target,) = self.numbers([read]), self.numbers([write])
        self.layers.append(Layer((source,), "cat", stages, (target,)))

    def numbers(self, names: Sequence[str]) -> tuple[int, ...]:
        places = {bank.name: i for i, bank in enumerate(self.banks)}
        return tuple(places[name] for name in names)

    def block(self, enter: Sequence[str], leave: Sequence[str]) -> Block:
        return Block(
            tuple(self.banks), self.numbers(enter), tuple(self.layers), self.numbers(leave)
        )


def _opened(channels: int, inputs: _Inputs, states: int) -> tuple[_Cell, list[str]]:
    """A block with banks for both inputs and for states, of which the first two are made; and the
    banks that are entered."""
    cell = _Cell()
    prepare = (Group("relu_conv_norm", (op("relu"), conv(channels, 1), op("batch_norm"))),)
    enter = ["last"]
    if inputs.ready:
        enter = ["s[0]", "last"]
    elif inputs.before is not None:
        enter = ["before", "last"]
        cell.bank("before", inputs.before)
    cell.bank("last", inputs.last)
    for state in range(states):
        cell.bank(f"s[{state}]", channels)
    if not inputs.ready:
        cell.layer(enter[0], prepare, "s[0]")
    cell.layer("last", prepare, "s[1]")
    return cell, enter


def _normal(genotype: Cell, channels: int, inputs: _Inputs, final: bool) -> Block:
    cell, enter = _opened(channels, inputs, 2 + genotype.nodes)
    for place, (name, state) in enumerate(genotype.edges):
        cell.layer(f"s[{state}]", (operation(name, channels, 1),), f"s[{2 + place // 2}]")
    out = [f"s[{state}]" for state in genotype.concat]
    return cell.block(enter, out if final else ["last", *out])


def _reduction(genotype: Cell, channels: int, inputs: _Inputs,
               following: int) -> list[Block | Transition]:  # fmt: skip
    """A cell that halves the resolution, before one of `following` channels (0: the last cell)."""
    first, enter = _opened(channels, inputs, 2)
    branches: list[Chain] = []
    if following:
        halved = Group("factorized_reduce", _halved(following))
        branches.append((op("take", units=inputs.last, after=0), halved))
    after = inputs.last if following else 0
    second = _Cell()
    coming: list[str] = []
    if following:
        second.bank("before", following)
    for name, state in genotype.edges:
        if state < 2:
            taken = op("take", units=channels, after=after + state * channels)
            branches.append((taken, operation(name, channels, 2)))
            coming.append(f"edge[{len(coming)}]")
            second.bank(coming[-1], channels)
    for node in range(genotype.nodes):
        second.bank(f"s[{node}]", channels)
    edges = iter(coming)
    for place, (name, state) in enumerate(genotype.edges):
        target = f"s[{place // 2}]"
        if state < 2:
            second.layer(next(edges), (op("identity"),), target)
        else:
            second.layer(f"s[{state - 2}]", (operation(name, channels, 1),), target)
    out = [f"s[{state - 2}]" for state in genotype.concat]
    leave, before = ["s[0]", "s[1]"], ["before"] if following else []
    return [
        first.block(enter, ["last", *leave] if following else leave),
        Transition((Combine("cat", tuple(branches)),) if len(branches) > 1 else branches[0]),
        second.block([*before, *coming], [*before, *out]),
    ]


# Operations -----------------------------------------------------------------------------------


def operation(name: str, channels: int, stride: int) -> Group:
    """An operation of DARTS on `channels` channels."""
    kind, _, size = name.rpartition("_")
    made: dict[str, Callable[[], Chain]] = {
        "sep_conv": lambda: (*_separable(channels, _kernel(size), stride, 1),
                             *_separable(channels, _kernel(size), 1, 1)),
        "dil_conv": lambda: _separable(channels, _kernel(size), stride, 2),
        "max_pool": lambda: (op("max_pool", kernel=3, stride=stride),),
        "avg_pool": lambda: (op("avg_pool", kernel=3, stride=stride),),
        "skip": lambda: (op("identity"),) if stride == 1 else _halved(channels),
        "": lambda: (op("zero"),) if stride == 1 else (
            op("max_pool", kernel=1, stride=2), op("zero")),
        "conv_7x1": lambda: (op("relu"), _strided(channels, (1, 7), (1, stride)),
                             _strided(channels, (7, 1), (stride, 1)), op("batch_norm")),
    }  # fmt: skip
    return Group(name, made[kind]())


def _kernel(size: str) -> int:
    return int(size.partition("x")[0])


def _strided(channels: int, kernel: int | tuple[int, int], stride: int | tuple[int, int]) -> Op:
    plain = stride[0] if isinstance(stride, tuple) and stride[0] == stride[1] else stride
    return op("conv", units=channels, kernel=kernel, stride=plain, dilation=1, groups=1, bias=False,
              padding="same")  # fmt: skip


def _separable(channels: int, kernel: int, stride: int, dilation: int) -> Chain:
    depthwise = op("depthwise", kernel=kernel, stride=stride, dilation=dilation, bias=False,
                   padding="same")  # fmt: skip
    return op("relu"), depthwise, conv(channels, 1), op("batch_norm")


def _halved(channels: int) -> Chain:
    return op("relu"), _strided(channels, 1, 2), op("batch_norm")
