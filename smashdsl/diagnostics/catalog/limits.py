"""E8xx: limits."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E811",
        "nested too deeply",
        "Brackets, blocks and expressions may be nested 150 levels deep, and no deeper. The `+`s\n"
        "of a sum count as well: `a + b + c` is `(a + b) + c`, two levels. Give parts of it a\n"
        "name with `let`, or move a part into an `op`.",
        "let a = " + "(" * 300 + "1" + ")" * 300 + "\n",
    ),
    Entry(
        "E812",
        "a number out of range",
        "A number may have at most 40 digits, counting the zeros that an exponent or a suffix\n"
        "(`k`, `M`, `G`) stands for, and may not be so small that it becomes 0.",
        "let a = 1e300\n",
    ),
    Entry(
        "E810",
        "the file is too large",
        "A `.smash` file may have at most 4 MiB, and 400,000 words and signs outside comments. A\n"
        "network of that size is better written with `repeat`, `for` and `op`; parts of it can be\n"
        "moved to another file and be brought in with `use`.",
    ),
)
