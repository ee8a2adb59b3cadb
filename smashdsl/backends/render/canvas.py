"""Exact drawing with a layout engine: shapes at given places, written as pinned DOT.

Coordinates are points from the upper left, as in SVG; DOT counts from the lower left, so `y`
changes its sign on the way out. Shapes are nodes, lines are edges with the path they take, and
either may carry a name of its own, so that the text is a graph as well as a picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import graphviz

from smashdsl.backends.render import html
from smashdsl.backends.render.colors import FONT, INK, RULE
from smashdsl.backends.render.laid import number

Point = tuple[float, float]
ARROW = 5.0
PAGE = "page"


def text_width(content: str, size: float) -> float:
    """An upper estimate of a text's width in points, for any of the usual sans-serif fonts."""
    return size * sum(_width(char) for char in content)


def _width(char: str) -> float:
    """The widest of a character in those fonts, in ems."""
    if char in "iIjl.,:;'|! ":
        return 0.35
    if char in "ftr()[]{}-/":
        return 0.43
    if char in "mwMW×→…–%@+=<>" or char > "\u2000":
        return 0.95
    return 0.7 if char.isupper() else 0.63


class Canvas:
    """A page that grows with what is drawn on it; what is drawn first lies below. `tips` say more
    of what has a name."""

    def __init__(self, name: str) -> None:
        self.dot = graphviz.Digraph(html.identifier(name))
        self.dot.attr("graph", fontname=FONT, pad="0.2", bgcolor="white", outputorder="edgesfirst")
        self.dot.attr("node", fontname=FONT, fontcolor=INK, fixedsize="true", color=RULE, label="",
                      margin="0", penwidth="0.8")  # fmt: skip
        self.dot.attr("edge", arrowhead="none", arrowsize="0.5", color=RULE, penwidth="0.8")
        self.dot.node(PAGE, shape="point", style="invis", width="0.01", pos="0,0")
        self.count = 0
        self.tips: dict[str, str] = {}

    def fresh(self, prefix: str) -> str:
        """A name for something that has none."""
        self.count += 1
        return f"{prefix}{self.count}"

    def rectangle(self, x: float, y: float, width: float, height: float, *, name: str = "",
                  label: str = "", style: str = "filled", **attrs: str) -> str:  # fmt: skip
        """A rectangle from its upper left corner; `label` is HTML-like and stands in the middle."""
        name = name or self.fresh("r")
        more = {"label": f"<{label}>"} if label else {}
        self.dot.node(name, shape="box", style=style, pos=_point(x + width / 2, y + height / 2),
                      width=_inches(width), height=_inches(height), **more, **attrs)  # fmt: skip
        return name

    def sign(self, x: float, y: float, size: float, shape: str, *, label: str = "",
             font: float = 8, **attrs: str) -> str:  # fmt: skip
        """A small shape (`circle`, `square`, `triangle`, …) around a point."""
        name = self.fresh("m")
        more = {"label": f"<{html.text(label, size=font)}>"} if label else {}
        self.dot.node(name, shape=shape, style="filled", pos=_point(x, y), width=_inches(size),
                      height=_inches(size), **more, **attrs)  # fmt: skip
        return name

    def text(self, x: float, y: float, content: str, *, size: float = 9, width: float = 0,
             align: str = "left", color: str = "", bold: bool = False,
             name: str = "") -> str:  # fmt: skip
        """A line of text in a field whose left edge is at `x` and whose middle is at `y`."""
        width = width or text_width(content, size)
        cell = html.text(content, size=size, color=color, bold=bold)
        return self.field(x, y, cell, width, size * 1.5, align, name)

    def field(self, x: float, y: float, label: str, width: float, height: float,
              align: str = "left", name: str = "") -> str:  # fmt: skip
        """HTML-like text in a field whose left edge is at `x` and whose middle is at `y`."""
        name = name or self.fresh("t")
        size = f'fixedsize="true" width="{number(width)}" height="{number(height)}"'
        table = (
            f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="0" {size}>'
            f'<tr><td align="{align}" {size}>{label}</td></tr></table>>'
        )
        self.dot.node(name, label=table, shape="none", pos=_point(x + width / 2, y),
                      width=_inches(width), height=_inches(height))  # fmt: skip
        return name

    def line(self, points: Sequence[Point], *, ends: tuple[str, str] = (PAGE, PAGE),
             arrow: bool = False, **attrs: str) -> None:  # fmt: skip
        """A line through points; `ends` are the nodes that it joins, where it joins any."""
        tip = points[-1]
        if arrow:
            points = [*points[:-1], _before(points[-2], tip, ARROW)]
        path = [_point(*points[0])]
        for start, end in pairwise(points):
            path += [_point(*start), _point(*end), _point(*end)]
        head = {"arrowhead": "normal"} if arrow else {}
        mark = [f"e,{_point(*tip)}"] if arrow else []
        self.dot.edge(*ends, pos=" ".join([*mark, *path]), **head, **attrs)

    def panel(
        self, name: str, x: float, y: float, width: float, height: float, **attrs: str
    ) -> None:
        """A rectangle below everything else: a cluster with its bounding box."""
        corners = (x, -(y + height), x + width, -y)
        inner = graphviz.Digraph(f"cluster {name}")
        inner.attr("graph", bb=",".join(map(number, corners)), label="", **attrs)
        self.dot.subgraph(inner)

    def tip(self, name: str, said: str) -> None:
        """What is said where the pointer rests on something of that name."""
        self.tips[name] = said

    @property
    def source(self) -> str:
        return str(self.dot.source)


def _point(x: float, y: float) -> str:
    return f"{number(x)},{number(-y)}"


def _before(start: Point, end: Point, distance: float) -> Point:
    """The point so far before the end of a line."""
    length = math.dist(start, end) or 1.0
    part = distance / length
    return end[0] + (start[0] - end[0]) * part, end[1] + (start[1] - end[1]) * part


def _inches(points: float) -> str:
    return f"{points / 72:.4f}".rstrip("0").rstrip(".")
