"""The text of trees that nobody wrote: only what stands on one line is decided here."""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.syntax import nodes
from smashdsl.syntax.format.blocks import Block, Written, inside, one_line

_LONGEST = 80


def rough(items: Sequence[Written]) -> str:
    """Statements with their line breaks, but without indentation or wrapping."""
    return "\n\n".join("\n".join(_lines(item)) for item in items) + "\n"


def _lines(node: Written) -> list[str]:
    text = one_line(node)
    if not isinstance(node, Block) or (_brief(node) and len(text) <= _LONGEST):
        return [text]
    if isinstance(node, nodes.If):
        return _choice(node)
    return [text.partition("{")[0] + "{", *_rows(inside(node)), "}"]


def _brief(node: Block) -> bool:
    """Whether a statement reads well on one line: it holds settings, or one plain statement."""
    match node:
        case nodes.Network():
            return False
        case nodes.Encoding() | nodes.Train():
            return True
        case nodes.If():
            return not node.otherwise and _plain(node.body)
        case nodes.Section(kind="block"):
            return False
    return _plain(node.body)


def _plain(body: Sequence[Written]) -> bool:
    return not body or (len(body) == 1 and not isinstance(body[0], Block))


def _rows(statements: Sequence[Written]) -> list[str]:
    rows: list[str] = []
    for i, statement in enumerate(statements):
        rows += _lines(statement)
        chains = isinstance(statement, nodes.Chain) and i + 1 < len(statements)
        if chains and isinstance(statements[i + 1], nodes.Chain):
            rows[-1] += " ;"
    return rows


def _choice(node: nodes.If) -> list[str]:
    head = one_line(node).partition("{")[0]
    lines = [f"{head}{{", *_rows(node.body)]
    if len(node.otherwise) == 1 and isinstance(node.otherwise[0], nodes.If):
        first, *rest = _choice(node.otherwise[0])
        return [*lines, f"}} else {first}", *rest]
    if node.otherwise:
        return [*lines, "} else {", *_rows(node.otherwise), "}"]
    return [*lines, "}"]
