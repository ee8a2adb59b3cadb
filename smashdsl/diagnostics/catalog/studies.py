"""E97x studies."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E970",
        "a folder that holds another study",
        "A study goes on where it was interrupted, if it is asked for with the same settings.\n"
        "This folder holds one of another kind, or with other settings; the message says what\n"
        "differs. Name another folder, or remove this one.",
    ),
)
