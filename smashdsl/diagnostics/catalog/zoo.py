"""E966, E967: the networks and spaces that come with the package."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E966",
        "the zoo has nothing of that name",
        "`smashdsl zoo` lists the networks and spaces that come with smashdsl. They are named\n"
        "like the files in `specs`, with or without the ending.",
    ),
    Entry(
        "E967",
        "a file is in the way",
        "`zoo copy` starts a file of your own and takes no other's place. Give another name with\n"
        "`-o`, or `--force` to replace the file.",
    ),
)
