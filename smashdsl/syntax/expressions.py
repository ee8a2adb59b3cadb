"""The nodes of expressions, and of what stands in them; see `nodes`."""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.diagnostics.span import Span


@dataclass(frozen=True, slots=True)
class Number:
    """`12`, `0.5`, `4M`; `value` has the suffix multiplied in and is an int where it is whole."""

    value: int | float
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Shape:
    """`3x32x32`."""

    dims: tuple[int, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[item for target in iterable if condition]`; also inside the brackets of an `Index`."""

    item: Expr
    target: str
    iterable: Expr
    condition: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`base[i]`, `base[a..b]` or `base[i for i in r if c]`: `index` is the expression inside
    the brackets, a `Comprehension` in the last case."""

    base: Expr
    index: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional (`name` is None) or named argument."""

    name: str | None
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`callee(arguments)`; `some(...)`, `uniform(...)`, `log_uniform(...)`, `chance(...)`,
    `fresh(n)` and `count(S)` are calls too."""

    callee: Expr
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / // % **`, the comparisons `== != < <= > >=`, and `and`, `or`. A chain `a < b < c`
    is a syntax error. `operator_span` covers the operator."""

    operator: str
    left: Expr
    right: Expr
    operator_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`then if condition else otherwise`."""

    then: Expr
    condition: Expr
    otherwise: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """`start..stop step s`; both ends belong to it."""

    start: Expr
    stop: Expr
    step: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Option:
    """One option of `one_of`, with its weight (`a: 0.7`) or None."""

    value: Expr
    weight: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class OneOf:
    """`one_of(a, b: 2)`, `one_of(8..64 step 8)`: a single `Range` option stands for its members."""

    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OneOfIn:
    """`one_of(target in iterable weight expression)`; without `weight` all weigh the same."""

    target: str
    iterable: Expr
    weight: Expr | None
    span: Span


Expr = (
    Number | Shape | Bool | Name | List | Comprehension | Index | Call | Unary | Binary
    | Conditional | Range | OneOf | OneOfIn
)  # fmt: skip
