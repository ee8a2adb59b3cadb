"""Graphviz's HTML-like labels: boxes of rows, titles and legends, with all text escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from smashdsl.backends.labels import printable
from smashdsl.backends.render.colors import INK, MUTED, RULE, fill, title
from smashdsl.backends.render.fold import Run
from smashdsl.backends.render.model import Row


def identifier(content: str) -> str:
    """Text as the name of a graph: short, and with nothing that DOT reads in its own way."""
    return re.sub(r"[^\w.\- ]", "_", content)[:80]


def text(content: str, *, size: float = 0, color: str = "", bold: bool = False) -> str:
    """Escaped text in a style; characters that XML cannot hold become `�`."""
    inner = escape(printable(content).replace("\\", "\\\\"), {'"': "&quot;"})
    if bold:
        inner = f"<b>{inner}</b>"
    attributes = f' point-size="{size:g}"' if size else ""
    attributes += f' color="{color}"' if color else ""
    return f"<font{attributes}>{inner}</font>" if attributes else inner


def box(heading: Sequence[str], rows: Sequence[Row], runs: Sequence[Run]) -> str:
    """A chain's label: a heading of number and name, then the rows; rows that are repeated say how
    often beside them."""
    repeated = any(run.times > 1 for run in runs)
    mark = '<td border="0" width="1"></td>' if repeated else ""
    shown = [i for run in runs for i in range(run.origin, run.origin + run.length)]
    shapes = [rows[i].shape for i in shown]
    ends = {
        i for i, shape, then in zip(shown, shapes, [*shapes[1:], ""], strict=True) if shape != then
    }
    lines = []
    if heading:
        title = f'<td colspan="2" align="left" bgcolor="white">{_heading(heading)}</td>'
        lines.append(f"<tr>{title}{mark}</tr>")
    for run in runs:
        for i in range(run.origin, run.origin + run.length):
            beside = "" if repeated and i > run.origin else mark
            if run.times > 1 and i == run.origin:
                beside = _times(run)
            lines.append(f"<tr>{_row(rows[i], i in ends)}{beside}</tr>")
    return (
        '<<table border="0" cellborder="1" cellspacing="0" cellpadding="3" '
        f'color="{RULE}">{"".join(lines)}</table>>'
    )


def _heading(heading: Sequence[str]) -> str:
    number, name = heading
    parts = [text(number, size=9, color=MUTED)] if number else []
    parts += [text(name, size=10, bold=True)] if name else []
    return " ".join(parts)


def _row(row: Row, with_shape: bool) -> str:
    color = fill(row.kind)
    label = text(row.label, size=10)
    if not with_shape:
        return f'<td colspan="2" align="left" bgcolor="{color}">{label}</td>'
    shape = text(row.shape, size=9, color=INK)
    return (
        f'<td align="left" sides="tbl" bgcolor="{color}">{label}</td>'
        f'<td align="right" sides="tbr" bgcolor="{color}">{shape}</td>'
    )


def _times(run: Run) -> str:
    inner = text(f"× {run.times}", size=10, bold=True, color=MUTED)
    return f'<td rowspan="{run.length}" sides="trb">{inner}</td>'


def header(name: str, facts: str, kinds: Iterable[str], columns: int) -> str:
    """The picture's label: what it shows, what that costs, and the legend in so many columns."""
    cells = [
        f'<td bgcolor="{fill(kind)}" border="1" width="14" height="10" fixedsize="true"></td>'
        f'<td align="left">{text(title(kind), size=9)}</td>'
        for kind in kinds
    ]
    lines = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    legend = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    table = f'<table border="0" cellborder="0" cellspacing="2" color="{RULE}">{legend}</table>'
    return (
        '<<table border="0" cellborder="0" cellspacing="1">'
        f"<tr><td>{text(name, size=14, bold=True)}</td></tr>"
        f"<tr><td>{text(facts, size=10, color=MUTED)}</td></tr>"
        + (f"<tr><td>{table}</td></tr>" if cells else "")
        + "</table>>"
    )
