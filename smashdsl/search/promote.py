"""The later stages of ranking: the best programs are scored on more images, a few at a time.

In the ledger, a stage goes by its number of images. Who goes on is found from the start, as if
nobody had: a ranking that was interrupted takes the same way, past scores that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from smashdsl.scoring.halving import most, survivors
from smashdsl.scoring.value import Value
from smashdsl.search.engines.scoring import Scoring, Wanted
from smashdsl.search.ledger import Entry, Filter, Ledger
from smashdsl.search.ranking import Ranking, batches, best_score, many
from smashdsl.training.interrupt import Interrupt
from smashdsl.training.progress import Progress


def promote(ranking: Ranking, ledger: Ledger, progress: Progress, stage: int, stop: Interrupt,
            task: Scoring) -> None:  # fmt: skip
    """Score at the next stage whoever a stage lets go on; all where the ranking is exact.

    Raises:
        SmashError: as `rank`.
        KeyboardInterrupt: the user stopped it; the ledger has what was scored.
    """
    stages = ranking.scorer.stages
    limits = ranking.guard.limits
    within = Filter(max_params=limits.max_params, max_flops=limits.max_flops)
    where = replace(within, min_stage=stages[stage])
    reached = ledger.ranked(ranking.scorer.name, where=where, sort="found")
    if ranking.exact:
        rounds, total = batches(reached, many(ranking.engine)), len(reached)
    else:
        values = [_value(ranking, ledger, entry, stages[stage]) for entry in reached]
        started = ledger.count(ranking.scorer.name, within)
        total = min(len(reached), most(values, ranking.keep, stages, stage, started))
        rounds = _rounds(ranking, ledger, stage, reached, values, started)
    with progress.task(f"scoring on {stages[stage + 1]:,} images", total) as shown:
        for some in rounds:
            left = [entry for entry in some if entry.stage < stages[stage + 1]]
            _improve(ranking, ledger, stage + 1, left, stop, task)
            total -= len(some)
            shown.advance(len(some), note=best_score(ledger, ranking.scorer.name))
            if stop.requested:
                raise KeyboardInterrupt
        shown.advance(total)  # nobody else is worth it


def _rounds(ranking: Ranking, ledger: Ledger, stage: int, reached: Sequence[Entry],
            values: Sequence[Value], started: int) -> Iterator[Sequence[Entry]]:  # fmt: skip
    """Who goes on next, until nobody does; whoever went on before has been scored by then."""
    stages, later = ranking.scorer.stages, dict[int, Value]()
    while chosen := survivors(values, later, ranking.keep, stages, stage, started):
        yield [reached[place] for place in chosen]
        for place in chosen:
            later[place] = _value(ranking, ledger, reached[place], stages[stage + 1])


def _value(ranking: Ranking, ledger: Ledger, entry: Entry, images: int) -> Value:
    """What a program had reached on the first so many images."""
    value = ledger.value(ranking.scorer.name, entry.hash)
    assert value is not None
    return value.first(images)


def _improve(ranking: Ranking, ledger: Ledger, stage: int, entries: Sequence[Entry],
             stop: Interrupt, task: Scoring) -> None:  # fmt: skip
    """Score programs at a stage, from where they are."""
    scorer = ranking.scorer
    items = [
        Wanted(ranking.space.rebuild(entry.genome), stage, ledger.value(scorer.name, entry.hash))
        for entry in entries
    ]
    for group in ranking.engine.map(task, items, stop) if items else ():
        for place, scored in group:
            ledger.improve(scorer.name, entries[place].hash, scored.value, scorer.stages[stage],
                           scored.seconds)  # fmt: skip
