"""Ranking: proposals are scored on few images in batches, and the best of them on more.

What is proposed depends on the seed and on the scores before it only, and a batch of scores enters
the ledger as a whole: so a ranking that was interrupted goes on as if it had not been. Nor does
anything depend on the engine: where several workers score, batches of a proposer that looks at no
score are scored together, and all others one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from smashdsl.api import Program
from smashdsl.proposing.limits import ask
from smashdsl.proposing.proposer import Proposer, Trial
from smashdsl.search.engines.scoring import Scored, Scoring, Wanted
from smashdsl.search.ledger import Ledger
from smashdsl.search.pending import Pending
from smashdsl.search.promote import promote
from smashdsl.search.ranking import TOGETHER, Ranking, batches, best_score, many
from smashdsl.training.interrupt import Interrupt, interruptible
from smashdsl.training.progress import Progress, Task


def rank(ranking: Ranking, ledger: Ledger, progress: Progress) -> None:
    """Score all proposals that the ledger does not have yet, then the best of them at later stages.

    Raises:
        SmashError: the space yields no program, or none within the limits; the ledger cannot be
            written; else as the engine.
        KeyboardInterrupt: the user stopped it; the ledger has every batch that was scored.
    """
    scorer = ranking.scorer
    task = Scoring(scorer, TOGETHER, ranking.sent, ranking.threads, ranking.device)
    pending = Pending(ledger.path.parent, ledger.facts, scorer.name, scorer.stages[0],
                      ranking.seed, progress)  # fmt: skip
    with interruptible() as stop, closing(pending):
        _Proposing(ranking, ledger, progress, stop, task, pending).run()
        for stage in range(len(scorer.stages) - 1):
            promote(ranking, ledger, progress, stage, stop, task)


@dataclass(frozen=True)
class _Batch:
    """Proposals that enter the ledger together: their numbers, and the programs of the first of
    these, which are all unless the proposer has nothing left."""

    proposer: Proposer
    numbers: Sequence[int]
    programs: Sequence[Program]


@dataclass(frozen=True)
class _Proposing:
    """The first stage."""

    ranking: Ranking
    ledger: Ledger
    progress: Progress
    stop: Interrupt
    task: Scoring
    pending: Pending

    def run(self) -> None:
        """Score all proposals."""
        series = self.ranking.series
        name, width = self.ranking.scorer.name, many(self.ranking.engine)
        with self.progress.task("ranking", sum(each.count for each in series)) as shown:
            for each in series:
                known = {str(proposal) for proposal in self.ledger.proposals(name)}
                ahead = each.blind and width > TOGETHER
                seen = self.ledger.trials(name) if ahead else None
                for wave in batches(range(each.count), width if ahead else TOGETHER):
                    new = [n for n in wave if f"{each.proposer.name} {n}" not in known]
                    shown.advance(len(wave) - len(new))
                    if new and not self._wave(each.proposer, wave, set(new), seen, shown):
                        break
                    if self.stop.requested:
                        raise KeyboardInterrupt

    def _wave(self, proposer: Proposer, wave: Sequence[int], new: set[int],
              seen: list[Trial] | None, shown: Task) -> bool:  # fmt: skip
        """Score the new proposals among some numbers; whether there was one for each."""
        batches = deque(self._asked(proposer, wave, new, seen))
        complete = all(len(batch.numbers) == len(batch.programs) for batch in batches)
        scores: dict[str, Scored | None] = {}
        todo: dict[str, Program] = {}
        for program in (program for batch in batches for program in batch.programs):
            known = self.ledger.entry(self.ranking.scorer.name, program.hash) is not None
            waiting = None if known else self.pending.find(program.hash)
            if known or waiting is not None:
                scores[program.hash] = waiting
            else:
                todo[program.hash] = program
        self._enter(batches, scores, shown)
        programs = list(todo.values())
        items = [Wanted(program) for program in programs]
        for group in self.ranking.engine.map(self.task, items, self.stop):
            found = [(programs[place], scored) for place, scored in group]
            scores |= {program.hash: scored for program, scored in found}
            self._enter(batches, scores, shown)
            left = {program.hash for batch in batches for program in batch.programs}
            if waiting_now := [each for each in found if each[0].hash in left]:
                self.pending.keep(waiting_now)
        self.pending.clear()
        return complete

    def _asked(self, proposer: Proposer, wave: Sequence[int], new: set[int],
               seen: list[Trial] | None) -> Iterator[_Batch]:  # fmt: skip
        """The new proposals among some numbers, by batches: with the history of the ledger, or with
        what is `seen`, to which they are added, where nobody looks at scores."""
        history = self.ledger.trials(self.ranking.scorer.name) if seen is None else seen
        for numbers in batches(wave, TOGETHER):
            wanted = [number for number in numbers if number in new]
            programs: list[Program] = []
            for number in wanted:
                taken = {program.hash for program in programs}
                program = ask(proposer, history, number, self.ranking.guard, taken,
                              stop=lambda: self.stop.requested)  # fmt: skip
                if program is None:
                    break
                programs.append(program)
            yield _Batch(proposer, wanted, programs)
            if len(programs) < len(wanted):
                return
            if seen is not None:
                seen += map(_trial, programs)

    def _enter(self, batches: deque[_Batch], scores: dict[str, Scored | None],
               shown: Task) -> None:  # fmt: skip
        """Enter the first batches in the ledger, as far as they are complete."""
        scorer = self.ranking.scorer
        while batches and all(program.hash in scores for program in batches[0].programs):
            batch = batches.popleft()
            first = self.ledger.proposed(scorer.name)
            found = [scores[program.hash] for program in batch.programs]
            proposals = [
                (first + place, batch.proposer.name, number, program)
                for place, (number, program) in enumerate(
                    zip(batch.numbers, batch.programs, strict=False)
                )
            ]
            seconds = sum(each.seconds for each in found if each is not None)
            values = [None if each is None else each.value for each in found]
            self.ledger.add(scorer.name, proposals, values, seconds, stage=scorer.stages[0],
                            seed=self.ranking.seed)  # fmt: skip
            shown.advance(len(batch.programs), note=best_score(self.ledger, scorer.name))


def _trial(program: Program) -> Trial:
    """A program that will have been scored."""
    costs = program.costs
    return Trial(program.genome, program.hash, 0.0, costs.params, costs.flops, costs.depth)
