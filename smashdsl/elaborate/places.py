"""Names of places in a text and the texts it uses.

A place is named by the number of words before it, and by the number of its file in the order of
`use`: neither comments nor layout nor names of files change it. Every stage, layer and section
begins with a word, so no two places have one name.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax.lexer import words


class Places:
    """Names of places in these sources, of which the first is the main one."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._numbers = {source: number for number, source in enumerate(sources)}
        self._words: dict[Source, list[int]] = {}
        self._names: dict[tuple[Source, int], str] = {}

    def name(self, span: Span) -> str:
        """`12` for the twelfth word of the main source (from 0), `1@12` in the first that it
        uses."""
        key = (span.source, span.start)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = self._named(*key)
        return found

    def _named(self, source: Source, start: int) -> str:
        if source not in self._words:
            self._words[source] = words(source.text)
        number, word = self._numbers[source], bisect_left(self._words[source], start)
        return f"{number}@{word}" if number else str(word)
