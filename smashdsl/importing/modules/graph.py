"""What happens to a module's input, as operations on values of banks.

Concatenations and slices are no operations here: a value is read by a `Ref`, a row of pieces of
what operations and joins give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.ir import Op

Shape = tuple[int, ...]


class Piece(NamedTuple):
    """Channels `start` to `stop` (exclusive) of the value of a node."""

    node: int
    start: int
    stop: int


Ref = tuple[Piece, ...]


@dataclass(frozen=True)
class Place:
    """Where in a module something happens: the node of torch's graph, and the modules around it, by
    path and class, outermost first."""

    node: str
    modules: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        inside = [path for path, _ in self.modules if path]
        return f"`{self.node}`" + (f" in `{inside[-1]}`" if inside else "")


@dataclass(frozen=True)
class Node:
    """The input (without `op` or `rule`), an operation on one value, or a join of several by a
    `rule`: sum, mean, max or mul.

    Attributes:
        shape: of its value, `(channels, *spatial)`.
        state: the tensors of its weights and statistics by the names that slots have.
    """

    inputs: tuple[Ref, ...]
    shape: Shape
    place: Place
    op: Op | None = None
    rule: str = ""
    state: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bases(self) -> set[int]:
        """The nodes that it reads."""
        return {piece.node for ref in self.inputs for piece in ref}


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each follows those that it reads; the first is the input."""

    nodes: tuple[Node, ...]
    output: Ref

    def whole(self, node: int) -> Ref:
        """All of a node's value."""
        return (Piece(node, 0, self.nodes[node].shape[0]),)

    def channels(self, ref: Ref) -> int:
        return sum(piece.stop - piece.start for piece in ref)

    def spatial(self, ref: Ref) -> Shape:
        return self.nodes[ref[0].node].shape[1:]


def joined(pieces: Ref) -> Ref:
    """A row of pieces, neighbours of one value as one piece."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].node == piece.node and found[-1].stop == piece.start:
            found[-1] = Piece(piece.node, found[-1].start, piece.stop)
        else:
            found.append(piece)
    return tuple(found)


def cut(ref: Ref, start: int, stop: int) -> Ref:
    """Channels `start` to `stop` (exclusive) of a row of pieces."""
    found, at = [], 0
    for piece in ref:
        size = piece.stop - piece.start
        low, high = max(start - at, 0), min(stop - at, size)
        if low < high:
            found.append(Piece(piece.node, piece.start + low, piece.start + high))
        at += size
    return tuple(found)


def misfit(place: Place, reason: str, *helps: str) -> SmashError:
    """E994: something in a module does not fit."""
    return fail("E994", f"{place} does not fit: {reason}", *helps)
