"""E985 to E989: what is proposed in a search."""

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
        "and how near they came. Latency is measured on this device, as the median of 15 passes.\n"
        "Programs that were ranked before there was a limit must keep those of parameters and\n"
        "multiply-adds as well: the error also says when none of them does.",
    ),
    Entry(
        "E988",
        "a space without a fixed set of draws",
        "Samplers of Optuna search over parameters, and there must be the same for all programs.\n"
        "In this space some draws decide which others there are, or what is among their options;\n"
        "the note shows a place. It may also be that this could not be ruled out. Proposers that\n"
        "mutate (`perturb`, `evolution`) or climb (`markov`, `local`) take any space.",
    ),
    Entry(
        "E989",
        "a proposer without a HyperNet to follow",
        "`gradient` proposes what the gradient of the HyperNet's loss favours, and so needs one\n"
        "that is trained on the space, and is told of the networks that it generates filters for.\n"
        "Other proposers need none.",
    ),
)
