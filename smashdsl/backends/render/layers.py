"""The layer view as DOT: boxes of stages, sections as clusters, repeats as dashed frames.

A tall network is broken into columns. Each column is laid out alone and they are put side by side;
a value that goes on in another column ends in a lettered disc and starts there from one like it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import graphviz

from smashdsl.backends.labels import clipped
from smashdsl.backends.render import html
from smashdsl.backends.render.boxes import drawing
from smashdsl.backends.render.canvas import text_width
from smashdsl.backends.render.colors import FAINT, FONT, INK, KINDS, MUTED, PANEL, RULE, TINT
from smashdsl.backends.render.columns import columns
from smashdsl.backends.render.fold import Folded
from smashdsl.backends.render.laid import Laid, number, read_laid
from smashdsl.backends.render.model import Box, Link
from smashdsl.backends.render.page import Page
from smashdsl.backends.render.places import Frame, Places
from smashdsl.backends.render.split import row_runs, split_long
from smashdsl.backends.render.text import facts
from smashdsl.plan import Costs, build_plan

ROW_HEIGHT = 20.0
GUTTER = 28.0
_SYMBOLS = {"sum": "+", "mul": "×"}
ORDER = {"style": "dotted", "arrowhead": "none"}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def layers_page(picture: LayerPicture, lay_out: Callable[[Sequence[str]], list[bytes]]) -> Page:
    """A picture in columns as a page.

    `lay_out` lays DOT texts out and gives the engine's JSON for each.
    """
    texts = [picture.part(column) for column in range(picture.count)]
    laid = [read_laid(text) for text in lay_out([*texts, picture.heading()])]
    return picture.composed(laid[:-1], laid[-1])


class LayerPicture:
    """The boxes of a folded program with their columns, ready to be written as DOT.

    `costs` are those of the whole program; `expand` also keeps repeated stages apart.
    """

    def __init__(self, folded: Folded, costs: Costs, *, expand: bool) -> None:
        self.folded = folded
        self.costs = costs
        self.places = Places(folded)
        self.drawing = split_long(drawing(build_plan(folded.program)), expand)
        self.runs = {box.name: row_runs(box.rows, expand) for box in self.drawing.boxes}
        heights = {box.name: self.height(box) for box in self.drawing.boxes}
        units = {box.name: self.places.unit(box.section, box.layer) for box in self.drawing.boxes}
        self.column = columns(self.drawing, heights, units)
        self.chains = {box.name for box in self.drawing.boxes if box.shape == "chain"}
        self.straight = self.straight_links()
        self.count = max(self.column.values()) + 1

    def height(self, box: Box) -> float:
        rows = sum(run.length for run in self.runs[box.name])
        return ROW_HEIGHT * (rows + bool(box.title))

    # Texts --------------------------------------------------------------------------------

    def whole(self) -> str:
        """The picture in one piece, for an engine to lay out."""
        dot = self.graph(label=self.label(columns=1))
        write_boxes(dot, self, self.drawing.boxes, lambda _: 0)
        for link in self.drawing.links:
            style = ORDER if link.order else {}
            dot.edge(link.source, link.target, **style, **self.ports(link.source, link.target))
        return str(dot.source)

    def part(self, column: int) -> str:
        """One column, for an engine to lay out."""
        dot = self.graph()
        self.fill(dot, column, None)
        return str(dot.source)

    def heading(self) -> str:
        dot = self.graph()
        dot.node("heading", self.label(self.count))
        return str(dot.source)

    def composed(self, parts: Sequence[Laid], heading: Laid) -> Page:
        """The columns side by side below the heading, with every position given."""
        dot = self.graph()
        wide = sum(part.width for part in parts) + GUTTER * (len(parts) - 1)
        tall = max(part.height for part in parts)
        middle = max(wide, heading.width) / 2
        top = number(tall + GUTTER / 2 + heading.height / 2)
        dot.node("heading", self.label(self.count), pos=f"{number(middle)},{top}")
        left = middle - wide / 2
        for column, part in enumerate(parts):
            self.fill(dot, column, part.moved(left, tall - part.height))
            left += part.width + GUTTER
        tips = {box.name: said(box) for box in self.drawing.boxes}
        return Page(str(dot.source), 2 * middle, tall + GUTTER + heading.height, tips)

    def graph(self, **more: str) -> graphviz.Digraph:
        dot = graphviz.Digraph(html.identifier(self.folded.program.name))
        dot.attr("graph", rankdir="TB", nodesep="0.25", ranksep="0.28", pad="0.15", fontname=FONT,
                 fontcolor=INK, labelloc="t", bgcolor="white", **more)  # fmt: skip
        dot.attr("node", shape="plain", fontname=FONT, fontcolor=INK, fontsize="10", color=RULE,
                 fillcolor="white")  # fmt: skip
        dot.attr("edge", color=MUTED, arrowsize="0.55", penwidth="0.9")
        return dot

    def label(self, columns: int) -> str:
        present = {row.kind for box in self.drawing.boxes for row in box.rows} - {"input"}
        kinds = [*(k for k in KINDS if k in present), *sorted(present - set(KINDS))]
        name = clipped(self.folded.program.name, 60)
        return html.header(name, facts(self.costs), kinds, 3 if columns == 1 else 8)

    # One column ---------------------------------------------------------------------------

    def fill(self, dot: graphviz.Digraph, column: int, laid: Laid | None) -> None:
        """Write a column's boxes, connectors and links, pinned where it was laid out already."""
        boxes = [box for box in self.drawing.boxes if self.column[box.name] == column]
        write_boxes(dot, self, boxes, self.column.__getitem__, laid)
        letters, links = self.connected(column)
        for name, letter in letters.items():
            dot.node(name, letter, shape="circle", style="filled", fillcolor=MUTED,
                     fontcolor="white", width="0.22", fixedsize="true", fontsize="9",
                     **pinned(laid, name))  # fmt: skip
        for source, target, order in links:
            at = {"pos": laid.edges[source, target]} if laid else self.ports(source, target)
            dot.edge(source, target, **(ORDER if order else {}), **at)

    def ports(self, source: str, target: str) -> dict[str, str]:
        """Links enter boxes of stages above, in the middle; those of the main path run straight."""
        port = {"headport": "n"} if target in self.chains else {}
        return {**port, "weight": "8"} if (source, target) in self.straight else port

    def straight_links(self) -> set[tuple[str, str]]:
        """Links from a box to the next one, except to and from boxes that stand side by side."""
        targets: dict[str, set[str]] = {}
        for link in self.drawing.links:
            targets.setdefault(link.source, set()).add(link.target)
        chains = (found & self.chains for found in targets.values())
        abreast = {name for found in chains if len(found) > 1 for name in found}
        names = [box.name for box in self.drawing.boxes]
        return {
            (box, then)
            for box, then in pairwise(names)
            if then in targets.get(box, ()) and not {box, then} & abreast
        }

    def connected(self, column: int) -> tuple[dict[str, str], list[tuple[str, str, bool]]]:
        """The connectors of a column with their letters, and the links between its nodes."""
        across = [link for link in self.drawing.links if self.crosses(link)]
        letters = {
            name: letter(i) for i, name in enumerate(dict.fromkeys(s.source for s in across))
        }
        shown: dict[str, str] = {}
        links: dict[tuple[str, str, bool], None] = {}
        for link in self.drawing.links:
            here = self.column[link.source] == column, self.column[link.target] == column
            if all(here):
                links[link.source, link.target, link.order] = None
            elif any(here) and not link.order:
                mark = letters[link.source]
                name = f"{'to' if here[0] else 'from'} {mark} {column}"
                shown[name] = mark
                ends = (link.source, name) if here[0] else (name, link.target)
                links[*ends, False] = None
        return shown, list(links)

    def crosses(self, link: Link) -> bool:
        return not link.order and self.column[link.source] != self.column[link.target]


def said(box: Box) -> str:
    """A box in words: where it is, and its stages with their shapes."""
    rows = [f"{row.label} → {row.shape}" if row.shape else row.label for row in box.rows]
    return f"{box.layer or box.section}: {'; '.join(rows)}"


def letter(index: int) -> str:
    """A, B, … Z, A1, B1, …"""
    round_, place = divmod(index, len(_LETTERS))
    return _LETTERS[place] + (str(round_) if round_ else "")


def pinned(laid: Laid | None, name: str) -> dict[str, str]:
    return {"pos": laid.nodes[name]} if laid else {}


# Boxes ----------------------------------------------------------------------------------------


def write_boxes(dot: graphviz.Digraph, picture: LayerPicture, boxes: Iterable[Box],
                column: Callable[[str], int], laid: Laid | None = None) -> None:  # fmt: skip
    """Write boxes within the frames of their sections and repeats, in order."""
    frames: list[tuple[Frame, graphviz.Digraph]] = []

    def close(depth: int) -> None:
        while len(frames) > depth:
            _, inner = frames.pop()
            (frames[-1][1] if frames else dot).subgraph(inner)

    for box in boxes:
        around = picture.places.frames(box.section, box.layer, column(box.name))
        shared = 0
        while shared < min(len(around), len(frames)) and around[shared] == frames[shared][0]:
            shared += 1
        close(shared)
        for frame in around[shared:]:
            name = f"cluster {frame.name}"
            inner = graphviz.Digraph(name)
            inner.attr("graph", **frame_style(frame), **(laid.clusters[name] if laid else {}))
            frames.append((frame, inner))
        write_box(frames[-1][1] if frames else dot, picture, box, pinned(laid, box.name))
    close(0)


def write_box(dot: graphviz.Digraph, picture: LayerPicture, box: Box, at: dict[str, str]) -> None:
    row = box.rows[0]
    if box.shape == "chain":
        number_ = picture.places.layer_number(box.layer)
        heading = (number_, clipped(box.title, 40)) if box.title else ()
        dot.node(box.name, html.box(heading, box.rows, picture.runs[box.name]), **at)
    elif box.shape == "end":
        label = f"<{html.text(box.title, bold=True)}  {html.text(row.label, color=MUTED, size=9)}>"
        dot.node(box.name, label, shape="box", style="rounded,filled", margin="0.08,0.04",
                 height="0.25", **at)  # fmt: skip
    elif box.shape == "banks":
        lines = [html.text(line, size=9) for line in textwrap.wrap(row.label, 42)]
        if row.shape:
            lines[-1] += f"  {html.text(row.shape, color=MUTED, size=9)}"
        dot.node(box.name, f"<{'<br/>'.join(lines)}>", shape="box", style="rounded,filled",
                 margin="0.06,0.03", height="0.22", fillcolor=TINT, **at)  # fmt: skip
    elif box.joined == 1 and row.label in _SYMBOLS:
        dot.node(box.name, _SYMBOLS[row.label], shape="circle", style="filled", width="0.24",
                 fixedsize="true", fontsize="12", **at)  # fmt: skip
    else:
        shape = f"{box.joined} banks" if box.joined > 1 else row.shape
        name = html.text(_SYMBOLS.get(row.label, row.label))
        dot.node(box.name, f"<{name}  {html.text(shape, color=MUTED, size=9)}>", shape="box",
                 style="rounded,filled", margin="0.06,0.03", height="0.22", **at)  # fmt: skip


def frame_style(frame: Frame) -> dict[str, str]:
    """A cluster's attributes: a panel for a section, a dashed frame for a repeat."""
    title = html.text(frame.title, size=10, color=MUTED, bold=frame.repeat)
    if frame.repeat:
        return {"label": f"<{title}>", "style": "dashed,rounded", "color": MUTED,
                "bgcolor": "white", "labeljust": "r", "margin": "8"}  # fmt: skip
    # Twice as wide as its text: links run down the middle, beside the title.
    room = 2 * text_width(frame.title, 10) + 12
    label = (
        '<<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
        f'<tr><td align="left" width="{room:.0f}">{title}</td></tr></table>>'
    )
    return {"label": label, "style": "filled,rounded", "color": FAINT, "fillcolor": PANEL,
            "labeljust": "l", "margin": "8"}  # fmt: skip
