"""Text tables: columns as wide as their cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

GAP = "  "


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = (), widest: int = 72) -> str:
    """Rows of cells as lines, the columns of `right` aligned to the right.

    Every row has as many cells; those longer than `widest` are cut.
    """
    cut = [[_cut(cell, widest) for cell in row] for row in rows]
    widths = [max(map(_columns, column)) for column in zip(*cut, strict=True)]
    lines = []
    for row in cut:
        spaces = [" " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [
            space + cell if i in right else cell + space
            for i, (cell, space) in enumerate(zip(row, spaces, strict=True))
        ]
        lines.append(GAP.join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _cut(cell: str, widest: int) -> str:
    return cell if len(cell) <= widest else cell[: widest - 1] + "…"


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
