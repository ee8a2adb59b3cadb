"""E97x: scorers and studies; E98x: tables of measured networks."""

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
    Entry(
        "E978",
        "a study that cannot be shown in a report",
        "`smashdsl report RUN --study DIR` shows how far scores agree with the truth, as a study\n"
        "`correlation`, `capacity` or `truth` that has ended has found. The message says what is\n"
        "wrong with this folder.",
    ),
    Entry(
        "E980",
        "no table of measured networks",
        "Measured networks are read from CSV files with a line of headings, in UTF-8, or from\n"
        "parquet files. The benchmark is recognised by its columns; other columns are passed\n"
        "over. The message says what was found, the help line what is needed.",
    ),
    Entry(
        "E981",
        "a damaged row of a table",
        "The row does not name a network in the benchmark's own way, has too few or too many\n"
        "values, or an accuracy that is none. Rows count from 1, without the headings. Programs\n"
        "for tables of numbers drop leading zeros of names: take such columns for text.",
    ),
    Entry(
        "E982",
        "a measured network that is not in the space",
        "A table's rows become programs by the names of the space's draws. The space must have\n"
        "those of the benchmark's own spec, with the same options; widths, depths and image\n"
        "sizes may be others. The message says what does not fit.",
    ),
)
