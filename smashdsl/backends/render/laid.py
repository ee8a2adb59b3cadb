"""Laid-out graphs: where the engine put things, and moving them.

Takes the engine's JSON (`json0`), gives positions as DOT attributes want them, in points with the
origin at the lower left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Laid:
    """Positions of one laid-out graph: nodes and edges as `pos`, clusters as `bb` and `lp`."""

    width: float
    height: float
    nodes: dict[str, str]
    edges: dict[tuple[str, str], str]
    clusters: dict[str, dict[str, str]]

    def moved(self, x: float, y: float) -> Laid:
        """The same graph, so much further right and up."""
        return Laid(
            self.width,
            self.height,
            {name: move(pos, x, y) for name, pos in self.nodes.items()},
            {ends: move(pos, x, y) for ends, pos in self.edges.items()},
            {
                name: {key: move_pairs(value, x, y) for key, value in place.items()}
                for name, place in self.clusters.items()
            },
        )


def read_laid(text: bytes) -> Laid:
    """The positions in the engine's JSON output."""
    data = json.loads(text)
    _, _, width, height = map(float, data["bb"].split(","))
    nodes: dict[str, str] = {}
    clusters: dict[str, dict[str, str]] = {}
    names: dict[int, str] = {}
    for thing in data.get("objects", ()):
        names[thing["_gvid"]] = thing["name"]
        if "pos" in thing:
            nodes[thing["name"]] = thing["pos"]
        elif "bb" in thing:
            clusters[thing["name"]] = {key: thing[key] for key in ("bb", "lp") if key in thing}
    edges = {
        (names[edge["tail"]], names[edge["head"]]): edge["pos"] for edge in data.get("edges", ())
    }
    return Laid(width, height, nodes, edges, clusters)


def move(pos: str, x: float, y: float) -> str:
    """A `pos` attribute moved: points apart by spaces, the ends marked `s,` and `e,`."""
    return " ".join(_move_point(point, x, y) for point in pos.split())


def _move_point(point: str, x: float, y: float) -> str:
    *mark, left, up = point.split(",")
    return ",".join((*mark, number(float(left) + x), number(float(up) + y)))


def move_pairs(numbers: str, x: float, y: float) -> str:
    """A list of coordinates (`x,y,x,y`) moved."""
    values = [float(part) for part in numbers.split(",")]
    return ",".join(number(v + (y if i % 2 else x)) for i, v in enumerate(values))


def number(value: float) -> str:
    """A coordinate with two digits at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
