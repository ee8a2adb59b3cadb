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
from smashdsl.search.ledger import Ledger
from smashdsl.search.settings import RankSettings
from smashdsl.training.evaluate import Score
from smashdsl.training.interrupt import interruptible
from smashdsl.training.progress import Progress
from smashdsl.training.seeds import derive

SECONDS = 5.0
Scorer = Callable[[Program], Score]


def rank(space: Space, score: Scorer, ledger: Ledger, settings: RankSettings, seed: int,
         progress: Progress) -> None:  # fmt: skip
    """Score all proposals that the ledger does not have yet.

    Args:
        space: where programs come from.
        score: higher likelihood is better; the same program must get the same score.
        ledger: takes the scores, and is saved every few seconds and at the end.
        settings: how many proposals of each kind.
        seed: of the proposals.
        progress: is told about every proposal.

    Raises:
        SmashError: the space yields no program; the ledger cannot be written.
        KeyboardInterrupt: the user stopped it; the ledger is saved.
    """
    saved = time.monotonic()
    total = settings.random + settings.perturbed
    with progress.task("ranking", total) as task, interruptible() as stop:
        try:
            for proposal, propose in _proposals(space, ledger, settings, seed):
                if proposal not in ledger.proposals:
                    program = propose()
                    if program is None:
                        break
                    ledger.add(proposal, program, score)
                task.advance(note=f"best {ledger.ranked()[0].score.mean_log_likelihood:.3f}")
                if stop.requested:
                    raise KeyboardInterrupt
                if time.monotonic() - saved > SECONDS:
                    ledger.save()
                    saved = time.monotonic()
        finally:
            ledger.save()


def _proposals(
    space: Space, ledger: Ledger, settings: RankSettings, seed: int
) -> Iterator[tuple[str, Callable[[], Program | None]]]:
    for i in range(settings.random):
        yield f"random {i}", partial(space.sample, derive(seed, "rank", "random", i))
    for i in range(settings.perturbed):
        yield f"perturbed {i}", partial(_perturbed, space, ledger, settings, seed, i)


def _perturbed(
    space: Space, ledger: Ledger, settings: RankSettings, seed: int, number: int
) -> Program | None:
    """A mutation of one of the best; None where the space has no other program."""
    best = ledger.ranked()[: max(settings.parents, 1)]
    if not best:
        return space.sample(derive(seed, "rank", "random", 0))
    parent = space.rebuild(best[number % len(best)].genome)
    try:
        return space.mutate(parent, derive(seed, "rank", "perturbed", number))
    except SmashError as error:
        if error.diagnostics[0].code == "E606":
            return None
        raise
