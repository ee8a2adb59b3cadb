"""Long chains in several boxes, so that a drawing can be broken into columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from smashdsl.backends.render.fold import Run, find_runs
from smashdsl.backends.render.model import Box, Drawing, Link, Row

LONGEST_BOX = 16
FEWEST_ROWS = 3


def row_runs(rows: Sequence[Row], expand: bool) -> tuple[Run, ...]:
    """The repeated rows of a box; `expand` lets every row stand alone."""
    return find_runs(rows, len(rows) + 1 if expand else FEWEST_ROWS)


def split_long(drawing: Drawing, expand: bool) -> Drawing:
    """The same drawing with at most `LONGEST_BOX` rows in a box, repeats counted once."""
    boxes: list[Box] = []
    links: list[Link] = []
    last: dict[str, str] = {}
    for box in drawing.boxes:
        first, *rest = _pieces(box.rows, expand) if box.shape == "chain" else [box.rows]
        pieces = [replace(box, rows=first)]
        pieces += [
            replace(box, name=f"{box.name}.{i}", rows=rows, title="")
            for i, rows in enumerate(rest, 2)
        ]
        boxes += pieces
        last[box.name] = pieces[-1].name
        links += [Link(a.name, b.name) for a, b in pairwise(pieces)]
    links += [replace(link, source=last[link.source]) for link in drawing.links]
    return Drawing(tuple(boxes), tuple(links))


def _pieces(rows: Sequence[Row], expand: bool) -> list[list[Row]]:
    pieces: list[list[Row]] = [[]]
    shown = 0
    for run in row_runs(rows, expand):
        if shown and shown + run.length > LONGEST_BOX:
            pieces.append([])
            shown = 0
        pieces[-1] += rows[run.origin : run.origin + run.length * run.times]
        shown += run.length
    return pieces
