"""E97x: scorers."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E970",
        "no such scorer",
        "A scorer gives programs the numbers by which they are ranked, and is chosen by its\n"
        "name. The help line lists those that there are.",
    ),
    Entry(
        "E971",
        "a scorer's argument is missing or wrong",
        "Some scorers need to be told something, after a colon: `sgd:100` trains for 100 steps.\n"
        "Others take nothing.",
    ),
)
