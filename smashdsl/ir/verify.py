"""The rules that every program obeys, as one table.

Whoever makes or changes a program calls `verify`; a broken rule is our bug, never the user's, since
mistakes of a text are reported before there is a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ir.program import Block, Chain, Combine, Layer, Op, Program, Transition, flat
from smashdsl.ir.training import TRAIN_SETTINGS
from smashdsl.ops import OpError, find_op

Shape = tuple[int, ...]
COMBINE_RULES = ("sum", "mean", "max", "mul", "cat", "shake")
REDUCTIONS = ("cat", "sum", "mean", "max", "mul", "attend")
WRITE_RULES = ("add", "replace", "mul", "max", "mean")


class Rule(NamedTuple):
    """A property of every block; `broken` yields what breaks it."""

    name: str
    broken: Callable[[Block, int], Iterator[str]]


def verify(program: Program) -> Shape:
    """Check every rule; gives the output's shape.

    Raises:
        InternalError: a rule is broken; the message names it.
    """
    if not 2 <= len(program.input) <= 4 or min(program.input) < 1:
        raise InternalError(f"input: {program.input} is no shape of 1 to 3 dimensions")
    _train(program.train)
    shape = _chain(program.stem, program.input, "stem")
    for number, part in enumerate(program.body):
        where = f"part {number}"
        if isinstance(part, Transition):
            shape = _chain(part.stages, shape, where)
        else:
            shape = _block(part, shape, where)
    shape = _chain(program.head, shape, "head")
    if program.classes is not None and program.head and shape != (program.classes,):
        raise InternalError(f"classes: the head gives {shape}, not ({program.classes},)")
    return shape


def _train(settings: Mapping[str, float]) -> None:
    for name, value in settings.items():
        try:
            fits = TRAIN_SETTINGS[name].checked(value) == value
        except (KeyError, ValueError):
            fits = False
        if not fits:
            raise InternalError(f"train: {name} = {value!r} is no training setting")


def _block(block: Block, shape: Shape, where: str) -> Shape:
    for rule in RULES:
        for reason in rule.broken(block, shape[0]):
            raise InternalError(f"{where}: {rule.name}: {reason}")
    for number, layer in enumerate(block.layers):
        _layer(block, layer, shape, f"{where}, layer {number}")
    return (sum(block.banks[i].size for i in block.leave), *shape[1:])


def _layer(block: Block, layer: Layer, shape: Shape, where: str) -> None:
    sizes = [block.banks[i].size for i in layer.reads]
    entering = sum(sizes) if layer.reduce == "cat" else sizes[0]
    out = _chain(layer.stages, (entering, *shape[1:]), where)
    if out[1:] != shape[1:]:
        raise InternalError(f"{where}: resolution: {shape[1:]} became {out[1:]}")
    start = landed = 0
    for size in (block.banks[i].size for i in layer.writes):
        if start + size > out[0]:
            raise InternalError(f"{where}: dealing: a bank straddles the end of {out[0]} channels")
        landed += size
        start = (start + size) % out[0]
    if landed < out[0]:
        raise InternalError(f"{where}: dealing: {out[0] - landed} channels land nowhere")


def _chain(chain: Chain, shape: Shape, where: str) -> Shape:
    for stage in flat(chain):
        shape = _op(stage, shape, where) if isinstance(stage, Op) else _combine(stage, shape, where)
    return shape


def _op(op: Op, shape: Shape, where: str) -> Shape:
    spec = find_op(op.name)
    if spec is None:
        raise InternalError(f"{where}: operations: there is no {op.name!r}")
    missing = {p.name for p in spec.parameters if p.kind != "weights"} - set(op.attrs)
    if missing:
        raise InternalError(f"{where}: attributes: {op.name} lacks {', '.join(sorted(missing))}")
    try:
        return spec.infer(shape, op.attrs)
    except OpError as error:
        raise InternalError(f"{where}: shapes: {op.name}: {error}") from error


def _combine(combine: Combine, shape: Shape, where: str) -> Shape:
    if combine.rule not in COMBINE_RULES or not combine.branches:
        raise InternalError(f"{where}: combinators: {combine.rule!r} of {len(combine.branches)}")
    shapes = [_chain(branch, shape, where) for branch in combine.branches]
    if combine.rule == "cat":
        if len({s[1:] for s in shapes}) > 1:
            raise InternalError(f"{where}: combinators: {shapes} have different resolutions")
        return (sum(s[0] for s in shapes), *shapes[0][1:])
    if len(set(shapes)) > 1:
        raise InternalError(f"{where}: combinators: {shapes} differ")
    return shapes[0]


# The table of a block's rules -----------------------------------------------------------------


def _indices(block: Block, channels: int) -> Iterator[str]:
    used = [block.enter, block.leave, *(s for x in block.layers for s in (x.reads, x.writes))]
    for banks in used:
        if len(set(banks)) != len(banks):
            yield f"{banks} names a bank twice"
        if any(not 0 <= i < len(block.banks) for i in banks):
            yield f"{banks} names a bank that does not exist"


def _words(block: Block, channels: int) -> Iterator[str]:
    for layer in block.layers:
        if layer.reduce not in REDUCTIONS:
            yield f"{layer.reduce!r} is no way to read"
        if layer.rule not in WRITE_RULES:
            yield f"{layer.rule!r} is no way to write"


def _input(block: Block, channels: int) -> Iterator[str]:
    held = sum(block.banks[i].size for i in block.enter)
    if held != channels:
        yield f"banks of {held} channels take an input of {channels}"


def _full(block: Block, channels: int) -> Iterator[str]:
    full = set(block.enter)
    for number, layer in enumerate(block.layers):
        if not layer.reads or not layer.writes:
            yield f"layer {number} reads or writes nothing"
        if not full.issuperset(layer.reads):
            yield f"layer {number} reads an empty bank"
        full.update(layer.writes)
    if not block.leave or not full.issuperset(block.leave):
        yield "an empty bank leaves, or none"


def _one_size(block: Block, channels: int) -> Iterator[str]:
    for number, layer in enumerate(block.layers):
        sizes = {block.banks[i].size for i in layer.reads}
        if layer.reduce != "cat" and len(sizes) > 1:
            yield f"layer {number} takes the {layer.reduce} of banks of {sorted(sizes)}"


RULES = (
    Rule("bank indices are distinct and exist", _indices),
    Rule("reads and writes use known rules", _words),
    Rule("the input fills its banks", _input),
    Rule("only full banks are read and leave", _full),
    Rule("combined banks have one size", _one_size),
)
