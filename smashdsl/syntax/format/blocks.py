"""Statements with braces: their headers, and their text when they stand on one line."""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.syntax import nodes
from smashdsl.syntax.format import flat
from smashdsl.syntax.format.wrap import Wrapper

Settings = nodes.Encoding | nodes.Train
Braced = nodes.Network | nodes.OpDef | nodes.Section | Settings | nodes.For | nodes.Repeat
Block = Braced | nodes.If
Written = nodes.Item | nodes.Statement | nodes.Setting


def inside(node: Braced) -> Sequence[Written]:
    """What stands in the braces."""
    return node.settings if isinstance(node, Settings) else node.body


def header_end(node: Block) -> int:
    """An offset after everything in the header that could hold a brace of its own."""
    match node:
        case nodes.Section():
            return node.keyword_span.end
        case nodes.Encoding() | nodes.Train():
            return node.span.start
        case nodes.Network():
            return node.name_span.end
        case nodes.OpDef():
            return node.parameters[-1].span.end if node.parameters else node.name_span.end
        case nodes.For():
            return node.iterable.span.end
        case nodes.If():
            return node.condition.span.end
    return _repeated(node).span.end


def _repeated(node: nodes.Repeat) -> nodes.Expr:
    value = node.count if node.until is None else node.until
    assert value is not None
    return value


def write_header(wrapper: Wrapper, node: Block) -> None:
    """Everything before the `{`, over several lines if it is long."""
    match node:
        case nodes.For():
            wrapper.text(f"for {node.target} in ")
            wrapper.expression(node.iterable, 2)
        case nodes.Repeat():
            wrapper.text("repeat " if node.until is None else "repeat until ")
            wrapper.expression(_repeated(node), 2)
        case nodes.If():
            wrapper.text("if ")
            wrapper.expression(node.condition, 2)
        case nodes.OpDef():
            wrapper.parameters(node)
        case _:
            wrapper.text(flat.header(node))


def one_line(node: Written) -> str:
    """A whole statement on one line."""
    match node:
        case nodes.If():
            text = f"if {flat.expression(node.condition)} {braces(node.body)}"
            if len(node.otherwise) == 1 and isinstance(node.otherwise[0], nodes.If):
                return f"{text} else {one_line(node.otherwise[0])}"
            return f"{text} else {braces(node.otherwise)}" if node.otherwise else text
        case nodes.For():
            head = f"for {node.target} in {flat.expression(node.iterable)}"
        case nodes.Repeat():
            word = "repeat" if node.until is None else "repeat until"
            head = f"{word} {flat.expression(_repeated(node))}"
        case nodes.Network() | nodes.OpDef() | nodes.Section() | nodes.Encoding() | nodes.Train():
            head = flat.header(node)
        case _:
            return flat.leaf(node)
    return f"{head} {braces(inside(node))}"


def braces(statements: Sequence[Written]) -> str:
    """Statements in braces on one line."""
    if not statements:
        return "{ }"
    separator = "  " if isinstance(statements[0], nodes.Setting) else " ; "
    return f"{{ {separator.join(map(one_line, statements))} }}"
