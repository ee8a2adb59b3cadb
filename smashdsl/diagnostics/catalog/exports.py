"""E832, E906, E908: networks written as Python source."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E832",
        "nested too deeply for Python source",
        "Combinators (`sum { ... ; ... }` and the like) may be nested 40 levels deep in a network\n"
        "that is exported as Python source, since Python limits brackets within brackets. The\n"
        "torch module and all other artefacts have no such limit.",
    ),
    Entry(
        "E906",
        "a registered operation cannot be exported",
        "The exported file needs nothing but torch, so it can hold only operations that the\n"
        "language has itself. One that was added with `register_op` is Python code elsewhere.\n"
        "Write it with built-in operations, or keep the network as a torch module.",
    ),
    Entry(
        "E908",
        "the exported file is not the network",
        "`export --verify` ran the file in a process that cannot import smashdsl, and something\n"
        "was not as in the network compiled here: the names or shapes of its parameters, or its\n"
        "outputs for the same weights and input. The message says what. If the file was edited,\n"
        "export it again; otherwise this is a fault of smashdsl, and a report is welcome.",
    ),
)
