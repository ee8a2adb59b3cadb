"""Where lanes run in a panel, for pictures and text alike."""

from __future__ import annotations

from smashdsl.backends.render.score import Panel


def systems(panel: Panel, most: int) -> list[range]:
    """The columns of each system, at most so many; repeated columns stay together."""
    found: list[range] = []
    start = 0
    for run in panel.runs:
        if run.start + run.length - start > most and run.start > start:
            found.append(range(start, run.start))
            start = run.start
    return [*found, range(start, len(panel.columns))]


def filled_spans(panel: Panel) -> list[tuple[int, int]]:
    """From which column each lane's bank holds data (-1: from the start), and up to which it is
    used (the number of columns: to the end)."""
    end = len(panel.columns)
    first = {mark.lane: -1 for mark in panel.enter}
    last = dict(first)
    for index, column in enumerate(panel.columns):
        for mark in (*column.reads, *column.writes):
            first.setdefault(mark.lane, index)
            last[mark.lane] = index
    last.update({mark.lane: end for mark in panel.leave})
    return [(first[lane], last[lane]) for lane in range(len(panel.lanes))]
