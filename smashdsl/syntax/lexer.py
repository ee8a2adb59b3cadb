"""Text to tokens, by the pattern of the grammar alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Self

from smashdsl.syntax.table import END, load_table


class Token(str):
    """A piece of text with its type and place; lines and columns count from 1."""

    __slots__ = ("column", "end", "line", "start", "type")

    type: str
    start: int
    end: int
    line: int
    column: int

    def __new__(cls, kind: str, text: str, start: int, end: int, line: int, column: int) -> Self:
        token = str.__new__(cls, text)
        token.type = kind
        token.start = start
        token.end = end
        token.line = line
        token.column = column
        return token

    def made(self, kind: str, text: str) -> Token:
        """A token that was not written, at the place of this one."""
        return Token(kind, text, self.start, self.end, self.line, self.column)


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(load_table().pattern)


def scan(text: str) -> Iterator[Token]:
    """The tokens of a text, mistakes among them as BAD tokens, and an END token."""
    table = load_table()
    ignored, keywords = frozenset(table.ignored), table.keywords
    line, line_start = 1, 0
    for match in _pattern().finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span()
        if kind in ignored:
            if breaks := text.count("\n", start, end):
                line += breaks
                line_start = text.rfind("\n", start, end) + 1
            continue
        value = match.group()
        if kind == "NAME":
            kind = keywords.get(value, kind)
        yield Token(kind, value, start, end, line, start - line_start + 1)
    yield Token(END, "", len(text), len(text), line, len(text) - line_start + 1)


def words(text: str) -> list[int]:
    """Where each name and keyword of a text starts."""
    found = _pattern().finditer(text)
    return [match.start() for match in found if match.lastgroup == "NAME"]
