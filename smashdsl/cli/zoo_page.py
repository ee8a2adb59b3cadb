"""The list of the zoo as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from smashdsl.zoo.entries import Entry
from smashdsl.zoo.figures import Figures
from smashdsl.zoo.numbers import amounts
from smashdsl.zoo.skyline import drawn, has

TITLE = 44  # characters of a description that a line shows
_BETWEEN = 12  # blanks of a line, between its cells and before them

NOTE = """\
A sign of a thumbnail is a convolution or a few, as high as it reads channels (from 16 to 1,024),
with a gap where the resolution changes; of a space it shows the program that seed 0 draws.
`zoo show NAME` prints one, `zoo copy NAME` starts a file of your own."""


def zoo_text(rows: Sequence[tuple[Entry, Figures]], encoding: str | None,
             width: int | None = None) -> str:  # fmt: skip
    """Programs, then spaces: name, parameters, FLOPs, a thumbnail in signs that the encoding has,
    what it is and where it comes from; these two on a line of their own where all do not fit into
    a width."""
    cells = [
        (entry.kind, entry.name, amounts(found.params), amounts(found.flops),
         drawn(found.skyline, encoding),
         shorten(entry.title, TITLE, placeholder=" …"),
         re.split("[:;]", entry.source.removeprefix("after "))[0])
        for entry, found in rows
    ]  # fmt: skip
    widths = [max(len(cell[i]) for cell in cells) for i in range(1, 7)]
    narrow = width is not None and sum(widths) + _BETWEEN > width
    name, params, flops = widths[:3]
    lines = []
    for kind in ("program", "space"):
        lines.append(
            f"{kind + 's':{name + 2}}  {'parameters':>{params}}  {'FLOPs':>{flops}}  thumbnail"
        )
        for own, *cell in cells:
            if own == kind:
                lines += _entry_lines(cell, widths, narrow)
        lines.append("")
    lines.append(NOTE)
    text = "\n".join(lines)
    return text if has(encoding, "–…") else text.replace("–", "-").replace("…", "...")


def _entry_lines(cell: Sequence[str], widths: Sequence[int], narrow: bool) -> list[str]:
    name, params, flops, picture, title, _ = widths
    line = f"  {cell[0]:{name}}  {cell[1]:>{params}}  {cell[2]:>{flops}}  {cell[3]}"
    if narrow:
        return [line, f"    {cell[4]}; {cell[5]}"]
    before = name + params + flops + picture + _BETWEEN - 2
    return [f"{line:{before}}{cell[4]:{title}}  {cell[5]}"]
