"""Comments of a text, and where they stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from smashdsl.syntax import nodes

_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')
_SPACE = re.compile(r"(?:[\s;\ufeff]|#[^\n]*)*")


@dataclass(frozen=True, slots=True)
class Comment:
    """`#` and what follows it, without blanks at the end."""

    text: str
    start: int
    end: int


class Comments:
    """All comments of a text, found by place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.all = [
            Comment(match.group().rstrip(), match.start(), match.end())
            for match in _COMMENT.finditer(text)
            if match.group().startswith("#")
        ]
        self._starts = [comment.start for comment in self.all]

    def within(self, start: int, end: int) -> list[Comment]:
        """The comments that start between two offsets."""
        return self.all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def skip(self, offset: int) -> int:
        """The offset of the next character that is no blank, comment or `;`."""
        match = _SPACE.match(self.text, offset)
        return match.end() if match else offset

    def brace(self, offset: int) -> int:
        """The offset of the next `{` outside comments."""
        while (offset := self.skip(offset)) < len(self.text) and self.text[offset] != "{":
            offset += 1
        return offset


def strip_spans(node: object) -> object:
    """A tree as nested tuples without its spans, for comparing what trees say."""
    if isinstance(node, tuple):
        return tuple(map(strip_spans, node))
    fields = getattr(node, "__dataclass_fields__", None)
    if fields is None:
        return node
    kept = (getattr(node, name) for name in fields if not name.endswith("span"))
    return (type(node).__name__, *map(strip_spans, kept))


def same_meaning(a: nodes.File, b: nodes.File) -> bool:
    """Whether two trees differ only in places."""
    return strip_spans(a) == strip_spans(b)
