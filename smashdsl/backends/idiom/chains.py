"""Chains → pieces of text, with user-defined ops called by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from smashdsl.backends.idiom.parts import Called, Hole, Piece
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ir import Chain, Combine, Group, Op
from smashdsl.ops import find_op

Shape = tuple[int, ...]
Bones = tuple[Any, ...]


@dataclass
class Definition:
    """A user-defined op: the body of its first use, the holes of all, and what it is called.

    `parameters` says which holes each fills: one, or several with the items of a list.
    """

    base: str
    pieces: tuple[Piece, ...]
    uses: list[tuple[Hole, ...]] = field(default_factory=list)
    name: str = ""
    parameters: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)
    body: tuple[Piece, ...] = ()


class Book:
    """The ops of a program by name and structure.

    A group becomes a call of an op once its op is `settled`; those within others are settled first.
    """

    def __init__(self) -> None:
        self.definitions: dict[tuple[str, Bones], Definition] = {}

    def chain(self, chain: Chain, shape: Shape, channels: int) -> tuple[list[list[Piece]], Shape]:
        """The pieces of each stage, and the shape that the chain gives.

        Args:
            shape: of the chain's input.
            channels: that enter the construct in which the chain stands.
        """
        stages = []
        for stage in chain:
            pieces, shape = self.stage(stage, shape, channels)
            stages.append(pieces)
        return stages, shape

    def stage(self, stage: Op | Combine | Group, shape: Shape, channels: int,
              ) -> tuple[list[Piece], Shape]:  # fmt: skip
        if isinstance(stage, Op):
            return [_called(stage, channels)], _after(stage, shape)
        if isinstance(stage, Group):
            return self._group(stage, shape, channels)
        branches = [self.chain(branch, shape, channels) for branch in stage.branches]
        pieces: list[Piece] = [f"{stage.rule} {{ "]
        for number, (parts, _) in enumerate(branches):
            pieces += [" ; "] if number else []
            pieces += joined(parts)
        outs = [out for _, out in branches]
        first = sum(out[0] for out in outs) if stage.rule == "cat" else outs[0][0]
        return [*pieces, " }"], (first, *outs[0][1:])

    def _group(self, group: Group, shape: Shape, channels: int) -> tuple[list[Piece], Shape]:
        inner = group.stages
        while len(inner) == 1 and isinstance(inner[0], Group):
            inner = inner[0].stages
        stages, out = self.chain(inner, shape, shape[0])
        pieces = tuple(joined(stages))
        key = group.name, tuple(_bones(piece) for piece in pieces)
        found = self.definitions.setdefault(key, Definition(group.name, pieces))
        filled = tuple(_holes(pieces))
        if not found.name:  # it is being collected
            found.uses.append(filled)
            return [Called(f"{group.name}?")], out
        arguments = tuple(
            _argument(found, name, [filled[at] for at in places], channels)
            for name, places in found.parameters
        )
        return [Called(found.name, arguments)], out


def _argument(op: Definition, name: str, fills: Sequence[Hole], channels: int) -> Hole:
    """What a call gives for a parameter that fills these holes."""
    first = fills[0]
    if len(fills) > 1:
        return Hole([hole.value for hole in fills], kind="list")
    if name in op.defaults:
        return Hole(first.value, channels, first.kind, name, op.defaults[name])
    return Hole(first.value, channels, first.kind)


def joined(stages: Sequence[Sequence[Piece]]) -> list[Piece]:
    """Stages with arrows between them; `identity` where there is none."""
    pieces: list[Piece] = []
    for number, stage in enumerate(stages):
        pieces += [" -> "] if number else []
        pieces += stage
    return pieces or [Called("identity")]


def groups(chain: Chain) -> Iterator[Group]:
    """All groups of a chain, those within others first."""
    for stage in chain:
        if isinstance(stage, Group):
            yield from groups(stage.stages)
            yield stage
        elif isinstance(stage, Combine):
            for branch in stage.branches:
                yield from groups(branch)


def height(chain: Chain) -> int:
    """How deep groups lie within groups."""
    most = 0
    for stage in chain:
        if isinstance(stage, Group):
            most = max(most, 1 + height(stage.stages))
        elif isinstance(stage, Combine):
            most = max([most, *map(height, stage.branches)])
    return most


def _after(op: Op, shape: Shape) -> Shape:
    spec = find_op(op.name)
    if spec is None:
        raise InternalError(f"unknown operation {op.name!r} in a program")
    return spec.outline(shape, op.attrs).shape


def _called(op: Op, channels: int) -> Called:
    spec = find_op(op.name)
    found = []
    for parameter in spec.parameters if spec else ():
        value = op.weights if parameter.name == "weights" else op.attrs.get(parameter.name)
        default = parameter.default
        if parameter.name == "stride" and default is None:
            default = op.attrs["kernel"]
            value = default if value is None else value
        keyword = "" if parameter.required else parameter.name
        found.append(Hole(value, channels, parameter.name, keyword, default))
    return Called("norm" if op.name == "batch_norm" else op.name, tuple(found))


def _holes(pieces: Sequence[Piece]) -> Iterator[Hole]:
    for piece in pieces:
        if isinstance(piece, Called):
            yield from piece.arguments


def _bones(piece: Piece) -> Any:
    if not isinstance(piece, Called):
        return piece
    words = [hole.value for hole in piece.arguments if hole.kind in ("weights", "padding")]
    return piece.name, len(piece.arguments), *words
