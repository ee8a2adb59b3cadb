"""E9xx: files and runs."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E901",
        "no such file",
        "The file named on the command line or in a `use` does not exist. A path in `use` is\n"
        'relative to the file that holds the `use`. `use "std"` is the library that comes along.',
    ),
    Entry(
        "E902",
        "a folder where a file is wanted",
        "The path leads to a folder. Name a `.smash` file inside it.",
    ),
    Entry(
        "E903",
        "not a text file",
        "The file is not text in UTF-8, or holds NUL characters: it is probably not a `.smash`\n"
        "file, or was saved in another encoding. Save it as UTF-8.",
    ),
    Entry(
        "E904",
        "the file cannot be read",
        "The operating system refused to read the file; the message says why. Most often the\n"
        "permissions of the file or of a folder above it do not allow it.",
    ),
    Entry(
        "E907",
        "files that use each other in a circle",
        "A file may use others, but no chain of uses may lead back to it. Move what they share\n"
        "into a file of its own.",
    ),
)
