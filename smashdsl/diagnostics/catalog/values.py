"""E3xx: arguments, types and values."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry
from smashdsl.diagnostics.catalog.wrap import network

ENTRIES = (
    Entry(
        "E301",
        "arguments that do not fit the parameters",
        "An operation or function got too many arguments, too few, one twice, or one by a name\n"
        "that it does not have. The help line shows what it takes.",
        network("stem { conv(16) }"),
    ),
    Entry(
        "E302",
        "a value of the wrong type",
        "The value is of another type than its place needs: a list where a number belongs, say,\n"
        "or a number where true or false belongs.",
        network("stem { conv(16, 3) -> relu if 7 }"),
    ),
    Entry(
        "E303",
        "a value out of range",
        "The value has the right type, but is too small or too large for its place: a convolution\n"
        "of 0 units, say, or a probability of 2.",
        network("stem { conv(0, 3) }"),
    ),
    Entry(
        "E304",
        "an index outside of a list",
        "Lists are counted from 0: the last item of a list of three is number 2.",
        network("let widths = [16, 32]", "stem { conv(widths[2], 3) }"),
    ),
    Entry(
        "E305",
        "an unknown fixed filter",
        "`weights=fixed(...)` takes one of the filters that are known: `gabor`.",
        network("stem { conv(16, 3, weights=fixed(relu)) }"),
    ),
    Entry(
        "E306",
        "a division that does not come out whole",
        "`/` between whole numbers must give a whole number, so that no channel is lost unseen.\n"
        "`//` divides and rounds down; write `17 * 0.5` for a fraction.",
        network("stem { conv(17 / 2, 3) }"),
    ),
    Entry(
        "E307",
        "a stage that is no operation",
        "What stands between arrows must be an operation: its name, a call of it, or something\n"
        "that gives one.",
        network("let width = 16", "stem { conv(16, 3) -> width }"),
    ),
    Entry(
        "E308",
        "an unknown setting",
        "`encoding { ... }` has two settings: `unit`, the channels of one row, and `compression`,\n"
        "the units of depth that share a slice. Those of `train { ... }` are listed in the help.",
        network("encoding { units = 8 }", "stem { conv(16, 3) }"),
    ),
)
