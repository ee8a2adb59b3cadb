"""Scoring a program that somebody gives, drawn or written by hand."""

from __future__ import annotations

import time

from smashdsl.api import Program
from smashdsl.search.ledger import Entry, Filter, Ledger, find
from smashdsl.search.ranked import HYPERNET, make_run_scorer
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run

PROPOSER = "given"


def score_step(run: Run, program: Program, using: Resources, scorer: str = HYPERNET) -> Entry:
    """A program's place in the ledger of a run, scored on all images of the last stage.

    Args:
        run: must be trained, unless the scorer needs no trained weights.
        program: any network of the run's space.
        using: where to score.
        scorer: `hypernet`, or a name as `make_scorer` takes it.

    Raises:
        SmashError: it is not in the space (the error says which value lies outside which draw);
            else as `rank_step`.
    """
    adopted = run.space.adopt(program)
    with threads(run.threads), Ledger(find(run.folder), run.facts) as ledger:
        made = make_run_scorer(run, using, scorer)
        last = len(made.stages) - 1
        before = ledger.value(made.name, adopted.hash)
        entry = ledger.entry(made.name, adopted.hash)
        if entry is None:
            start = time.perf_counter()
            values = made.score([adopted], last)
            number = ledger.count(made.name, Filter(proposer=PROPOSER))
            proposal = (ledger.proposed(made.name), PROPOSER, number, adopted)
            ledger.add(made.name, [proposal], values, time.perf_counter() - start,
                       stage=made.stages[last], seed=run.seed)  # fmt: skip
        elif entry.stage < made.stages[last]:
            start = time.perf_counter()
            (value,) = made.score([adopted], last, [before])
            seconds = time.perf_counter() - start
            ledger.improve(made.name, adopted.hash, value, made.stages[last], seconds)
        found = ledger.entry(made.name, adopted.hash)
    assert found is not None
    return found
