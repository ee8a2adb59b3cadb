"""The difference of two programs as a picture: what they share is grey."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from smashdsl.backends.compare import Comparison
from smashdsl.backends.labels import clipped
from smashdsl.backends.render import html
from smashdsl.backends.render.canvas import Canvas, text_width
from smashdsl.backends.render.colors import FAINT, INK, MUTED, PANEL, READ, RULE, TINT, WRITE
from smashdsl.backends.render.colors import SAME as GREY
from smashdsl.backends.render.differing import CHANGED, GONE, NEW, SAME, Layered, Part, differing
from smashdsl.backends.render.limits import check_marks
from smashdsl.backends.render.mermaid import Chart
from smashdsl.backends.render.page import Page

COLORS = {SAME: GREY, GONE: WRITE, NEW: READ, CHANGED: INK}
SIGNS = {SAME: "", GONE: "−", NEW: "+", CHANGED: "≠"}
WIDTH = 520.0
LANE, COLUMN, BOX, LINE = 15.0, 28.0, 15.0, 13.0
MOST_WORDS = 24


def diff_title(comparison: Comparison) -> str:
    """Which programs are compared."""
    before, after = comparison.before.program.name, comparison.after.program.name
    return f"{before} → {after}"


def diff_costs(comparison: Comparison) -> str:
    """What the second costs more or less, in a line."""
    if comparison.equal:
        return "the same network"
    return " · ".join(comparison.costs()) or "no more and no fewer parameters or multiply-adds"


def diff_page(comparison: Comparison) -> Page:
    """Two programs laid over each other, as a page.

    Raises:
        SmashError: E830, they have too many reads and writes that differ.
    """
    return _Picture(comparison).draw()


class _Picture:
    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.parts = differing(comparison.before.program, comparison.after.program)
        check_marks(sum(len(layer.reads) + len(layer.writes)
                        for part in self.parts for layer in part.layers))  # fmt: skip
        self.canvas = Canvas(diff_title(comparison))
        self.width = WIDTH
        self.y = 0.0

    def draw(self) -> Page:
        title = clipped(diff_title(self.comparison), 50)
        self.canvas.text(0, 8, title, size=14, bold=True, width=self.width, align="center")
        self.canvas.text(0, 26, diff_costs(self.comparison), size=9, color=MUTED, width=self.width,
                         align="center")  # fmt: skip
        self.y = 46
        self.legend()
        for number, part in enumerate(self.parts):
            if number:
                middle = self.width / 2
                self.canvas.line([(middle, self.y), (middle, self.y + 12)], color=MUTED, arrow=True)
                self.y += 12
            self.part(part, number)
        return Page(self.canvas.source, self.width, self.y, self.canvas.tips)

    def legend(self) -> None:
        before, after = (plan.program.name for plan in
                         (self.comparison.before, self.comparison.after))  # fmt: skip
        only = ("only in the first", "only in the second") if before == after else (
            f"only in {clipped(before, 18)}", f"only in {clipped(after, 18)}")  # fmt: skip
        items = [(SAME, "in both"), (GONE, only[0]), (NEW, only[1]), (CHANGED, "changed")]
        marks = [("circle", "reads"), ("square", "writes")]
        words = [said for _, said in (*items, *marks)]
        x = (self.width - sum(26 + text_width(said, 8) for said in words)) / 2
        for state, said in items:
            self.box(x + 8, self.y, 14, 10, state)
            self.canvas.text(x + 18, self.y, said, size=8)
            x += 26 + text_width(said, 8)
        for shape, said in marks:
            self.canvas.sign(x + 10, self.y, 6, shape, fillcolor=INK, color=INK)
            self.canvas.text(x + 18, self.y, said, size=8)
            x += 26 + text_width(said, 8)
        self.y += 16

    def box(self, x: float, y: float, width: float, height: float, state: str, name: str = "",
            label: str = "") -> None:  # fmt: skip
        """A box around a point in the look of a state."""
        same = state == SAME
        style = "filled,rounded,dashed" if state == GONE else "filled,rounded"
        said = html.text(label or SIGNS[state], size=8, bold=not same,
                         color=MUTED if same else COLORS[state])  # fmt: skip
        self.canvas.rectangle(x - width / 2, y - height / 2, width, height, name=name, label=said,
                              style=style, color=COLORS[state],
                              fillcolor=TINT if same else "white")  # fmt: skip

    # Parts --------------------------------------------------------------------------------

    def part(self, part: Part, number: int) -> None:
        top = self.y
        self.y += 5
        color = MUTED if part.state == SAME else COLORS[part.state]
        sign = f"{SIGNS[part.state]} {part.title}".strip()
        self.canvas.text(10, self.y + 7, sign, size=10, bold=part.state != SAME, color=color)
        if part.state == SAME:
            x = 22 + text_width(sign, 10)
            self.words(part.words, x, -1)
            self.y += LINE + 3
        else:
            self.y += LINE + 3
            self.layers(part, number)
            self.words(part.words, 12, MOST_WORDS)
        self.y += 4
        style = {"style": "filled,rounded", "color": FAINT, "fillcolor": PANEL}
        if part.state != SAME:
            style = {"style": "rounded", "color": RULE, "bgcolor": "white"}
        self.canvas.panel(f"part {number}", 0, top, self.width, self.y - top, **style)

    def words(self, words: Sequence[tuple[str, str]], x: float, most: int) -> None:
        """What differs, line by line; with a `most` of -1 one line beside the title."""
        if most < 0:
            room = int((self.width - x - 8) / (8 * 0.56))
            self.canvas.text(x, self.y + 7, clipped(words[0][1], room), size=8, color=MUTED)
            return
        for state, said in words[:most]:
            sign = f"{SIGNS[state]} " if state in (GONE, NEW) else ""
            room = int((self.width - x - 20) / (8.5 * 0.56))
            for line in textwrap.wrap(f"{sign}{said}", room, subsequent_indent="   "):
                self.canvas.text(x, self.y + LINE / 2, line, size=8.5, color=COLORS[state])
                self.y += LINE
        if len(words) > most:
            said = f"and {len(words) - most:,} more differences"
            self.canvas.text(x, self.y + LINE / 2, said, size=8.5, color=MUTED)
            self.y += LINE

    # Layers -------------------------------------------------------------------------------

    def layers(self, part: Part, number: int) -> None:
        """Lanes and columns, in systems below each other."""
        if not part.layers:
            return
        names = max(text_width(clipped(lane.name, 20), 9) for lane in part.lanes)
        sizes = max(text_width(lane.size, 8) for lane in part.lanes)
        left = 12 + names + 6 + sizes + 12
        per_system = max(int((self.width - left - 12) / COLUMN), 1)
        for start in range(0, len(part.layers), per_system):
            columns = part.layers[start : start + per_system]
            self.system(part, columns, left, names, sizes, f"{number}.{start}")
        self.y += 4

    def system(self, part: Part, columns: Sequence[Layered], left: float, names: float,
               sizes: float, name: str) -> None:  # fmt: skip
        lanes = self.y + 13 + BOX + 8
        right = left + COLUMN * len(columns)
        for index, lane in enumerate(part.lanes):
            y = lanes + LANE * index
            color = MUTED if lane.state == SAME else COLORS[lane.state]
            self.canvas.text(12, y, clipped(lane.name, 20), width=names, color=color)
            self.canvas.text(12 + names + 6, y, lane.size, size=8, width=sizes, align="right",
                             color=color)  # fmt: skip
            self.canvas.line([(left, y), (right, y)], color=COLORS[lane.state],
                             style=_style(lane.state))  # fmt: skip
        for index, column in enumerate(columns):
            self.column(column, left + COLUMN * (index + 0.5), lanes, f"{name}.{index}")
        self.y = lanes + LANE * len(part.lanes)

    def column(self, column: Layered, x: float, lanes: float, name: str) -> None:
        box = self.y + 13 + BOX / 2
        several = not column.reads and not column.writes
        self.canvas.text(x - COLUMN / 2, self.y + 6, column.number, size=6.5 if several else 7,
                         width=COLUMN, align="center", color=MUTED)  # fmt: skip
        self.box(x, box, 19, BOX, column.state, f"layer {name}", "…" if several else "")
        self.canvas.tip(f"layer {name}", f"layer {column.number}: {column.said}")
        for touches, at, shape in (
            (column.reads, x - 6, "circle"),
            (column.writes, x + 6, "square"),
        ):
            above = box + BOX / 2
            for touch in touches:
                y = lanes + LANE * touch.lane
                state = touch.state if column.state == CHANGED else column.state
                self.canvas.line([(at, above), (at, y)], color=COLORS[state], style=_style(state))
                self.canvas.sign(at, y, 6, shape, fillcolor=COLORS[state], color=COLORS[state])
                above = y


def _style(state: str) -> str:
    return "dashed" if state == GONE else "solid"


def diff_text(comparison: Comparison) -> str:
    """The difference in words."""
    lines = [f"{each.where}: {each.what}" for each in comparison.differences]
    return "\n".join([f"{diff_title(comparison)}: {diff_costs(comparison)}", "", *lines]) + "\n"


def diff_mermaid(comparison: Comparison, theme: str) -> str:
    """The parts as a flowchart, with the layers that are not the same."""
    styles = {state: ("#ffffff", color, color) for state, color in COLORS.items()}
    chart = Chart(theme, {**styles, SAME: (TINT, MUTED, GREY)})
    last = ""
    for number, part in enumerate(differing(comparison.before.program, comparison.after.program)):
        name = f"part {number}"
        title = f"{SIGNS[part.state]} {part.title}".strip()
        words = [f"{SIGNS[state]} {said}".strip() for state, said in part.words[:MOST_WORDS]]
        chart.node(name, [title, *words], "box", part.state)
        if last:
            chart.edge(last, name)
        last = name
    return chart.text()
