"""The lines of a source that a span covers, ready to be shown with carets under them.

Positions are counted in columns of a terminal: tabs are widened, wide characters take two
columns, characters that would disturb the terminal are shown escaped.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from smashdsl.diagnostics.span import Span

TAB = 4
WIDEST = 120
_BEFORE = 50
_UNSHOWABLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Line:
    """A line to show: `first` and `length` say which columns of `text` are marked."""

    number: int
    text: str
    first: int
    length: int


def excerpt(span: Span) -> list[Line]:
    """The first and, if it is another one, the last line of a span; long lines are cropped."""
    first, _ = span.source.position(span.start)
    last, last_column = span.source.position(span.end)
    if last > first and last_column == 1:
        last -= 1
    lines = [_line(span, first)]
    if last > first:
        lines.append(_line(span, last))
    return lines


def _line(span: Span, number: int) -> Line:
    text = span.source.line(number)
    offset = span.source.line_starts[number - 1]
    blank = len(text) - len(text.lstrip())
    start = min(span.start - offset, len(text)) if span.start >= offset else blank
    end = max(start, min(span.end - offset, len(text.rstrip())))
    left, right = _window(text, start)
    end = min(end, right)
    head, marked, tail = map(printable, (text[left:start], text[start:end], text[end:right]))
    if left:
        head = "…" + head
    shown = _widen(head + marked + tail)
    first = columns(_widen(head))
    length = max(1, columns(_widen(head + marked)) - first)
    return Line(number, shown + ("…" if right < len(text) else ""), first, length)


def _window(text: str, start: int) -> tuple[int, int]:
    """Which characters of a long line to show."""
    if len(text) <= WIDEST:
        return 0, len(text)
    left = max(0, min(start - _BEFORE, len(text) - WIDEST))
    return left, min(len(text), left + WIDEST)


def printable(text: str) -> str:
    """The text with control and direction characters, apart from tabs, written as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) for char in text)


def _escape(char: str) -> str:
    if char == "\t" or unicodedata.category(char) not in _UNSHOWABLE:
        return char
    return (
        char.encode("ascii", "backslashreplace").decode() if ord(char) > 127 else repr(char)[1:-1]
    )


def _widen(text: str) -> str:
    if "\t" not in text:
        return text
    first, *rest = text.split("\t")
    shown = first
    for piece in rest:
        shown += " " * (TAB - columns(shown) % TAB) + piece
    return shown


def columns(text: str) -> int:
    """How many columns of a terminal a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
