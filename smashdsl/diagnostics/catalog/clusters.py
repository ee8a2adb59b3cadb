"""E990 to E992: clusters."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E990",
        "a cluster that cannot be joined",
        "With `--engine ray`, `--address HOST:PORT` names the head of a Ray cluster, as\n"
        "`ray start --head` prints it, and `auto` the cluster that runs on this machine. Nothing\n"
        "listens there, what listens is no such head, or its version of Ray or Python is another.\n"
        "This machine must be one of the cluster's. Without an address, a cluster with this\n"
        "machine's cores is started and ended again.",
    ),
    Entry(
        "E991",
        "workers that are lost",
        "A worker that is killed, or whose machine fails, costs only the program that it was\n"
        "scoring or training, which is done again by another one. Here four workers were lost\n"
        "over one and the same program, or for a minute no machine was left that has what a\n"
        "program needs. What was done is in the run's folder: the same command goes on there.",
    ),
    Entry(
        "E992",
        "a worker that cannot do its part",
        "Workers are told programs and settings, and answer with scores and weights. One has told\n"
        "of an error that is not about the program, or has answered something else: usually\n"
        "because its machine has another version of smashdsl, or none. Install the same versions\n"
        "of smashdsl, Python and PyTorch on all machines of the cluster.",
    ),
)
