"""Syntax mistakes that show in brackets, in expressions or in a finished rule.

One function for each: it says what is wrong and how to mend it.
"""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic, Note
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax import nodes
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.tokens import COMBINATORS, span_of

_SECTIONS = ("stem", "block", "transition", "head", "encoding", "train", "program", "space")


def unclosed(source: Source, opener: Token, before: Token | None) -> Diagnostic:
    """A bracket that is never closed; `before` is where it seems to end."""
    closing = {"{": "}", "(": ")", "[": "]"}[opener]
    notes: tuple[Note, ...] = ()
    if before is not None:
        place = span_of(source, before)
        notes = (Note(f"its `{closing}` seems to be missing before this", place),)
    return Diagnostic(
        "E101",
        f"this `{opener}` is never closed",
        span_of(source, opener),
        label=f"no `{closing}` belongs to it",
        notes=notes,
    )


def closes_nothing(source: Source, closer: Token) -> Diagnostic:
    return Diagnostic(
        "E102",
        f"this `{closer}` closes nothing",
        span_of(source, closer),
        helps=("remove it, or look above for a bracket that was closed too early",),
    )


def mismatched(source: Source, opener: Token, closer: Token) -> Diagnostic:
    return Diagnostic(
        "E103",
        f"`{closer}` cannot close `{opener}`",
        span_of(source, closer),
        notes=(Note(f"this `{opener}` is still open", span_of(source, opener)),),
    )


def stray_comma(span: Span) -> Diagnostic:
    return Diagnostic(
        "E121", "a `,` with nothing before it", span, helps=("remove it, or add what is missing",)
    )


def number_out_of_range(span: Span, problem: str) -> Diagnostic:
    return Diagnostic("E812", "this number is out of range", span, label=problem)


def chained_comparison(
    left: nodes.Expr, operator: str, middle: nodes.Expr, following: Span
) -> Diagnostic:
    a, b = left.span.text, middle.span.text
    helps = ("compare two values at a time, and join the comparisons with `and`",)
    if len(a) + len(b) < 40:
        helps = (f"write `{a} {operator} {b} and {b} {following.text} …`",)
    return Diagnostic(
        "E118",
        "comparisons do not chain",
        following,
        label="a second comparison",
        helps=helps,
    )


def else_without_if(span: Span) -> Diagnostic:
    return Diagnostic(
        "E124",
        "`else` without an `if` before it",
        span,
        helps=("a choice between two values is written `a if condition else b`",),
    )


def conditional_without_else(span: Span) -> Diagnostic:
    return Diagnostic(
        "E124",
        "`if` without an `else`",
        span,
        label="what is the value otherwise?",
        helps=(
            "write `a if condition else b`",
            "an `if` that chooses among statements starts a line, or comes after `;`",
        ),
    )


def step_without_range(span: Span) -> Diagnostic:
    return Diagnostic(
        "E125",
        "`step` without a range before it",
        span,
        helps=("a range with steps is written `8..64 step 8`",),
    )


def range_of_range(span: Span) -> Diagnostic:
    return Diagnostic(
        "E125",
        "a range has two ends",
        span,
        label="a third end",
        helps=("for steps other than 1 write `8..64 step 8`",),
    )


def unknown_combinator(name: str, span: Span) -> Diagnostic:
    near = did_you_mean(name, (*COMBINATORS, *_SECTIONS))
    helps = (f"did you mean `{near}`?",) if near else ()
    return Diagnostic(
        "E131",
        f"`{name}` cannot stand before a `{{`",
        span,
        helps=(
            *helps,
            "branches are combined by `sum`, `mean`, `max`, `mul`, `cat` or `shake`",
        ),
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
