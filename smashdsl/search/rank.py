"""Ranking: random programs, then mutations of the best, all scored with generated weights.

What is proposed depends on the seed and on the scores before it only, so an interrupted ranking
goes on as if it had not been. Brock et al. 2017 score random programs, then perturb the best.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.scoring.scorer import Scorer
from smashdsl.search.ledger import Ledger
from smashdsl.search.settings import RankSettings
from smashdsl.training.interrupt import interruptible
from smashdsl.training.progress import Progress
from smashdsl.training.seeds import derive


def rank(space: Space, scorer: Scorer, ledger: Ledger, settings: RankSettings, seed: int,
         progress: Progress) -> None:  # fmt: skip
    """Score all proposals that the ledger does not have yet.

    Args:
        space: where programs come from.
        scorer: must give the same program the same score.
        ledger: takes the scores, one by one.
        settings: how many proposals of each kind.
        seed: of the proposals.
        progress: is told about every proposal.

    Raises:
        SmashError: the space yields no program; the ledger cannot be written.
        KeyboardInterrupt: the user stopped it.
    """
    total = settings.random + settings.perturbed
    done = {str(proposal) for proposal in ledger.proposals(scorer.name)}
    with progress.task("ranking", total) as task, interruptible() as stop:
        for proposer, number, propose in _proposals(space, scorer, ledger, settings, seed):
            if f"{proposer} {number}" not in done:
                program = propose()
                if program is None:
                    break
                _score(scorer, ledger, proposer, number, program, seed)
            task.advance(note=f"best {ledger.ranked(scorer.name, 1)[0].score.score:.3f}")
            if stop.requested:
                raise KeyboardInterrupt


def _score(scorer: Scorer, ledger: Ledger, proposer: str, number: int, program: Program,
           seed: int) -> None:  # fmt: skip
    start = time.perf_counter()
    known = ledger.entry(scorer.name, program.hash) is not None
    values = [None] if known else scorer.score([program])
    proposal = (ledger.proposed(scorer.name), proposer, number, program)
    ledger.add(scorer.name, [proposal], values, time.perf_counter() - start, seed=seed)


def _proposals(
    space: Space, scorer: Scorer, ledger: Ledger, settings: RankSettings, seed: int
) -> Iterator[tuple[str, int, Callable[[], Program | None]]]:
    for i in range(settings.random):
        yield "random", i, partial(space.sample, derive(seed, "rank", "random", i))
    for i in range(settings.perturbed):
        yield "perturbed", i, partial(_perturbed, space, scorer, ledger, settings, seed, i)


def _perturbed(
    space: Space, scorer: Scorer, ledger: Ledger, settings: RankSettings, seed: int, number: int
) -> Program | None:
    """A mutation of one of the best; None where the space has no other program."""
    best = ledger.ranked(scorer.name, settings.parents)
    if not best:
        return space.sample(derive(seed, "rank", "random", 0))
    parent = space.rebuild(best[number % len(best)].genome)
    try:
        return space.mutate(parent, derive(seed, "rank", "perturbed", number))
    except SmashError as error:
        if error.diagnostics[0].code == "E606":
            return None
        raise
