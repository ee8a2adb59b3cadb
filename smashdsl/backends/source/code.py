"""Python expressions as data, with holes where uses of one class may differ.

A `Hole` is a value found in one use. Two expressions with equal `skeleton` differ in the values of
their holes alone, so they can be printed once, with constructor arguments in those places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hole:
    """A value of one use. `kind` says what it is (`width`, `kernel`, ...): only values that mean
    the same may become one argument."""

    kind: str
    value: Any


@dataclass(frozen=True)
class Arg:
    """An argument of a call. It is left out when it is the constant `default`."""

    value: Expr
    keyword: str = ""
    default: Any = None


@dataclass(frozen=True)
class Call:
    """`head(args)`; may be broken over lines."""

    head: str
    args: tuple[Arg, ...] = ()


@dataclass(frozen=True)
class Seq:
    """`[items]`; may be broken over lines."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Each:
    """`element for variable in range(count)`, as the only argument of a call."""

    element: Expr
    variable: str
    count: Expr


@dataclass(frozen=True)
class Join:
    """Text with expressions in it, never broken over lines."""

    parts: tuple[Expr, ...]


Expr = str | Hole | Call | Seq | Each | Join


@dataclass(frozen=True)
class Line:
    """A statement: `prefix` such as `x = ` or `return `, then an expression."""

    prefix: str
    value: Expr


@dataclass(frozen=True)
class Loop:
    """A `for` statement. Its header and body hold no values that uses could differ in."""

    header: str
    body: tuple[Line, ...]


Statement = Line | Loop


def call(head: str, *args: Expr, **keywords: Expr) -> Call:
    """A call whose arguments are always written."""
    named = (Arg(value, keyword) for keyword, value in keywords.items())
    return Call(head, (*(Arg(value) for value in args), *named))


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one, in order of text."""
    if isinstance(expr, Call):
        return tuple(arg.value for arg in expr.args)
    if isinstance(expr, Seq):
        return expr.items
    if isinstance(expr, Each):
        return expr.element, expr.count
    return expr.parts if isinstance(expr, Join) else ()


def holes(expr: Expr) -> Iterator[Hole]:
    """The holes of an expression, in order of text."""
    if isinstance(expr, Hole):
        yield expr
    for child in children(expr):
        yield from holes(child)


def skeleton(expr: Expr) -> Any:
    """What is left of an expression without its values: equal for uses of one class."""
    if isinstance(expr, str):
        return expr
    if isinstance(expr, Hole):
        return (Hole, expr.kind)
    inside = tuple(skeleton(child) for child in children(expr))
    if isinstance(expr, Call):
        return (Call, expr.head, tuple((a.keyword, a.default) for a in expr.args), inside)
    return (type(expr), expr.variable if isinstance(expr, Each) else None, inside)


def fill(expr: Expr, values: Iterator[str]) -> Expr:
    """The expression with its holes, in order, replaced by text.

    Arguments whose text is that of their default are left out.
    """
    if isinstance(expr, str):
        return expr
    if isinstance(expr, Hole):
        return next(values)
    if isinstance(expr, Call):
        args = [Arg(fill(a.value, values), a.keyword, a.default) for a in expr.args]
        return Call(expr.head, tuple(a for a in args if not _is_default(a)))
    if isinstance(expr, Seq):
        return Seq(tuple(fill(item, values) for item in expr.items))
    if isinstance(expr, Each):
        element, count = fill(expr.element, values), fill(expr.count, values)
        return Seq((element,)) if count == "1" else Each(element, expr.variable, count)
    return Join(tuple(fill(part, values) for part in expr.parts))


def _is_default(arg: Arg) -> bool:
    return arg.default is not None and arg.value == literal(arg.default)


def literal(value: Any) -> str:
    """A number, flag or tuple of them as Python text."""
    return repr(value)


def reworded(expr: Expr, change: Callable[[str], str]) -> Expr:
    """The expression with every piece of text changed."""
    if isinstance(expr, str):
        return change(expr)
    if isinstance(expr, Call):
        args = (Arg(reworded(a.value, change), a.keyword, a.default) for a in expr.args)
        return Call(change(expr.head), tuple(args))
    if isinstance(expr, Seq):
        return Seq(tuple(reworded(item, change) for item in expr.items))
    if isinstance(expr, Each):
        return Each(reworded(expr.element, change), expr.variable, reworded(expr.count, change))
    return (
        Join(tuple(reworded(part, change) for part in expr.parts))
        if isinstance(expr, Join)
        else expr
    )


def keywords_of(expr: Expr, head: str) -> Mapping[str, None]:
    """The keywords that calls of `head` inside an expression are given, in order."""
    found: dict[str, None] = {}
    if isinstance(expr, Call) and expr.head == head:
        found.update((arg.keyword, None) for arg in expr.args if arg.keyword)
    for child in children(expr):
        found.update(keywords_of(child, head))
    return found
