"""Syntax mistakes that have a name: one function for each, which says what is wrong and how to
mend it."""

from __future__ import annotations

from lark import Token

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax import nodes


def unexpected(source: Source, token: Token) -> Diagnostic:
    """A token that cannot stand where it stands, and nothing better to say."""
    if token.type == "$END":
        end = len(source.text)
        return Diagnostic("E130", "unexpected end of the file", Span(source, end, end))
    return Diagnostic("E130", f"unexpected `{token}`", Span(source, token.start_pos, token.end_pos))


def stray_comma(span: Span) -> Diagnostic:
    return Diagnostic("E121", "stray `,`", span, helps=("remove it",))


def number_out_of_range(span: Span, problem: str) -> Diagnostic:
    return Diagnostic("E802", "this number is out of range", span, label=problem)


def else_without_if(span: Span) -> Diagnostic:
    return Diagnostic(
        "E124",
        "`else` without an `if`" if span.text == "else" else f"unexpected `{span.text}`",
        span,
        helps=("a choice between two values is written `a if condition else b`",),
    )


def conditional_without_else(span: Span) -> Diagnostic:
    return Diagnostic(
        "E124",
        "`if` without an `else`",
        span,
        label="a value has to say what it is otherwise",
        helps=("write `a if condition else b`",),
    )


def step_without_range(span: Span) -> Diagnostic:
    return Diagnostic(
        "E125",
        "`step` without a range",
        span,
        helps=("a range with steps is written `8..64 step 8`",),
    )


def range_of_range(span: Span) -> Diagnostic:
    return Diagnostic("E125", "a range has two ends", span, label="a third end starts here")


def chained_comparison(
    left: nodes.Expr, operator: Token, middle: nodes.Expr, following: Token | nodes.Expr
) -> Diagnostic:
    a, b = left.span.text, middle.span.text
    source = left.span.source
    assert isinstance(following, Token)
    return Diagnostic(
        "E118",
        "comparisons do not chain",
        Span(source, following.start_pos, following.end_pos),
        label="second comparison",
        helps=(f"write `{a} {operator} {b} and {b} {following} …`",),
    )


def unknown_combinator(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E131",
        f"`{name}` does not combine branches",
        Span(span.source, span.start, span.end),
        helps=("`sum`, `mean`, `max`, `mul`, `cat` and `shake` do",),
    )


def reduction_among_others(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E129",
        f"`{name}(…)` must be all that a layer reads",
        span,
        helps=(f"put all banks inside: `{name}(a, b)`",),
    )


def reduction_of_what(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E129", f"`{name}` takes the banks to read", span, helps=(f"write `{name}(a, b)`",)
    )
