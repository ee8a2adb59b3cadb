"""A space as a picture: panels and frames of its text, below each statement what it draws."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from smashdsl.backends.labels import clipped, shape_label
from smashdsl.backends.render import html
from smashdsl.backends.render.canvas import Canvas, text_width
from smashdsl.backends.render.colors import (
    FAINT,
    INK,
    MUTED,
    PANEL,
    READ,
    RULE,
    TINT,
    WRITE,
)
from smashdsl.backends.render.mermaid import Chart
from smashdsl.backends.render.outline import Line, Outline, Shown
from smashdsl.backends.render.page import Page

SECTIONS = ("stem", "block", "transition", "head")
WIDEST, NARROWEST = 620.0, 360.0
INDENT = 14.0
LINE = 14.0
CHIP = 13.0
TEXT = 9.0
BADGE = 12.0


def space_facts(outline: Outline) -> str:
    """A space's input, classes and size in a line."""
    summary = outline.summary
    classes = f" · {summary.classes} classes" if summary.classes is not None else ""
    size = summary.size
    count = f"{size.exact:,}" if size.exact is not None and size.log10 < 9 else (
        f"10^{size.log10:.0f}")  # fmt: skip
    about = "" if size.exact is not None else "about "
    draws = f"{len(summary.draws)} draw{'s' * (len(summary.draws) != 1)}"
    programs = f"{about}{count} program{'s' * (summary.size.exact != 1)}"
    return f"input {shape_label(summary.input)}{classes} · {draws} · {programs}"


def space_page(outline: Outline) -> Page:
    """The outline as a page."""
    return _Picture(outline).draw()


class _Picture:
    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.canvas = Canvas(outline.name)
        self.frames: list[tuple[Line, float]] = []
        self.panels: list[tuple[Line, float, float]] = []
        self.y = 0.0
        needed = [self.needed(line) for line in outline.lines]
        self.width = min(WIDEST, max([NARROWEST, *needed]))

    def needed(self, line: Line) -> float:
        left = INDENT * (line.depth + 1) + 30
        draws = [text_width(draw.text, 8) + 30 for draw in line.draws]
        return left + INDENT * line.depth + max([text_width(line.text, TEXT), *draws])

    def draw(self) -> Page:
        name = clipped(self.outline.name, int(self.width / 9))
        self.canvas.text(0, 8, name, size=14, bold=True, width=self.width, align="center")
        self.canvas.text(0, 26, space_facts(self.outline), size=9, color=MUTED, width=self.width,
                         align="center")  # fmt: skip
        self.y = 44
        if self.outline.summary.draws:
            self.legend()
        for line in self.outline.lines:
            self.close(line.depth)
            if line.kind == "statement":
                self.statement(line)
            else:
                self.open(line)
        self.close(0)
        self.write_panels()
        if not self.outline.summary.draws:
            self.canvas.text(0, self.y + 8, "nothing is drawn", size=TEXT, color=MUTED)
            self.y += LINE
        return Page(self.canvas.source, self.width, self.y, self.canvas.tips)

    def legend(self) -> None:
        """What the two kinds of badges mean."""
        x = self.width / 2 - 70
        for said, color in (("drawn here", TINT), ("acts here", "white")):
            self.canvas.sign(x, self.y, BADGE, "circle", label="A", font=7, fillcolor=color,
                             color=READ)  # fmt: skip
            self.canvas.text(x + BADGE, self.y, said, size=8)
            x += 76
        self.y += 14

    # Frames -------------------------------------------------------------------------------

    def left(self, depth: int) -> float:
        return INDENT * depth

    def room(self, depth: int) -> float:
        return self.width - 2 * INDENT * depth

    def open(self, line: Line) -> None:
        """Begin a panel of a section, or a frame of a loop, a condition or an operation."""
        self.y += 3
        self.frames.append((line, self.y))
        self.y += 4
        self.title(line)
        self.draws(line)

    def title(self, line: Line) -> None:
        x = self.left(line.depth) + 8
        section = line.kind in SECTIONS
        lines = self.wrapped(line, bold=section)
        for number, text in enumerate(lines):
            self.canvas.text(x, self.y + LINE / 2, text, size=TEXT + section, bold=section,
                             color="" if section else MUTED)  # fmt: skip
            if number == len(lines) - 1:
                self.badges(x + text_width(text, TEXT + section) + 6, line)
            self.y += LINE

    def close(self, depth: int) -> None:
        """End the frames that are as deep or deeper."""
        while self.frames and self.frames[-1][0].depth >= depth:
            line, top = self.frames.pop()
            self.y += 5
            self.panels.append((line, top, self.y - top))
            self.y += 7

    def write_panels(self) -> None:
        """Write the frames, those around others first, since what comes later lies above."""
        for number, (line, top, height) in enumerate(sorted(self.panels, key=lambda each: each[1])):
            style = (
                {"style": "filled,rounded", "color": FAINT, "fillcolor": PANEL}
                if line.kind in SECTIONS
                else {"style": "dashed,rounded", "color": RULE, "bgcolor": "white"}
            )
            x, width = self.left(line.depth), self.room(line.depth)
            self.canvas.panel(str(number), x, top, width, height, **style)

    # Statements ---------------------------------------------------------------------------

    def statement(self, line: Line) -> None:
        x = self.left(line.depth) + 8
        lines = self.wrapped(line)
        for number, text in enumerate(lines):
            self.canvas.text(x + (10 if number else 0), self.y + LINE / 2, text, size=TEXT)
            if number == len(lines) - 1:
                self.badges(x + text_width(text, TEXT) + 6, line)
            self.y += LINE
        self.draws(line)

    def wrapped(self, line: Line, *, bold: bool = False) -> list[str]:
        room = self.room(line.depth) - 40 - 14 * len(line.acting)
        return _lines(line.text, room, TEXT + bold)

    def badges(self, x: float, line: Line) -> None:
        """The letters of draws that are made elsewhere and act here."""
        for letter in line.acting:
            self.canvas.sign(x + BADGE / 2, self.y + LINE / 2, BADGE, "circle", label=letter,
                             font=7, fillcolor="white", color=READ)  # fmt: skip
            x += BADGE + 3

    def draws(self, line: Line) -> None:
        for draw in line.draws:
            self.drawn(draw, self.left(line.depth) + 16, self.room(line.depth) - 24)

    def drawn(self, draw: Shown, x: float, room: float) -> None:
        """A draw's letter and text, then its options in chips."""
        at = (x + BADGE / 2, self.y + LINE / 2)
        badge = self.canvas.sign(*at, BADGE, "circle", label=draw.letter, font=7, fillcolor=TINT,
                                 color=READ)  # fmt: skip
        self.canvas.tip(badge, f"{draw.letter}: {draw.text}")
        inner = x + BADGE + 5
        for text in _lines(draw.text, room - BADGE - 10, 8):
            self.canvas.text(inner, self.y + LINE / 2, text, size=8, color=MUTED)
            self.y += LINE - 2
        self.y += 2
        self.chips(draw, inner, room - BADGE - 5)

    def chips(self, draw: Shown, left: float, room: float) -> None:
        x, most = left, max((share or 0.0 for _, share in draw.options), default=0.0)
        for option, share in draw.options:
            said = option if share is None else f"{option}  {share:.0%}"
            width = text_width(said, 8) + 8
            if x + width > left + room and x > left:
                x, self.y = left, self.y + CHIP + 5
            name = self.canvas.rectangle(
                x, self.y, width, CHIP, style="filled,rounded", fillcolor="white",
                label=html.text(said, size=8),
            )  # fmt: skip
            self.canvas.tip(name, said)
            if share is not None and most:
                self.canvas.line([(x + 1, self.y + CHIP + 2), (x + 1 + (width - 2) * share / most,
                                 self.y + CHIP + 2)], color=WRITE, penwidth="2")  # fmt: skip
            x += width + 5
        if draw.note:
            self.canvas.text(x, self.y + CHIP / 2, draw.note, size=8, color=INK)
        self.y += CHIP + 6


def _lines(text: str, room: float, size: float) -> list[str]:
    return _wrap(text, max(int(room / (size * 0.56)), 20))


def _wrap(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """Lines of at most so many characters, broken at spaces; `first` and `then` are indents."""
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then,
                         break_on_hyphens=False) or [first]  # fmt: skip


def space_text(outline: Outline, width: int = 100) -> str:
    """The outline for a terminal."""
    found = [f"{outline.name}: {space_facts(outline)}", ""]
    for line in outline.lines:
        start = "  " * line.depth
        acting = f"   [{', '.join(line.acting)}]" if line.acting else ""
        found += _wrap(f"{line.text}{acting}", width, start, start + "    ")
        for draw in line.draws:
            options = ", ".join(option if share is None else f"{option} ({share:.0%})"
                                for option, share in draw.options)  # fmt: skip
            said = ", ".join(filter(None, (options, draw.note)))
            found += _wrap(f"{draw.letter}  {draw.text}: {said}", width, start + "    ",
                                 start + "       ")  # fmt: skip
    if not outline.summary.draws:
        found.append("nothing is drawn")
    return "\n".join(found) + "\n"


def space_mermaid(outline: Outline, theme: str) -> str:
    """The outline as a flowchart: statements in their order, with their draws beside them."""
    chart = Chart(theme)
    frames: list[int] = []
    last = ""
    for number, line in enumerate(outline.lines):
        while frames and frames[-1] >= line.depth:
            chart.end()
            frames.pop()
        name = f"line {number}"
        if line.kind != "statement":
            chart.begin(_with_letters(line))
            frames.append(line.depth)
        else:
            chart.node(name, [_with_letters(line)])
            if last:
                chart.edge(last, name)
            last = name
        for draw in line.draws:
            _mermaid_draw(chart, draw, name if line.kind == "statement" else "")
    for _ in frames:
        chart.end()
    return chart.text()


def _with_letters(line: Line) -> str:
    return f"{line.text}  ({', '.join(line.acting)})" if line.acting else line.text


def _mermaid_draw(chart: Chart, draw: Shown, target: str) -> None:
    options: Sequence[str] = [
        option if share is None else f"{option} ({share:.0%})" for option, share in draw.options
    ]
    name = f"draw {draw.letter}"
    said = ", ".join([*options, *filter(None, [draw.note])])
    chart.node(name, [f"{draw.letter}: {draw.text}", said], "round")
    if target:
        chart.edge(name, target, "-.->")
