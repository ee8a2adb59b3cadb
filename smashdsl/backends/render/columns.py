"""Breaking a tall drawing into columns that stand side by side.

Takes the boxes in order with their heights, gives the column of each. A break prefers a place where
few values are still to be used, between two sections, and falls into no repeated part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smashdsl.backends.render.model import Box, Drawing

GAP = 26.0
COLUMN_WIDTH = 280.0
_VALUE = 0.12
_INSIDE_SECTION = 0.15


def columns(
    drawing: Drawing, heights: Mapping[str, float], units: Mapping[str, str]
) -> dict[str, int]:
    """The column of every box, from 0.

    `heights` are in points; boxes of one `units` text must stay together.
    """
    tops, total = _tops(drawing, heights)
    abreast = sum(heights.values()) / max(total - GAP * len(drawing.boxes), 1.0)
    count = max(1, round((total / (COLUMN_WIDTH * max(abreast, 1.0))) ** 0.5))
    breaks = _breaks(drawing, tops, total, count, units)
    column: dict[str, int] = {}
    for index, box in enumerate(drawing.boxes):
        column[box.name] = sum(index >= at for at in breaks)
    return column


def _tops(drawing: Drawing, heights: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Where each box begins when every box stands right below those it uses."""
    sources = drawing.sources()
    tops: dict[str, float] = {}
    total = 0.0
    for box in drawing.boxes:
        tops[box.name] = max((tops[s] + heights[s] + GAP for s in sources[box.name]), default=0.0)
        total = max(total, tops[box.name] + heights[box.name])
    return tops, total


def _breaks(drawing: Drawing, tops: Mapping[str, float], total: float, count: int,
            units: Mapping[str, str]) -> list[int]:  # fmt: skip
    boxes = drawing.boxes
    live = [values for values, _ in drawing.crossings()]
    allowed = [
        i for i in range(1, len(boxes))
        if not units[boxes[i].name] or units[boxes[i].name] != units[boxes[i - 1].name]
    ]  # fmt: skip
    breaks: list[int] = []
    for number in range(1, count):
        target = total * number / count
        free = [i for i in allowed if not breaks or i > breaks[-1]]
        if not free:
            break
        best = min(free, key=lambda i: _cost(boxes, i, tops, target, total / count, live))
        if abs(tops[boxes[best].name] - target) < 0.5 * total / count:
            breaks.append(best)
    return breaks


def _cost(boxes: Sequence[Box], i: int, tops: Mapping[str, float], target: float, height: float,
          live: Sequence[int]) -> float:  # fmt: skip
    away = abs(tops[boxes[i].name] - target) / height
    inside = boxes[i].section == boxes[i - 1].section
    return away + _VALUE * (live[i] - 1) + _INSIDE_SECTION * inside
