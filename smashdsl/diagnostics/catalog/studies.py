"""E97x: scorers and studies."""

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
    Entry(
        "E976",
        "a folder that holds another study",
        "A study goes on where it was interrupted, if it is asked for with the same settings.\n"
        "This folder holds one of another kind, or with other settings; the message says what\n"
        "differs. Name another folder, or remove this one.",
    ),
)
