"""Statements, comments and blank lines as the lines of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from smashdsl.syntax import nodes
from smashdsl.syntax.format.blocks import (
    Block,
    Braced,
    Written,
    braces,
    header_end,
    inside,
    one_line,
    write_header,
)
from smashdsl.syntax.format.comments import Comment, Comments
from smashdsl.syntax.format.wrap import WIDTH, Breaks, Wrapper

INDENT = 2
_GAP = 2


@dataclass(slots=True)
class Line:
    """A line of the result; `column` is where the comment at its end stood."""

    text: str
    comment: str = ""
    column: int = 0

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())


class Page:
    """Writes the statements of one text, with its comments, into `lines`."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.comments = Comments(text)
        self.breaks = Breaks(text)
        self.lines: list[Line] = []

    def text(self) -> str:
        """All lines, the comments at their ends lined up."""
        lines = [text for run in self._runs() for text in _lined_up(run)]
        return "".join(f"{line.rstrip()}\n" for line in lines)

    def _runs(self) -> Iterator[list[Line]]:
        """Neighbouring lines whose comments belong together."""
        for _, run in groupby(self.lines, _kind):
            yield list(run)

    # Rows ---------------------------------------------------------------------------------

    def rows(self, statements: Sequence[Written], start: int, end: int, indent: int) -> None:
        """The statements between two offsets, with the comments and blank lines among them."""
        at, fresh = start, True
        for i, statement in enumerate(statements):
            at, fresh = self._between(at, statement.span.start, indent, fresh)
            self._blank(at, statement.span.start, fresh)
            both = isinstance(statement, nodes.Chain) and i + 1 < len(statements)
            separator = " ;" if both and isinstance(statements[i + 1], nodes.Chain) else ""
            self._statement(statement, indent, len(separator))
            self.lines[-1].text += separator
            at, fresh = statement.span.end, False
        self._between(at, end, indent, fresh)

    def _between(self, start: int, end: int, indent: int, fresh: bool) -> tuple[int, bool]:
        """The comments between two statements: one beside the first, others on their own lines."""
        at = start
        for comment in self.comments.within(start, end):
            if not fresh and "\n" not in self.source[at : comment.start]:
                self._beside(comment)
            else:
                self._blank(at, comment.start, fresh)
                self.lines.append(Line(" " * indent + comment.text))
            at, fresh = comment.end, False
        return at, fresh

    def _beside(self, comment: Comment) -> None:
        line = self.lines[-1]
        begin = self.source.rfind("\n", 0, comment.start) + 1
        code = self.source[begin : comment.start].expandtabs()
        line.comment = comment.text
        line.column = len(code) + line.indent - (len(code) - len(code.lstrip()))

    def _blank(self, start: int, end: int, fresh: bool) -> None:
        if not fresh and self.source.count("\n", start, end) > 1:
            self.lines.append(Line(""))

    # Statements ---------------------------------------------------------------------------

    def _statement(self, statement: Written, indent: int, tail: int) -> None:
        if not isinstance(statement, Block):
            if self.comments.within(statement.span.start, statement.span.end):
                self._verbatim(statement, indent)
            else:
                wrapper = Wrapper(self.breaks, indent)
                wrapper.leaf(statement, tail)
                self._add(wrapper)
        elif self._spread(statement.span.start, statement.span.end) or not self._short(
            one_line(statement), indent
        ):
            if isinstance(statement, nodes.If):
                self._choice(statement, indent)
            else:
                self._block(statement, indent)

    def _add(self, wrapper: Wrapper) -> None:
        self.lines += map(Line, wrapper.lines)

    def _spread(self, start: int, end: int) -> bool:
        """Whether something was written over several lines."""
        return self.source.find("\n", start, end) >= 0

    def _short(self, text: str, indent: int) -> bool:
        """Write something on one line if it fits."""
        if indent + len(text) > WIDTH:
            return False
        self.lines.append(Line(" " * indent + text))
        return True

    def _verbatim(self, statement: Written, indent: int) -> None:
        """The lines as they were written, moved as a whole to their indentation."""
        span = statement.span
        begin = self.source.rfind("\n", 0, span.start) + 1
        shift = indent - len(self.source[begin : span.start].expandtabs())
        first, *rest = self.source[span.start : span.end].split("\n")
        self.lines.append(Line(" " * indent + first.rstrip()))
        for line in rest:
            code = line.strip()
            depth = len(line.expandtabs()) - len(line.expandtabs().lstrip())
            self.lines.append(Line(" " * max(0, depth + shift) + code if code else ""))

    # Braces -------------------------------------------------------------------------------

    def _block(self, node: Braced, indent: int) -> None:
        brace = self.comments.brace(header_end(node))
        if self.comments.within(node.span.start, brace):
            self._verbatim(node, indent)
            return
        wrapper = Wrapper(self.breaks, indent)
        write_header(wrapper, node)
        self._add(wrapper)
        self._body(inside(node), brace, node.span.end - 1, indent)

    def _body(self, statements: Sequence[Written], brace: int, end: int, indent: int) -> None:
        """`{`, the statements between two offsets, and `}`."""
        self.lines[-1].text += " {"
        start = brace + 1
        for comment in self.comments.within(brace, end)[:1]:
            if not self.source[start : comment.start].strip(" \t"):
                self._beside(comment)
                start = comment.end
        self.rows(statements, start, end, indent + INDENT)
        self.lines.append(Line(" " * indent + "}"))

    def _choice(self, node: nodes.If, indent: int, prefix: str = "") -> None:
        """An `if` with its `else`s; `prefix` is what stands before it on its line."""
        brace, end, other = self._joints(node)
        if not prefix and self._comments_in_joints(node):
            self._verbatim(node, indent)
            return
        short = not self._spread(node.span.start, end)
        if short:
            alone = one_line(nodes.If(node.condition, node.body, (), node.span))
            short = self._short(f"{prefix}{alone}", indent)
        if not short:
            wrapper = Wrapper(self.breaks, indent)
            wrapper.text(prefix)
            write_header(wrapper, node)
            self._add(wrapper)
            self._body(node.body, brace, end, indent)
        if other:
            if not short:
                self.lines.pop()
            self._otherwise(node, other, indent, "else " if short else "} else ")

    def _otherwise(self, node: nodes.If, start: int, indent: int, prefix: str) -> None:
        """The part of an `if` that starts at the offset after its `else`."""
        chained = node.otherwise[0] if node.otherwise else None
        if isinstance(chained, nodes.If) and chained.span.start == start:
            self._choice(chained, indent, prefix)
        elif self._spread(start, node.span.end) or not self._short(
            prefix + braces(node.otherwise), indent
        ):
            self.lines.append(Line(" " * indent + prefix.rstrip()))
            self._body(node.otherwise, start, node.span.end - 1, indent)

    def _joints(self, node: nodes.If) -> tuple[int, int, int]:
        """The offsets of the `{` and `}` of an `if`, and of what follows its `else` (or 0)."""
        brace = self.comments.brace(header_end(node))
        end = self.comments.skip(node.body[-1].span.end if node.body else brace + 1)
        if end == node.span.end - 1:
            return brace, end, 0
        return brace, end, self.comments.skip(self.comments.skip(end + 1) + len("else"))

    def _comments_in_joints(self, node: nodes.If) -> bool:
        """Whether a comment stands in a header or beside an `else`."""
        brace, end, other = self._joints(node)
        if self.comments.within(node.span.start, brace):
            return True
        if not other:
            return False
        chained = node.otherwise[0] if node.otherwise else None
        nested = isinstance(chained, nodes.If) and chained.span.start == other
        return bool(self.comments.within(end, other)) or (
            nested and isinstance(chained, nodes.If) and self._comments_in_joints(chained)
        )


def _kind(line: Line) -> tuple[bool, int, bool]:
    return bool(line.comment), line.indent, line.text.endswith("{")


def _lined_up(run: list[Line]) -> list[str]:
    """The texts of neighbouring lines, their comments in one column where there is room.

    Comments that were lined up already stay where they are.
    """
    if not run[0].comment:
        return [line.text for line in run]
    least = max(len(line.text) for line in run) + _GAP
    written = {line.column for line in run}
    if len(written) == 1 and min(written) >= least:
        least = min(written)
    elif least + max(len(line.comment) for line in run) > WIDTH:
        return [f"{line.text}{' ' * _GAP}{line.comment}" for line in run]
    return [f"{line.text:<{least}}{line.comment}" for line in run]
