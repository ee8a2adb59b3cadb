"""Comments of a text, and where they stand."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')
_SPACE = re.compile(r"(?:[\s;\ufeff]++|#[^\n]*+)*+")


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
