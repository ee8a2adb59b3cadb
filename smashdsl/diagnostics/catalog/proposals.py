"""E98x: what is proposed in a search."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E985",
        "no such proposer",
        "What proposes the programs of a search is chosen by name; the message lists the names,\n"
        "or names one that is much alike.",
    ),
    Entry(
        "E986",
        "an option that a proposer cannot take",
        "The proposer has no option of that name, or the option no such value. The message says\n"
        "which options there are, or what the value must be.",
    ),
    Entry(
        "E987",
        "limits that no proposal keeps",
        "With `--max-params`, `--max-flops` or `--max-latency`, a proposal that has more is\n"
        "replaced by another one, up to 1,000 times. The notes say how many broke which limit,\n"
        "and how near they came. Latency is measured on this device, as the median of 15 passes.",
    ),
)
