"""The list of the zoo as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from smashdsl.zoo.entries import Entry
from smashdsl.zoo.figures import Figures
from smashdsl.zoo.numbers import amounts
from smashdsl.zoo.skyline import drawn

TITLE = 44  # characters of a description that a line shows


NOTE = """\
A sign of a thumbnail is a convolution or a few, as high as it reads channels (from 16 to 1,024),
with a gap where the resolution changes; of a space it shows the program that seed 0 draws.
`zoo show NAME` prints one, `zoo copy NAME` starts a file of your own."""


def zoo_text(rows: Sequence[tuple[Entry, Figures]], encoding: str | None) -> str:
    """Programs, then spaces: name, parameters, FLOPs, a thumbnail in signs that the encoding has,
    what it is and where it comes from."""
    cells = [
        (entry.kind, entry.name, amounts(found.params), amounts(found.flops),
         drawn(found.skyline, encoding),
         shorten(entry.title, TITLE, placeholder=" …"),
         re.split("[:;]", entry.source.removeprefix("after "))[0])
        for entry, found in rows
    ]  # fmt: skip
    name, params, flops, picture, title = (max(len(cell[i]) for cell in cells) for i in range(1, 6))
    lines = []
    for kind in ("program", "space"):
        lines.append(
            f"{kind + 's':{name + 2}}  {'parameters':>{params}}  {'FLOPs':>{flops}}  thumbnail"
        )
        for own, *cell, about, source in cells:
            if own == kind:
                line = f"  {cell[0]:{name}}  {cell[1]:>{params}}  {cell[2]:>{flops}}"
                lines.append(f"{line}  {cell[3]:{picture}}  {about:{title}}  {source}")
        lines.append("")
    lines.append(NOTE)
    return "\n".join(lines)
