"""Text in the making: statements whose numbers are still to become expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

NOTHING: Any = object()


@dataclass(frozen=True)
class Hole:
    """A value in a text.

    Attributes:
        value: a number, truth value, size or word; None for an argument that is left out.
        channels: how many enter the construct around it, if that is known.
        keyword: by which an optional argument is given; `default` is what it is otherwise.
        kind: what kind of argument it is; of a `last`, the number before it is written.
        text: the expression that it has become; until then, the value itself is written.
    """

    value: Any
    channels: int | None = None
    kind: str = "number"
    keyword: str = ""
    default: Any = NOTHING
    text: str = ""

    def shown(self) -> str:
        """The text; empty where it need not be written."""
        if self.kind == "last":
            return f"{self.text} - 1" if self.text else str(self.value - 1)
        if self.text:
            return self.text
        return "" if self.keyword and self.value == self.default else literal(self.value)


@dataclass(frozen=True)
class Called:
    """An operation with its arguments."""

    name: str
    arguments: tuple[Hole, ...] = ()

    def shown(self) -> str:
        parts = []
        for hole in self.arguments:
            text = hole.shown()
            if text:
                parts.append(f"{hole.keyword}={text}" if hole.keyword else text)
        return f"{self.name}({', '.join(parts)})" if parts else self.name


@dataclass(frozen=True)
class Run:
    """Neighbouring banks of a family of `count`, from `first` to `last`, after other banks or not.

    Where the last is before the first, there are none.
    """

    family: str
    count: int
    first: Hole
    last: Hole
    after: bool = False

    def shown(self) -> str:
        first, last = self.first.shown(), self.last.shown()
        comma = ", " if self.after else ""
        if last == "-1":
            return ""
        if (first, last) == ("0", str(self.count - 1)) and self.count > 1:
            return f"{comma}{self.family}"
        span = first if first == last else f"{first}..{last}"
        return f"{comma}{self.family}[{span}]"


Piece = str | Hole | Called | Run


@dataclass(frozen=True)
class Statement:
    """A line, or a line with what stands in its braces. `apart` asks for lines of its own."""

    head: tuple[Piece, ...]
    body: tuple[Statement, ...] | None = None

    def shown(self) -> str:
        head = "".join(piece if isinstance(piece, str) else piece.shown() for piece in self.head)
        if self.body is None:
            return head
        if len(self.body) == 1 and self.body[0].body is None and self.head != ("block",):
            return f"{head} {{ {self.body[0].shown()} }}"
        return "\n".join([f"{head} {{", *(each.shown() for each in self.body), "}"])

    @property
    def size(self) -> int:
        """How many lines it takes."""
        return 1 + sum(each.size for each in self.body or ())


def literal(value: Any) -> str:
    """A value as a text writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def holes(statement: Statement) -> Iterator[Hole]:
    """Every hole, in order of text."""
    for piece in statement.head:
        yield from piece_holes(piece)
    for each in statement.body or ():
        yield from holes(each)


def piece_holes(piece: Piece) -> Iterator[Hole]:
    if isinstance(piece, Hole):
        yield piece
    elif isinstance(piece, Called):
        yield from piece.arguments
    elif isinstance(piece, Run):
        yield piece.first
        yield piece.last


def mapped(statement: Statement, change: Callable[[Hole], Hole]) -> Statement:
    """The statement with each hole, in order of text, replaced."""
    head = tuple(mapped_piece(piece, change) for piece in statement.head)
    body = statement.body
    return Statement(head, None if body is None else tuple(mapped(s, change) for s in body))


def mapped_piece(piece: Piece, change: Callable[[Hole], Hole]) -> Piece:
    if isinstance(piece, Hole):
        return change(piece)
    if isinstance(piece, Called):
        return Called(piece.name, tuple(change(hole) for hole in piece.arguments))
    if isinstance(piece, Run):
        first = change(piece.first)
        return replace(piece, first=first, last=change(piece.last))
    return piece


def skeleton(statement: Statement) -> tuple[Any, ...]:
    """What is left of a statement without the values in its holes."""
    head = tuple(bones(piece) for piece in statement.head)
    body = statement.body
    return (head, None if body is None else tuple(skeleton(each) for each in body))


def bones(piece: Piece) -> tuple[Any, ...]:
    """What is left of a piece without the values in its holes."""
    if isinstance(piece, str):
        return (piece,)
    kept = tuple((hole.keyword, hole.text) for hole in piece_holes(piece))
    if isinstance(piece, Called):
        return ("op", piece.name, kept)
    if isinstance(piece, Run):
        return ("run", piece.family, piece.after, kept)
    return ("hole", kept)
