"""Bounds on the size and nesting of a file, so that no input exhausts memory or the stack.

Every walk over a syntax tree may recurse: `check_depth` has made sure that no tree is deeper
than `MAX_DEPTH` nodes.
"""

from __future__ import annotations

from dataclasses import fields

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.span import Span
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import KINDS

MAX_FILE_BYTES = 4 * 2**20
MAX_TOKENS = 400_000
MAX_DEPTH = 150
MAX_DIGITS = 40
MAX_ERRORS = 20


def too_deep(span: Span) -> SmashError:
    """The error for something nested more than `MAX_DEPTH` levels deep."""
    return SmashError(
        Diagnostic(
            "E811",
            f"nested too deeply: more than {MAX_DEPTH} levels",
            Span(span.source, span.start, min(span.end, span.start + 40)),
            label=f"level {MAX_DEPTH + 1} starts here",
            helps=("split it up with `let`, or move a part into an `op`",),
        )
    )


def too_long(span: Span) -> SmashError:
    """The error for a text of more than `MAX_TOKENS` tokens; the span is that of the next."""
    return SmashError(
        Diagnostic(
            "E810",
            f"this text is too long: more than {MAX_TOKENS:,} words and signs",
            span,
            label="nothing is read from here on",
            helps=("use `repeat`, `for` and `op`, or split the file with `use`",),
        )
    )


_CHILD_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if not each.name.endswith("span"))
    for kind in KINDS
}


def check_depth(file: nodes.File) -> None:
    """Raise `SmashError` E811 if a path through the tree passes more than `MAX_DEPTH` nodes.

    A text of n characters holds no path of more than 4 n nodes, which spares most of the walk.
    """
    pending: list[tuple[object, int]] = [(item, 1) for item in file.items]
    while pending:
        node, depth = pending.pop()
        span: Span = node.span  # type: ignore[attr-defined]
        if depth > MAX_DEPTH:
            raise too_deep(span)
        if depth + 4 * (span.end - span.start) <= MAX_DEPTH:
            continue
        for name in _CHILD_FIELDS[type(node)]:
            value = getattr(node, name)
            if type(value) in _CHILD_FIELDS:
                pending.append((value, depth + 1))
            elif type(value) is tuple:
                pending.extend((each, depth + 1) for each in value if type(each) in _CHILD_FIELDS)
