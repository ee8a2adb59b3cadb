"""The programs that no other beats at both score and cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from smashdsl.backends.plot import Panel, scatter
from smashdsl.search.ledger import Entry

COSTS = ("params", "flops", "depth")


def front(entries: Iterable[Entry], cost: str) -> list[Entry]:
    """The Pareto front, cheapest first: each has a higher score than all that cost no more.

    Args:
        entries: scored programs; those whose outputs are not finite are left out.
        cost: `params`, `flops` or `depth`.

    Raises:
        ValueError: there is no such cost.
    """
    if cost not in COSTS:
        raise ValueError(f"a front is one of score and {', '.join(COSTS)}, not {cost!r}")
    best, found = float("-inf"), []
    for entry in sorted(entries, key=lambda each: (getattr(each, cost), -each.score.score)):
        if entry.score.score > best:
            best = entry.score.score
            found.append(entry)
    return found


def picture(path: Path, entries: Sequence[Entry], cost: str, title: str) -> None:
    """Write a picture of scores and costs, with the front as a line.

    Raises:
        SmashError: E938 matplotlib is missing, E920 to E922 it cannot be written.
    """
    order = {entry.hash: place for place, entry in enumerate(entries)}
    line = [order[entry.hash] for entry in front(entries, cost)]
    x = [getattr(entry, cost) for entry in entries]
    scatter(path, [Panel(x, [entry.score.score for entry in entries], title, cost, "score", line)])
