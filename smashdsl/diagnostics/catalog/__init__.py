"""Every diagnostic code with its long explanation.

Families: E1 syntax, E2 names, E3 types, arity and values, E4 shapes, E5 banks, E6 draws and
spaces, E7 requirements, E8 limits, E9 files and runs; W warnings.
"""

from __future__ import annotations

from smashdsl.diagnostics.catalog import (
    banks,
    clusters,
    data,
    drawings,
    exports,
    files,
    imports,
    limits,
    names,
    proposals,
    runs,
    shapes,
    spaces,
    studies,
    syntax,
    values,
    zoo,
)
from smashdsl.diagnostics.catalog.entry import Entry as Entry
from smashdsl.diagnostics.catalog.entry import table
from smashdsl.diagnostics.similar import did_you_mean

CATALOG: dict[str, Entry] = table(
    [
        *syntax.ENTRIES,
        *names.ENTRIES,
        *values.ENTRIES,
        *shapes.ENTRIES,
        *banks.ENTRIES,
        *spaces.ENTRIES,
        *limits.ENTRIES,
        *files.ENTRIES,
        *runs.ENTRIES,
        *proposals.ENTRIES,
        *clusters.ENTRIES,
        *data.ENTRIES,
        *exports.ENTRIES,
        *drawings.ENTRIES,
        *studies.ENTRIES,
        *zoo.ENTRIES,
        *imports.ENTRIES,
    ]
)


def explain(code: str) -> str:
    """The long form of a code: its title, what it means, and a text that shows it.

    Raises:
        ValueError: there is no such code; the message names a similar one where there is one.
    """
    entry = CATALOG.get(code.upper())
    if entry is None:
        near = did_you_mean(code.upper(), CATALOG)
        raise ValueError(f"no such code: {code}" + (f"; did you mean {near}?" if near else ""))
    parts = [f"{entry.code}: {entry.title}", entry.explanation.strip()]
    if entry.example:
        example = "\n".join("    " + line for line in entry.example.strip("\n").split("\n"))
        parts.append("For example:\n\n" + example)
    return "\n\n".join(parts) + "\n"
