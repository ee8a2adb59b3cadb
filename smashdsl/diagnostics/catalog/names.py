"""E2xx: names and the order of sections."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry
from smashdsl.diagnostics.catalog.wrap import HEAD, network

ENTRIES = (
    Entry(
        "E201",
        "an unknown name",
        "Nothing of this name is defined where it stands: no `let`, no parameter, no bank, no\n"
        "loop variable, no function. Names are known from their definition to the end of the\n"
        "braces around it. `reads`, `depth` and `written` are known inside blocks, the costs in\n"
        "`require`.",
        network("stem { conv(withd, 3) }"),
    ),
    Entry(
        "E202",
        "an unknown operation",
        "A stage must be a built-in operation, an `op` of this file or of a file that it uses, or\n"
        "a name bound to one.",
        network("stem { cnv(16, 3) }"),
    ),
    Entry(
        "E203",
        "a name that is defined twice",
        "A name may be defined once in the same braces. Inner braces may use it anew.",
        network("let width = 16", "let width = 32", "stem { conv(width, 3) }"),
    ),
    Entry(
        "E204",
        "a name that the language keeps",
        "`channels`, `classes`, `reads`, `depth`, `written` and the costs have a fixed meaning. A\n"
        "definition would hide it.",
        network("let channels = 16", "stem { conv(16, 3) }"),
    ),
    Entry(
        "E205",
        "sections in the wrong order, or missing",
        "A network is read in the order of data flow: `stem` first and at most once, then `block`\n"
        "and `transition` in any order, then one `head`. A `train` part stands before all of\n"
        "them, since what it draws conditions the weights of every layer.",
        network(HEAD, "transition { relu }", head=""),
    ),
    Entry(
        "E206",
        "no network, or no network of this name",
        "A file may define several programs and spaces; a command needs to know which one is\n"
        "meant when there are several.",
    ),
)
