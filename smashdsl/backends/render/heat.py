"""An encoding tensor as a labelled heat map: a row for each channel, a column for each slice.

Takes plain data. The map is drawn with the engine's own drawing operations, behind an empty graph:
tens of thousands of cells are no nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

import graphviz

from smashdsl.backends.labels import clipped, printable
from smashdsl.backends.render.canvas import text_width
from smashdsl.backends.render.colors import FONT, INK, MUTED, RULE
from smashdsl.backends.render.laid import number
from smashdsl.backends.render.page import Page
from smashdsl.backends.render.shade import character, shade

LABEL = 8.0
SMALL = 7.0
SCALE = 112.0  # what the scale of colours takes to the right of the size, with a gap
EMPTY = shade(-1)


def heat_page(names: Sequence[str], rows: Sequence[Sequence[float]], columns: Sequence[str],
              title: str) -> Page:  # fmt: skip
    """A heat map as a page.

    Args:
        names: the C channels.
        rows: C rows of W values from -1 to 1.
        columns: what each of the W slices belongs to; neighbours with equal labels share one.
        title: what stands above.
    """
    return _Map(names, rows, columns).draw(title)


def heat_text(names: Sequence[str], rows: Sequence[Sequence[float]], columns: Sequence[str],
              title: str) -> str:  # fmt: skip
    """The same map for a terminal, a character for each cell."""
    left = max((len(name) for name in names), default=0)
    lines = [f"{title}: {_size(len(names), len(columns))}; · is -1, █ is 1", ""]
    lines += [
        f"{name:<{left}} {''.join(map(character, row))}"
        for name, row in zip(names, rows, strict=True)
    ]
    key = [f"{start}–{stop - 1}  {label}" for start, stop, label in spans(columns)]
    return "\n".join([*lines, "", "slices", *key]) + "\n"


def rectangles(rows: Sequence[Sequence[float]]) -> int:
    """How many rectangles the map has: neighbours of one colour in a row are one."""
    return sum(color != EMPTY for row in rows for color, _ in groupby(map(shade, row)))


class _Map:
    def __init__(
        self, names: Sequence[str], rows: Sequence[Sequence[float]], columns: Sequence[str]
    ) -> None:
        self.names, self.rows = names, rows
        self.spans = spans(columns)
        self.cell = (10.0 if len(columns) <= 90 else 5.0, 10.0 if len(names) <= 140 else 8.0)
        self.left = max((text_width(name, SMALL) for name in names), default=0.0) + 6
        self.wide = self.cell[0] * len(columns)
        self.parts: list[str] = []

    def draw(self, title: str) -> Page:
        self.label(0, 12, title, size=13)
        size = _size(len(self.names), int(self.wide / self.cell[0]))
        self.label(0, 28, size)
        right = max(self.left + self.wide, text_width(title, 13), text_width(size, LABEL) + SCALE)
        self.scale(right, 28)
        top = 58.0
        self.cells(top)
        bottom = top + self.cell[1] * len(self.rows)
        self.frames(top, bottom)
        end = self.key(bottom + 18)
        dot = graphviz.Digraph("encoding")
        dot.attr("graph", bgcolor="white", pad="0.15")
        dot.body.append(f"\tgraph [_background={self.background()}]\n")
        for name, x, y in (("upper left", 0.0, 0.0), ("lower right", right, end)):
            dot.node(
                name, shape="point", style="invis", width="0.01", pos=f"{number(x)},{number(-y)}"
            )
        return Page(str(dot.source), right, end)

    def background(self) -> str:
        """The drawing operations as one value: short strings joined, since DOT's have a limit."""
        chunks = (self.parts[i : i + 100] for i in range(0, len(self.parts), 100))
        quoted = (" ".join(chunk).replace('"', '\\"') for chunk in chunks)
        return " + ".join(f'"{text} "' for text in quoted)

    def cells(self, top: float) -> None:
        """One rectangle in the colour of -1, and on it those of other values, colour by colour."""
        width, height = self.cell
        others: dict[str, list[str]] = {}
        for index, (name, row) in enumerate(zip(self.names, self.rows, strict=True)):
            x, y = self.left, top + height * index
            self.label(x - 4, y + height - 2.5, name, size=min(SMALL, height - 1.5), align=1)
            for color, same in groupby(map(shade, row)):
                span = width * sum(1 for _ in same)
                if color != EMPTY:
                    others.setdefault(color, []).append(_rectangle(x, y, span, height))
                x += span
        self.fill(EMPTY, [_rectangle(self.left, top, self.wide, height * len(self.rows))])
        for color in sorted(others):
            self.fill(color, others[color])

    def frames(self, top: float, bottom: float) -> None:
        """Thin lines between channels, stronger ones between what slices belong to."""
        width, height = self.cell
        right = self.left + self.wide
        for index in range(len(self.rows) + 1):
            self.line(
                (self.left, top + height * index), (right, top + height * index), "#ffffff", 0.4
            )
        for start, _, _ in (*self.spans, (int(self.wide / width), 0, "")):
            x = self.left + width * start
            self.line((x, top - 4), (x, bottom), RULE, 0.4)
        taken = 0.0
        for index, (start, stop, _) in enumerate(self.spans):
            middle = self.left + width * (start + stop) / 2
            half = text_width(str(index + 1), 6) / 2 + 1
            if middle - half >= taken:
                self.label(middle, top - 3, str(index + 1), size=6, align=0, color=MUTED)
                taken = middle + half

    def key(self, y: float) -> float:
        """What the numbers above the map stand for, in columns; the lower end of it."""
        texts = [
            f"{index + 1}  {label} ({stop - start})"
            for index, (start, stop, label) in enumerate(self.spans)
        ]
        widest = max((text_width(text, SMALL) for text in texts), default=1.0) + 14
        abreast = max(int((self.left + self.wide) / widest), 1)
        down = -(-len(texts) // abreast)
        for index, text in enumerate(texts):
            self.label(widest * (index // down), y + 10 * (index % down), text, size=SMALL)
        return y + 10 * down

    def scale(self, right: float, y: float) -> None:
        for index, value in enumerate((1.0, 0.5, 0.0, -0.5, -1.0)):
            self.fill(shade(value), [_rectangle(right - 40 - 10 * index, y - 8, 10, 8)])
        self.label(right - 84, y - 1, "-1", size=LABEL, align=1)
        self.label(right - 26, y - 1, "1", size=LABEL)

    # Drawing operations -------------------------------------------------------------------

    def fill(self, color: str, shapes: Sequence[str]) -> None:
        self.parts += [f"c 7 -{color} C 7 -{color}", *shapes]

    def line(
        self, start: tuple[float, float], end: tuple[float, float], color: str, width: float
    ) -> None:
        style = f"setlinewidth({width:g})"
        self.parts.append(f"c 7 -{color} S {len(style)} -{style} L 2 {_path((start, end))}")

    def label(self, x: float, y: float, content: str, *, size: float = LABEL, align: int = -1,
              color: str = INK) -> None:  # fmt: skip
        """Text on a baseline: to the right of `x` (-1), around it (0) or to its left (1)."""
        clean = printable(clipped(content, 80)).replace("\\", "�")
        place = f"{number(x)} {number(-y)} {align} {text_width(clean, size):.0f}"
        font = f"F {size:g} {len(FONT)} -{FONT}"
        self.parts.append(f"c 7 -{color} {font} T {place} {len(clean.encode())} -{clean}")


def spans(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """Runs of equal labels as (start, stop, label)."""
    starts = [i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    return [(a, b, labels[a]) for a, b in pairwise([*starts, len(labels)])]


def _size(channels: int, slices: int) -> str:
    return f"{channels} channel{'s' * (channels != 1)}, {slices} slice{'s' * (slices != 1)}"


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return f"P 4 {_path(corners)}"


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)} {number(-y)}" for x, y in points)
