"""One block of the bank view: its lanes, columns and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.backends.labels import clipped
from smashdsl.backends.render import html
from smashdsl.backends.render.canvas import Canvas, text_width
from smashdsl.backends.render.colors import FAINT, INK, MUTED, READ, WRITE, fill
from smashdsl.backends.render.lanes import filled_spans, systems
from smashdsl.backends.render.score import Column, Key, Mark, Panel
from smashdsl.backends.render.wrapping import wrap_stages

LANE = 15.0
COLUMN = 30.0
PER_SYSTEM = 24
PADDING = 10.0
TITLE = 20.0
BOX = 16.0
LONGEST_BANK = 24
LINE = 12.0
_SIDE = 6.5
_EDGE = 16.0
_KEY = 8.5
_SIGNS = {"add": "+", "mul": "×", "max": "∨", "mean": "μ"}


@dataclass(frozen=True)
class _System:
    """Some columns of a panel on the page, with all its lanes: `left` is where the lanes begin,
    `top` the system's upper edge, `lanes` the first lane's height."""

    columns: range
    left: float
    top: float
    lanes: float
    first: bool
    last: bool

    @property
    def right(self) -> float:
        return self.left + 2 * _EDGE + COLUMN * len(self.columns) - 3

    def middle(self, index: int) -> float:
        """The middle of a column, by its number in the panel."""
        return self.left + _EDGE + COLUMN * (index - self.columns.start + 0.5)

    def lane(self, lane: int) -> float:
        """The height of a lane."""
        return self.lanes + LANE * lane

    def reach(self, span: tuple[int, int]) -> tuple[float, float]:
        """From where to where a lane is full in this system."""
        begin = self.left if span[0] < self.columns.start else self.middle(span[0]) + _SIDE
        end = self.right if span[1] >= self.columns.stop else self.middle(span[1]) + _SIDE
        return min(begin, self.right), max(end, self.left)


class PanelPicture:
    """A panel with its measures, in points; `beside` puts the key to the right of the lanes."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.beside = False
        self.systems = systems(panel, min(max(len(panel.lanes), PER_SYSTEM), 2 * PER_SYSTEM))
        self.repeats = any(run.times > 1 for run in panel.runs)
        self.reduces = any(column.reduce for column in panel.columns)
        self.head = 11 + BOX + (12 if self.repeats else 0) + (13 if self.reduces else 5)
        self.names = [clipped(bank.name, LONGEST_BANK) for bank in panel.lanes]
        self.labels = max((text_width(name, 9) for name in self.names), default=0.0)
        self.sizes = max((text_width(str(bank.size), 8) for bank in panel.lanes), default=0.0)
        self.left = PADDING + self.labels + 6 + self.sizes + 8
        self.filled = filled_spans(panel)

    @property
    def width(self) -> float:
        """The width that the lanes need."""
        columns = max((len(system) for system in self.systems), default=0)
        return self.left + 2 * _EDGE + COLUMN * columns + PADDING

    def height(self, width: float) -> float:
        lanes = self.system_height * len(self.systems)
        keys = LINE * sum(len(lines) for _, lines in self.key_lines(width))
        return TITLE + (max(lanes, keys) if self.beside else lanes + keys) + PADDING

    @property
    def system_height(self) -> float:
        return self.head + LANE * len(self.panel.lanes) + 6

    def key_lines(self, width: float) -> list[tuple[Key, list[str]]]:
        """The key's entries, wrapped to the panel's width."""
        texts = (f"{key.name}: {key.stages}" if key.name else key.stages for key in self.panel.keys)
        room = self.key_room(width)
        return [
            (key, wrapped(t, room, _KEY)) for key, t in zip(self.panel.keys, texts, strict=True)
        ]

    def key_room(self, width: float) -> float:
        """The width of the key's text: beside the lanes or below them."""
        return width - (self.width if self.beside else PADDING) - PADDING - 20

    # Drawing ------------------------------------------------------------------------------

    def draw(self, canvas: Canvas, x: float, y: float, width: float) -> None:
        self.title(canvas, x + PADDING, y + TITLE / 2 + 1, width)
        top = y + TITLE
        for number in range(len(self.systems)):
            self.system(canvas, x, top, number)
            top += self.system_height
        if self.beside:
            self.keys(canvas, x + self.width, y + TITLE + 12, width)
        else:
            self.keys(canvas, x + PADDING, top + 8, width)

    def title(self, canvas: Canvas, x: float, y: float, width: float) -> None:
        panel = self.panel
        parts = [html.text(panel.title, size=10, bold=True)]
        if panel.times > 1:
            parts.append(html.text(f"× {panel.times}", size=10, bold=True, color=WRITE))
        parts.append(html.text(panel.shapes, size=9, color=MUTED))
        if panel.unused:
            banks = "bank is" if panel.unused == 1 else "banks are"
            parts.append(html.text(f"{panel.unused} {banks} never used", size=9, color=MUTED))
        canvas.field(x, y, "   ".join(parts), width - 2 * PADDING, 15)

    def system(self, canvas: Canvas, x: float, y: float, number: int) -> None:
        columns = self.systems[number]
        last = number == len(self.systems) - 1
        lanes = y + self.head + LANE / 2
        system = _System(columns, x + self.left, y, lanes, number == 0, last)
        for lane in range(len(self.panel.lanes)):
            self.lane(canvas, x + PADDING, system, lane)
        for index in columns:
            self.column(canvas, system, self.panel.columns[index], system.middle(index))
        self.brackets(canvas, system)
        if system.first:
            self.orders(canvas, system.left - 7, system, self.panel.enter)
        if system.last:
            self.orders(canvas, system.right + 1, system, self.panel.leave)

    def lane(self, canvas: Canvas, x: float, system: _System, lane: int) -> None:
        """A bank's name and size, and its lane: dotted while it is empty or no longer used."""
        size, y = self.panel.lanes[lane].size, system.lane(lane)
        name = self.bank(lane) if system.first else ""
        canvas.text(x, y, self.names[lane], width=self.labels, name=name)
        canvas.text(x + self.labels + 6, y, str(size), size=8, width=self.sizes, align="right",
                    color=MUTED)  # fmt: skip
        begin, end = system.reach(self.filled[lane])
        if begin > system.left:
            canvas.line([(system.left, y), (begin, y)], style="dotted", color=FAINT)
        if end > begin:
            leaves = system.last and any(mark.lane == lane for mark in self.panel.leave)
            canvas.line([(begin, y), (end, y)], color=INK, penwidth="1.1", arrow=leaves)
        if end < system.right:
            canvas.line([(end, y), (system.right, y)], style="dotted", color=FAINT)
        canvas.tip(name, f"{self.names[lane]}: {size} channels")
        if system.first and any(mark.lane == lane for mark in self.panel.enter):
            canvas.sign(system.left, y, 8, "triangle", orientation="270", fillcolor=INK, color=INK)

    def column(self, canvas: Canvas, system: _System, column: Column, x: float) -> None:
        """A layer: its number and box, what it reads on the left, what it writes on the right."""
        y = system.top + self.head - (13 if self.reduces else 5)
        canvas.text(x - COLUMN / 2, y - BOX - 6, column.number, size=7, width=COLUMN,
                    align="center", color=MUTED)  # fmt: skip
        letter = html.text(column.letter, size=9, bold=True)
        canvas.rectangle(x - 10, y - BOX, 20, BOX, name=column.name, style="filled,rounded",
                         fillcolor=fill(column.kind), label=letter)  # fmt: skip
        canvas.tip(column.name, self.said(column))
        start = y
        if column.reduce:
            canvas.text(x - 20, y + 6, column.reduce, size=6.5, width=24, align="center",
                        color=READ)  # fmt: skip
            start = y + 10
        self.reads(canvas, system, column, x, start)
        self.writes(canvas, system, column, x, y)

    def said(self, column: Column) -> str:
        """A layer in words."""
        key = next(key for key in self.panel.keys if key.letter == column.letter)
        reads, writes = (
            ", ".join(self.names[mark.lane] for mark in marks)
            for marks in (column.reads, column.writes)
        )
        by = f" by {column.reduce}" if column.reduce else ""
        return f"layer {column.number}: reads {reads}{by}; {key.stages}; writes {writes}"

    def reads(
        self, canvas: Canvas, system: _System, column: Column, x: float, start: float
    ) -> None:
        above = start
        for mark in sorted(column.reads, key=lambda mark: mark.lane):
            at = system.lane(mark.lane)
            canvas.line([(x - _SIDE, at), (x - _SIDE, above)], color=READ, arrow=above == start,
                        ends=(self.bank(mark.lane), column.name))  # fmt: skip
            canvas.sign(x - _SIDE, at, 5.5, "circle", fillcolor=READ, color=READ)
            order(canvas, x - _SIDE - 9, at, mark)
            above = at

    def writes(
        self, canvas: Canvas, system: _System, column: Column, x: float, start: float
    ) -> None:
        above = start
        for mark in sorted(column.writes, key=lambda mark: mark.lane):
            at = system.lane(mark.lane)
            canvas.line([(x + _SIDE, above), (x + _SIDE, at)], color=WRITE,
                        ends=(column.name, self.bank(mark.lane)))  # fmt: skip
            write_sign(canvas, x + _SIDE, at, mark.sign)
            order(canvas, x - 4, at, mark)
            above = at

    def bank(self, lane: int) -> str:
        return f"{self.panel.name}.lanes.{lane}"

    def orders(self, canvas: Canvas, x: float, system: _System, marks: Sequence[Mark]) -> None:
        for mark in marks:
            order(canvas, x - 16, system.lane(mark.lane), mark)

    def brackets(self, canvas: Canvas, system: _System) -> None:
        """Brackets over columns that are repeated."""
        for run in self.panel.runs:
            if run.times > 1 and run.start in system.columns:
                left, y = system.middle(run.start) - COLUMN / 2 + 3, system.top
                right = left + COLUMN * run.length - 6
                corners = [(left, y + 14), (left, y + 11), (right, y + 11), (right, y + 14)]
                canvas.line(corners, color=MUTED)
                canvas.text(left, y + 5, f"× {run.times}", size=8, width=right - left,
                            align="center", bold=True, color=WRITE)  # fmt: skip

    def keys(self, canvas: Canvas, x: float, y: float, width: float) -> None:
        kinds = {column.letter: column.kind for column in self.panel.columns}
        room = self.key_room(width)
        for key, lines in self.key_lines(width):
            letter = html.text(key.letter, size=7, bold=True)
            canvas.rectangle(x, y - 5, 15, 10, style="filled,rounded",
                             fillcolor=fill(kinds[key.letter]), label=letter)  # fmt: skip
            for line in lines:
                canvas.text(x + 20, y, line, size=_KEY, width=room)
                y += LINE


def order(canvas: Canvas, x: float, y: float, mark: Mark) -> None:
    """The place of a read or write in its list, above its lane."""
    if mark.order:
        canvas.text(x, y - 5, str(mark.order), size=6, width=8, align="center", color=MUTED)


def write_sign(canvas: Canvas, x: float, y: float, sign: str) -> None:
    """The sign of a write: what becomes of what the bank held."""
    if sign == "first":
        canvas.sign(x + 1, y, 9, "triangle", orientation="270", fillcolor=WRITE, color=WRITE)
    elif sign == "replace":
        canvas.sign(x, y, 7, "square", fillcolor=WRITE, color=WRITE)
    else:
        label = _SIGNS.get(sign, "?")
        canvas.sign(x, y, 9.5, "circle", fillcolor="white", color=WRITE, label=label, font=9)


def wrapped(content: str, room: float, size: float) -> list[str]:
    """Text broken between stages into lines that fit into a width in points."""
    return wrap_stages(content, max(int(room / (size * 0.56)), 20))
