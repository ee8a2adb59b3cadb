"""Guessing which name was meant."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, or None when none is alike.

    Alike means: at most one edit (insert, drop, replace or swap neighbours) for every three
    characters. Of several equally near, the first in alphabetical order.

    >>> did_you_mean("rleu", ["conv", "relu"])
    'relu'
    """
    if len(name) > _LONGEST:
        return None
    allowed = max(1, len(name) // 3)
    best: tuple[int, str] | None = None
    for candidate in sorted(set(candidates)):
        if abs(len(candidate) - len(name)) > allowed or candidate == name:
            continue
        edits = _distance(name.lower(), candidate.lower())
        if edits <= allowed and (best is None or edits < best[0]):
            best = edits, candidate
    return best[1] if best else None


def _distance(a: str, b: str) -> int:
    """The Damerau-Levenshtein distance with adjacent swaps."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
