"""The list of the zoo as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from smashdsl.zoo.entries import Entry
from smashdsl.zoo.figures import Figures
from smashdsl.zoo.numbers import amounts

TITLE = 48  # characters of a description that a line shows


def zoo_text(rows: Sequence[tuple[Entry, Figures]]) -> str:
    """Programs, then spaces: name, parameters, FLOPs, what it is and where it comes from."""
    cells = [
        (entry.kind, entry.name, amounts(found.params), amounts(found.flops),
         shorten(entry.title, TITLE, placeholder=" …"),
         re.split("[:;]", entry.source.removeprefix("after "))[0])
        for entry, found in rows
    ]  # fmt: skip
    name, params, flops, title = (max(len(cell[i]) for cell in cells) for i in range(1, 5))
    lines = []
    for kind in ("program", "space"):
        lines.append(f"{kind + 's':{name + 2}}  {'parameters':>{params}}  {'FLOPs':>{flops}}")
        for own, *cell, about, source in cells:
            if own == kind:
                line = f"  {cell[0]:{name}}  {cell[1]:>{params}}  {cell[2]:>{flops}}"
                lines.append(f"{line}  {about:{title}}  {source}")
        lines.append("")
    lines.append("`zoo show NAME` prints one, `zoo copy NAME` starts a file of your own.")
    return "\n".join(lines)
