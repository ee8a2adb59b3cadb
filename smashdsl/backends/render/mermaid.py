"""Pictures as Mermaid text, which many pages draw themselves: flowcharts of layers, or of banks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from smashdsl.backends.labels import printable
from smashdsl.backends.render.colors import INK, RULE, fill
from smashdsl.backends.render.layers import LayerPicture
from smashdsl.backends.render.limits import check_edges
from smashdsl.backends.render.model import Box
from smashdsl.backends.render.places import Frame
from smashdsl.backends.render.score import Panel, Score, Strip
from smashdsl.backends.render.theme import partner

_ESCAPED = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\\": "#92;", "`": "#96;",
            "+": "#43;", "*": "#42;"}  # fmt: skip
_SHAPES = {"box": ('["', '"]'), "round": ('(["', '"])'), "bank": ('[("', '")]'),
           "join": ('(("', '"))')}  # fmt: skip
_WRITES = {"first": "", "add": "+", "mul": "×"}


@dataclass
class Chart:
    """A flowchart in the making: nodes get short names in their order. `styles` are colours of
    ground, text and rule by kind, where these are no operations."""

    theme: str
    styles: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    edges: list[str] = field(default_factory=list)
    depth: int = 1

    def node(self, name: str, lines: Iterable[str], shape: str = "box", kind: str = "") -> None:
        """A node of some lines; `kind` is that of an operation, or empty."""
        short = self.names.setdefault(name, f"n{len(self.names)}")
        start, end = _SHAPES[shape]
        said = "<br/>".join(escaped(line) for line in lines if line)
        self.say(f"{short}{start}{said}{end}")
        if kind:
            self.kinds.setdefault(kind, []).append(short)

    def edge(self, source: str, target: str, arrow: str = "-->", label: str = "") -> None:
        said = f"|{escaped(label)}|" if label else ""
        self.edges.append(f"  {self.names[source]} {arrow}{said} {self.names[target]}")

    def begin(self, title: str) -> None:
        """Open a frame around what follows, until `end`."""
        self.names[f"frame {len(self.names)}"] = name = f"f{len(self.names)}"
        self.say(f'subgraph {name}["{escaped(title)}"]')
        self.depth += 1

    def end(self) -> None:
        self.depth -= 1
        self.say("end")

    def say(self, line: str) -> None:
        self.lines.append("  " * self.depth + line)

    def text(self) -> str:
        """The whole chart.

        Raises:
            SmashError: E830, it has more links than Mermaid draws.
        """
        check_edges(len(self.edges))
        styles = []
        for kind, names in self.kinds.items():
            light = self.styles.get(kind, (fill(kind), INK, RULE))
            color, ink, rule = (_in(self.theme, each) for each in light)
            styles.append(f"  classDef {kind} fill:{color},color:{ink},stroke:{rule}")
            styles.append(f"  class {','.join(names)} {kind}")
        head = ['%%{init: {"theme": "dark"}}%%'] if self.theme == "dark" else []
        return "\n".join([*head, "flowchart TB", *self.lines, *self.edges, *styles]) + "\n"


def layers_mermaid(picture: LayerPicture, theme: str) -> str:
    """The layer view: boxes of stages within the frames of sections and repeats."""
    chart = Chart(theme)
    frames: list[Frame] = []
    for box in picture.drawing.boxes:
        around = picture.places.frames(box.section, box.layer, 0)
        shared = 0
        while shared < min(len(around), len(frames)) and around[shared] == frames[shared]:
            shared += 1
        for _ in frames[shared:]:
            chart.end()
        for frame in around[shared:]:
            chart.begin(frame.title)
        frames = list(around)
        chart.node(box.name, *_box(picture, box))
    for _ in frames:
        chart.end()
    for link in picture.drawing.links:
        chart.edge(link.source, link.target, "-.->" if link.order else "-->")
    return chart.text()


def _box(picture: LayerPicture, box: Box) -> tuple[list[str], str, str]:
    """A box's lines, shape and kind; stages that are repeated are said once."""
    first = box.rows[0]
    if box.shape == "end":
        return [f"{box.title} {first.label}"], "round", ""
    if box.shape == "join":
        return [first.label], "join" if box.joined == 1 else "box", ""
    if box.shape == "banks":
        return [first.label], "round", ""
    lines = [box.title] if box.title else []
    for run in picture.runs[box.name]:
        rows = box.rows[run.origin : run.origin + run.length]
        times = f" × {run.times}" if run.times > 1 else ""
        lines += [row.label for row in rows[:-1]] + [rows[-1].label + times]
    return [*lines, box.rows[-1].shape], "box", _main_kind(box)


def _main_kind(box: Box) -> str:
    kinds = [row.kind for row in box.rows]
    return next((kind for kind in kinds if kind in ("conv", "linear", "attention")), kinds[0])


def banks_mermaid(score: Score, theme: str) -> str:
    """The bank view: who reads and who writes which bank."""
    chart = Chart(theme)
    last: list[str] = []
    for number, part in enumerate(score.parts):
        if isinstance(part, Strip):
            name = f"strip {number}"
            chart.node(name, [_title(part.title, part.times), part.shapes, part.text],
                       "round" if part.kind == "input" else "box",
                       "" if part.kind == "input" else part.kind)  # fmt: skip
            for each in last:
                chart.edge(each, name)
            last = [name]
        else:
            last = _panel(chart, part, number, last)
    return chart.text()


def _panel(chart: Chart, panel: Panel, number: int, before: Sequence[str]) -> list[str]:
    """A block with its banks and layers; gives the names of the banks that leave it."""
    keys = {key.letter: key for key in panel.keys}
    lanes = [f"bank {number} {lane}" for lane in range(len(panel.lanes))]
    times = {run.start: run.times for run in panel.runs}
    chart.begin(_title(f"{panel.title} {panel.shapes}", panel.times))
    for name, bank in zip(lanes, panel.lanes, strict=True):
        chart.node(name, [bank.name, str(bank.size)], "bank")
    for place, column in enumerate(panel.columns):
        key = keys[column.letter]
        lines = [_title(f"{column.number} {key.name}".strip(), times.get(place, 1)), key.stages]
        chart.node(column.name, lines, "box", column.kind)
    chart.end()
    for mark in panel.enter:
        for each in before:
            chart.edge(each, lanes[mark.lane])
    for column in panel.columns:
        for mark in column.reads:
            chart.edge(lanes[mark.lane], column.name, "-->", column.reduce)
        for mark in column.writes:
            chart.edge(column.name, lanes[mark.lane], "==>", _WRITES.get(mark.sign, mark.sign))
    return [lanes[mark.lane] for mark in panel.leave]


def _title(title: str, times: int) -> str:
    return f"{title} × {times}" if times > 1 else title


def escaped(text: str) -> str:
    """Text that means nothing to Mermaid."""
    return "".join(_ESCAPED.get(char, char) for char in printable(text))


def _in(theme: str, color: str) -> str:
    return color if theme == "light" else partner(color)
