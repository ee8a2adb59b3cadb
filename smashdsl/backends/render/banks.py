"""The bank view as a picture: a score with a lane for each bank and a column for each layer.

A layer takes what it reads up its left line and puts what it writes down its right one. Lanes are
dotted while their bank is empty. Long blocks go on in another system below, as music does.
"""

from __future__ import annotations

from smashdsl.backends.labels import clipped
from smashdsl.backends.render import html
from smashdsl.backends.render.canvas import Canvas, text_width
from smashdsl.backends.render.colors import (
    FAINT,
    KINDS,
    MUTED,
    PANEL,
    READ,
    RULE,
    WRITE,
    fill,
    title,
)
from smashdsl.backends.render.page import Page
from smashdsl.backends.render.panel import LINE, PADDING, PanelPicture, wrapped, write_sign
from smashdsl.backends.render.score import Panel, Score, Strip

NARROWEST = 390.0
KEY = 190.0
GAP = 16.0
_WRITES = {"first": "first write", "add": "adds", "replace": "replaces", "mul": "multiplies",
           "max": "takes the maximum", "mean": "takes the mean"}  # fmt: skip


def banks_page(score: Score, name: str, facts: str) -> Page:
    """A score as a page, under a title with the network's facts."""
    page = _Page(score, name)
    page.heading(name, facts)
    page.legend()
    page.body()
    return Page(page.canvas.source, page.width, page.y, page.canvas.tips)


class _Page:
    def __init__(self, score: Score, name: str) -> None:
        self.score = score
        self.canvas = Canvas(name)
        self.panels = {panel.name: PanelPicture(panel) for panel in score.panels}
        self.width = max([NARROWEST, *(picture.width for picture in self.panels.values())])
        beside = all(p.width + KEY <= self.width for p in self.panels.values())
        for picture in self.panels.values():
            picture.beside = beside
        self.y = 0.0

    def heading(self, name: str, facts: str) -> None:
        shown = clipped(name, int(self.width / 9))
        self.canvas.text(0, 8, shown, size=14, bold=True, width=self.width, align="center")
        self.canvas.text(0, 26, facts, size=9, color=MUTED, width=self.width, align="center")
        self.y = 44

    # The legend ---------------------------------------------------------------------------

    def legend(self) -> None:
        """What the signs and colours mean that this score uses, in lines of the page's width."""
        items = [*self.signs(), *self.kinds()]
        lines: list[list[tuple[str, str]]] = [[]]
        room = self.width
        for item in items:
            width = 24 + text_width(item[1], 8)
            if width > room and lines[-1]:
                lines.append([])
                room = self.width
            lines[-1].append(item)
            room -= width
        for line in lines:
            x = (self.width - sum(24 + text_width(label, 8) for _, label in line)) / 2
            for sign, label in line:
                self.legend_sign(x + 6, sign)
                self.canvas.text(x + 15, self.y, label, size=8)
                x += 24 + text_width(label, 8)
            self.y += 14
        self.y += 2

    def signs(self) -> list[tuple[str, str]]:
        columns = [column for panel in self.score.panels for column in panel.columns]
        used = {mark.sign for column in columns for mark in column.writes}
        reads = [("read", "reads")] if any(column.reads for column in columns) else []
        return reads + [(sign, label) for sign, label in _WRITES.items() if sign in used]

    def kinds(self) -> list[tuple[str, str]]:
        columns = [column.kind for panel in self.score.panels for column in panel.columns]
        strips = [part.kind for part in self.score.parts if isinstance(part, Strip)]
        used = {*columns, *strips} - {"input"}
        return [
            (kind, title(kind)) for kind in (*KINDS, *sorted(used - set(KINDS))) if kind in used
        ]

    def legend_sign(self, x: float, sign: str) -> None:
        if sign == "read":
            self.canvas.sign(x, self.y, 5.5, "circle", fillcolor=READ, color=READ)
        elif sign in _WRITES:
            write_sign(self.canvas, x, self.y, sign)
        else:
            self.canvas.rectangle(x - 5, self.y - 4.5, 12, 9, style="filled,rounded",
                                  fillcolor=fill(sign))  # fmt: skip

    # The score ----------------------------------------------------------------------------

    def body(self) -> None:
        tops, bottoms = [], []
        for number, part in enumerate(self.score.parts):
            if number:
                middle = self.width / 2
                self.canvas.line(
                    [(middle, self.y), (middle, self.y + GAP)], color=MUTED, arrow=True
                )
                self.y += GAP
            tops.append(self.y)
            if isinstance(part, Panel):
                self.panel(part)
            else:
                self.strip(part)
            bottoms.append(self.y)
        for run in self.score.runs:
            self.bracket(tops[run.start], bottoms[run.start + run.length - 1], run.times)

    def panel(self, panel: Panel) -> None:
        picture = self.panels[panel.name]
        height = picture.height(self.width)
        self.canvas.panel(panel.name, 0, self.y, self.width, height, style="filled,rounded",
                          color=FAINT, fillcolor=PANEL)  # fmt: skip
        picture.draw(self.canvas, 0, self.y, self.width)
        self.y += height

    def strip(self, strip: Strip) -> None:
        if strip.kind == "input":
            self.end(strip)
            return
        title_width = 24 + text_width(f"{strip.title}   {strip.shapes}  ", 10)
        room = self.width - 2 * PADDING
        in_line = title_width + text_width(strip.text, 8.5) <= room
        lines = [] if in_line else wrapped(strip.text, room, 8.5)
        height = 23 + LINE * len(lines)
        self.canvas.rectangle(0, self.y, self.width, height, name=strip.name,
                              style="filled,rounded", fillcolor="white")  # fmt: skip
        parts = [html.text(strip.title, size=10, bold=True)]
        if strip.times > 1:
            parts.append(html.text(f"× {strip.times}", size=10, bold=True, color=WRITE))
        parts.append(html.text(strip.shapes, size=9, color=MUTED))
        self.canvas.rectangle(PADDING, self.y + 7.5, 12, 9, style="filled,rounded",
                              fillcolor=fill(strip.kind))  # fmt: skip
        if in_line:
            parts.append(html.text(strip.text, size=8.5))
        self.canvas.field(PADDING + 18, self.y + 11, "   ".join(parts), self.width - 40, 15)
        for number, line in enumerate(lines):
            self.canvas.text(PADDING, self.y + 26 + LINE * number, line, size=8.5, width=room)
        self.canvas.tip(strip.name, f"{strip.title}: {strip.text}, {strip.shapes}")
        self.y += height

    def end(self, strip: Strip) -> None:
        shape = html.text(strip.text, size=9, color=MUTED)
        label = f"{html.text(strip.title, size=10, bold=True)}  {shape}"
        width = text_width(f"{strip.title}  {strip.text}", 10) + 12
        self.canvas.rectangle((self.width - width) / 2, self.y, width, 18, name=strip.name,
                              label=label, style="filled,rounded", fillcolor="white")  # fmt: skip
        self.y += 18

    def bracket(self, top: float, bottom: float, times: int) -> None:
        """A bracket beside parts that are repeated together."""
        x = self.width + 4
        self.canvas.line([(x, top), (x + 6, top), (x + 6, bottom), (x, bottom)], color=RULE)
        self.canvas.text(x + 10, (top + bottom) / 2, f"× {times}", size=10, bold=True, color=WRITE)
