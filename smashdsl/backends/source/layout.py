"""Expressions and statements as lines of text, broken as the usual formatters break them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from smashdsl.backends.source.code import (
    Arg,
    Call,
    Each,
    Expr,
    Hole,
    Line,
    Seq,
    Statement,
    literal,
)

WIDTH = 100
STEP = 4


def text(expr: Expr) -> str:
    """An expression on one line."""
    if isinstance(expr, str):
        return expr
    if isinstance(expr, Hole):
        return literal(expr.value)
    if isinstance(expr, Call):
        return f"{expr.head}({', '.join(map(_argument, expr.args))})"
    if isinstance(expr, Seq):
        return f"[{', '.join(map(text, expr.items))}]"
    if isinstance(expr, Each):
        return f"{text(expr.element)} {_clause(expr)}"
    return "".join(map(text, expr.parts))


def _argument(arg: Arg) -> str:
    return f"{arg.keyword}={text(arg.value)}" if arg.keyword else text(arg.value)


def _clause(each: Each) -> str:
    return f"for {each.variable} in range({text(each.count)})"


def lines(prefix: str, expr: Expr, indent: int, suffix: str = "") -> list[str]:
    """`prefix`, the expression and `suffix` at an indentation, on as many lines as they need."""
    pad = " " * indent
    flat = f"{pad}{prefix}{text(expr)}{suffix}"
    if len(flat) <= WIDTH:
        return [flat]
    if isinstance(expr, Call) and expr.args:
        return [f"{pad}{prefix}{expr.head}(", *_arguments(expr, indent + STEP), f"{pad}){suffix}"]
    if isinstance(expr, Seq) and expr.items:
        inside = [line for item in expr.items for line in lines("", item, indent + STEP, ",")]
        return [f"{pad}{prefix}[", *inside, f"{pad}]{suffix}"]
    if isinstance(expr, Each):
        return [*lines(prefix, expr.element, indent), f"{pad}{_clause(expr)}{suffix}"]
    return [flat]


def _arguments(call: Call, indent: int) -> list[str]:
    """Arguments on a line of their own if they fit there, else each on its own."""
    together = " " * indent + ", ".join(map(_argument, call.args))
    if len(together) <= WIDTH:
        return [together]
    end = "," if len(call.args) > 1 else ""
    return [
        line
        for arg in call.args
        for line in lines(f"{arg.keyword}=" if arg.keyword else "", arg.value, indent, end)
    ]


def statement(stmt: Statement, indent: int) -> list[str]:
    """A statement at an indentation."""
    if isinstance(stmt, Line):
        return lines(stmt.prefix, stmt.value, indent)
    pad = " " * indent
    inside = [line for inner in stmt.body for line in statement(inner, indent + STEP)]
    return [f"{pad}{stmt.header}", *inside]


def signature(name: str, parameters: Iterable[str], result: str, indent: int = 0) -> list[str]:
    """The head of a function."""
    arguments = tuple(Arg(parameter) for parameter in parameters)
    return lines("def ", Call(name, arguments), indent, f" -> {result}:")


def docstring(content: str, indent: int) -> list[str]:
    """A docstring, wrapped; `content` holds no quotes and no backslashes."""
    pad = " " * indent
    if len(pad) + len(content) + 6 <= WIDTH:
        return [f'{pad}"""{content}"""']
    wrapped = textwrap.wrap(content, WIDTH - indent - 6, break_on_hyphens=False)
    return [f'{pad}"""{wrapped[0]}', *(f"{pad}{line}" for line in wrapped[1:]), f'{pad}"""']
