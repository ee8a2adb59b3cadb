"""Ranking: proposals are scored on few images in batches, and the best of them on more.

What is proposed depends on the seed and on the scores before it only, and a batch of scores enters
the ledger as a whole: so a ranking that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from smashdsl.api import Program, Space
from smashdsl.proposing.limits import Guard, ask
from smashdsl.proposing.proposer import Proposer
from smashdsl.scoring.halving import survivors
from smashdsl.scoring.scorer import Scorer
from smashdsl.search.ledger import Entry, Filter, Ledger
from smashdsl.training.interrupt import Interrupt, interruptible
from smashdsl.training.progress import Progress, Task

TOGETHER = 8  # proposals that are made of the same history and scored in one go
Item = TypeVar("Item")


@dataclass(frozen=True)
class Series:
    """The first `count` proposals of a proposer."""

    proposer: Proposer
    count: int


@dataclass(frozen=True)
class Ranking:
    """What to rank, and how.

    Attributes:
        space: where programs come from.
        scorer: gives the scores.
        series: of proposals, one after the other; each sees the scores of those before.
        keep: how many of the best are looked for, among which later stages decide.
        exact: score all programs at all stages.
        guard: knows the limits that every proposal keeps.
        seed: of what the scorer draws, for the ledger.
    """

    space: Space
    scorer: Scorer
    series: Sequence[Series]
    keep: int = 10
    exact: bool = False
    guard: Guard = field(default_factory=Guard)
    seed: int = 0


def rank(ranking: Ranking, ledger: Ledger, progress: Progress) -> None:
    """Score all proposals that the ledger does not have yet, then the best of them at later stages.

    Raises:
        SmashError: the space yields no program, or none within the limits; the ledger cannot be
            written.
        KeyboardInterrupt: the user stopped it; the ledger has every batch that was scored.
    """
    with interruptible() as stop:
        _propose(ranking, ledger, progress, stop)
        for stage in range(len(ranking.scorer.stages) - 1):
            _promote(ranking, ledger, progress, stage, stop)


def best_score(ledger: Ledger, scorer: str) -> str:
    """The best score so far, for people."""
    best = ledger.ranked(scorer, 1)
    return f"best {best[0].score.score:.4g}" if best else ""


def _propose(ranking: Ranking, ledger: Ledger, progress: Progress, stop: Interrupt) -> None:
    known = {str(each) for each in ledger.proposals(ranking.scorer.name)}
    with progress.task("ranking", sum(series.count for series in ranking.series)) as task:
        for series in ranking.series:
            for numbers in _batches(range(series.count)):
                new = [n for n in numbers if f"{series.proposer.name} {n}" not in known]
                task.advance(len(numbers) - len(new))
                if new and not _batch(ranking, ledger, series.proposer, new, task):
                    break
                if stop.requested:
                    raise KeyboardInterrupt


def _batch(ranking: Ranking, ledger: Ledger, proposer: Proposer, numbers: Sequence[int],
           task: Task) -> bool:  # fmt: skip
    """Score the proposals of some numbers; whether there was one for each."""
    scorer, first = ranking.scorer, ledger.proposed(ranking.scorer.name)
    history = ledger.trials(scorer.name)
    programs: list[Program] = []
    for number in numbers:
        taken = {program.hash for program in programs}
        program = ask(proposer, history, number, ranking.guard, taken)
        if program is None:
            break
        programs.append(program)
    start = time.perf_counter()
    new = {
        program.hash: program
        for program in programs
        if ledger.entry(scorer.name, program.hash) is None
    }
    values = dict(zip(new, scorer.score(list(new.values())), strict=True)) if new else {}
    proposals = [
        (first + place, proposer.name, number, program)
        for place, (number, program) in enumerate(zip(numbers, programs, strict=False))
    ]
    ledger.add(scorer.name, proposals, [values.get(program.hash) for program in programs],
               time.perf_counter() - start, stage=scorer.stages[0], seed=ranking.seed)  # fmt: skip
    task.advance(len(programs), note=best_score(ledger, scorer.name))
    return len(programs) == len(numbers)


def _promote(ranking: Ranking, ledger: Ledger, progress: Progress, stage: int,
             stop: Interrupt) -> None:  # fmt: skip
    """Score at the next stage whoever a stage lets go on."""
    scorer, stages = ranking.scorer, ranking.scorer.stages
    going = _going(ranking, ledger, stage)
    left = [entry for entry in going if entry.stage < stages[stage + 1]]
    with progress.task(f"scoring on {stages[stage + 1]:,} images", len(left)) as task:
        for some in _batches(left):
            programs = [ranking.space.rebuild(entry.genome) for entry in some]
            before = [ledger.value(scorer.name, entry.hash) for entry in some]
            start = time.perf_counter()
            values = scorer.score(programs, stage + 1, before)
            seconds = (time.perf_counter() - start) / len(some)
            for entry, value in zip(some, values, strict=True):
                ledger.improve(scorer.name, entry.hash, value, stages[stage + 1], seconds)
            task.advance(len(some), note=best_score(ledger, scorer.name))
            if stop.requested:
                raise KeyboardInterrupt


def _going(ranking: Ranking, ledger: Ledger, stage: int) -> list[Entry]:
    """The programs that go on from a stage, those that have gone on already included.

    In the ledger, a stage goes by its number of images.
    """
    name, stages = ranking.scorer.name, ranking.scorer.stages
    reached = ledger.ranked(name, where=Filter(min_stage=stages[stage]), sort="found")
    if ranking.exact:
        return reached
    found = [ledger.value(name, entry.hash) for entry in reached]
    values = [value.first(stages[stage]) for value in found if value is not None]
    places = survivors(values, ranking.keep, stages, stage, ledger.count(name))
    return [reached[place] for place in places]


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), TOGETHER):
        yield items[start : start + TOGETHER]
