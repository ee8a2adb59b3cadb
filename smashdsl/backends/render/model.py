"""The layer view's data: boxes of stages and the values that pass between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One stage: its kind, what it does and its output's shape."""

    kind: str
    label: str
    shape: str


@dataclass
class Box:
    """Something that is drawn as one node.

    `shape` is `chain` (stages, titled with the user-defined operation whose stages they are),
    `join` (a combination of values; `joined` is the number of banks that it writes), `banks` (what
    a layer reads or writes, by name) or `end` (the network's input or output).
    """

    name: str
    shape: str
    section: str
    layer: str
    title: str = ""
    rows: list[Row] = field(default_factory=list)
    joined: int = 1


@dataclass(frozen=True)
class Link:
    """A value from one box to another, or only their order in time."""

    source: str
    target: str
    order: bool = False


@dataclass(frozen=True)
class Drawing:
    """Boxes in order of execution, and the links between them."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]

    def sources(self) -> Mapping[str, list[str]]:
        """The boxes that each box has links from."""
        sources: dict[str, list[str]] = {box.name: [] for box in self.boxes}
        for link in self.links:
            sources[link.target].append(link.source)
        return sources

    def crossings(self) -> list[tuple[int, int]]:
        """For the place before each box: how many values, and how many links, pass it."""
        index = {box.name: i for i, box in enumerate(self.boxes)}
        last: dict[str, int] = {}
        values, links = ([0] * (len(self.boxes) + 1) for _ in range(2))
        for link in self.links:
            start, end = index[link.source], index[link.target]
            if not link.order:
                last[link.source] = max(last.get(link.source, 0), end)
            links[start + 1] += 1
            links[end + 1] -= 1
        for name, end in last.items():
            values[index[name] + 1] += 1
            values[end + 1] -= 1
        return list(zip(_running(values), _running(links), strict=True))[: len(self.boxes)]


def _running(changes: list[int]) -> list[int]:
    total, sums = 0, []
    for change in changes:
        total += change
        sums.append(total)
    return sums
