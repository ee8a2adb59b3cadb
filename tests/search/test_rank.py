"""Ranking, with a scorer that needs no training."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import smashdsl
from smashdsl.proposing.limits import Guard, Limits
from smashdsl.proposing.registry import make_proposer
from smashdsl.proposing.sampling import Sampling
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Entry, Ledger, Proposal, Reading
from smashdsl.search.rank import rank
from smashdsl.search.ranking import Ranking, Series
from smashdsl.training.progress import Silent
from tests.hypernet.spaces import TINY, space

FACTS = {"space": "tiny", "seed": 0}
STAGES = (100, 400, 1600)


class Scorer:
    """The more parameters the better, give or take an image; can be stopped after some programs."""

    name = "counting"

    def __init__(self, stop_after: int | None = None, stages: tuple[int, ...] = (100,)) -> None:
        self.scored: list[str] = []
        self.stop_after, self.stages = stop_after, stages
        self.images = 0

    def score(self, programs: Sequence[smashdsl.Program], stage: int = 0,
              before: Sequence[Value | None] = ()) -> list[Value]:  # fmt: skip
        if self.stop_after is not None and len(self.scored) >= self.stop_after:
            raise KeyboardInterrupt
        self.scored += [program.hash for program in programs]
        known = before or [None] * len(programs)
        return [self.value(*each, stage) for each in zip(programs, known, strict=True)]

    def value(self, program: smashdsl.Program, before: Value | None, stage: int) -> Value:
        n = self.stages[stage]
        seen = 0 if before is None or before.likelihoods is None else len(before.likelihoods)
        self.images += n - seen
        noise = np.random.default_rng(int(program.hash[:8], 16)).normal(size=max(self.stages))
        likelihoods = (program.costs.params / 1e4 - 3 + 0.1 * noise[:n]).astype(np.float32)
        return Value.mean_of(likelihoods, n // 2, n)


def ranked(of: smashdsl.Space, path: Path, scorer: Scorer, random: int = 6, proposed: int = 5,
           seed: int = 0, **given: Any) -> list[Entry]:  # fmt: skip
    series = [Series(make_proposer("random", of, seed), random),
              Series(make_proposer("perturb", of, seed, parents=2), proposed)]  # fmt: skip
    with Ledger(path / "ledger.sqlite", FACTS) as ledger:
        rank(Ranking(of, scorer, series, **given), ledger, Silent())
        return ledger.ranked(scorer.name, sort="stage")


def told(entries: list[Entry]) -> list[dict[str, Any]]:
    return [entry.as_data() for entry in entries]


def proposed(path: Path) -> list[Proposal]:
    with Reading(path / "ledger.sqlite") as ledger:
        return ledger.proposals(Scorer.name)


def test_every_program_is_scored_once_and_the_best_come_first(tiny: smashdsl.Space, tmp_path: Path):
    scorer = Scorer()
    entries = ranked(tiny, tmp_path, scorer)
    assert [proposal.number for proposal in proposed(tmp_path)] == list(range(11))
    assert len(set(scorer.scored)) == len(scorer.scored) == len(entries)
    scores = [entry.score.score for entry in entries]
    assert scores == sorted(scores, reverse=True)
    for entry in entries:
        program = tiny.rebuild(entry.genome)
        assert (program.hash, program.costs.params) == (entry.hash, entry.params)
    together = [proposal for entry in entries for proposal in entry.proposals]
    assert sorted(together, key=lambda proposal: proposal.number) == proposed(tmp_path)


def test_perturbed_programs_are_neighbours_of_good_ones(tiny: smashdsl.Space, tmp_path: Path):
    entries = {entry.hash: entry for entry in ranked(tiny, tmp_path, Scorer())}
    first = {each.hash for each in proposed(tmp_path) if each.proposer == "random"}
    new = {each.hash for each in proposed(tmp_path) if each.proposer == "perturb"}
    assert new
    for hash_ in new:
        genome = entries[hash_].genome
        distances = [
            sum(genome[path] != other.genome[path] for path in genome)
            for other in entries.values()
            if other.hash != hash_
        ]
        assert min(distances) <= 2
    assert max(e.params for e in entries.values()) >= max(entries[h].params for h in first)


@pytest.mark.parametrize("stop_after", [0, 6, 11, 13, 16])
def test_an_interrupted_ranking_goes_on_as_if_it_had_not_been(
    tiny: smashdsl.Space, tmp_path: Path, stop_after: int
):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()

    def scorer(stop: int | None = None) -> Scorer:
        return Scorer(stop, STAGES)

    straight, first, again = scorer(), scorer(stop_after), scorer()
    expected = ranked(tiny, whole, straight, 12, 5, keep=2)
    with pytest.raises(KeyboardInterrupt):
        ranked(tiny, parts, first, 12, 5, keep=2)
    ranked(tiny, parts, again, 12, 5, keep=2)
    assert len(first.scored) + len(again.scored) == len(straight.scored)
    assert told(ranked(tiny, parts, scorer(), 12, 5, keep=2)) == told(expected)
    assert proposed(parts) == proposed(whole)


def test_nothing_is_scored_again_and_more_can_be_asked_for(tiny: smashdsl.Space, tmp_path: Path):
    before = ranked(tiny, tmp_path, Scorer())
    again = Scorer()
    assert told(ranked(tiny, tmp_path, again)) == told(before)
    assert again.scored == []
    more = Scorer()
    after = ranked(tiny, tmp_path, more, 12, 5)
    hashes = {entry.hash for entry in before}
    assert not set(more.scored) & hashes
    assert hashes | set(more.scored) == {entry.hash for entry in after}


def test_a_seed_is_a_ranking(tiny: smashdsl.Space, tmp_path: Path):
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        (tmp_path / name).mkdir()
        ranked(tiny, tmp_path / name, Scorer(), seed=seed)
    assert proposed(tmp_path / "one") == proposed(tmp_path / "two")
    assert proposed(tmp_path / "one") != proposed(tmp_path / "other")


def test_a_space_of_one_program_ends(tmp_path: Path):
    single = smashdsl.loads("space s {\n  input 3x8x8\n  head { conv(one_of(8), 3) }\n}\n")
    assert len(ranked(single, tmp_path, Scorer())) == 1


def test_the_best_go_on_to_more_images(tmp_path: Path):
    large = space(TINY)
    scorer = Scorer(stages=STAGES)
    entries = ranked(large, tmp_path, scorer, 60, 0, keep=3)
    stages = [entry.stage for entry in entries]
    assert stages == sorted(stages, reverse=True)
    counts = [sum(stage >= each for stage in stages) for each in STAGES]
    assert counts[0] == len(entries)
    assert 3 <= counts[2] <= 5
    assert counts[2] <= counts[1] <= counts[0] / 3
    assert [entry.validation_images for entry in entries] == stages
    assert scorer.images < len(entries) * STAGES[-1] / 4
    assert entries[0].params >= sorted(entry.params for entry in entries)[-3]
    again = Scorer(stages=STAGES)
    assert told(ranked(large, tmp_path, again, 60, 0, keep=3)) == told(entries)
    assert again.scored == []


def test_exact_scores_all_on_all(tiny: smashdsl.Space, tmp_path: Path):
    ranked(tiny, tmp_path, Scorer(stages=STAGES), 20, 0, keep=2)
    entries = ranked(tiny, tmp_path, Scorer(stages=STAGES), 20, 0, keep=2, exact=True)
    assert {entry.validation_images for entry in entries} == {1600}


def test_limits_hold_for_all_proposals(tiny: smashdsl.Space, tmp_path: Path):
    (tmp_path / "free").mkdir()
    free = ranked(tiny, tmp_path / "free", Scorer(), 10, 5)
    limit = sorted(entry.params for entry in free)[5]
    assert limit < max(entry.params for entry in free)
    entries = ranked(tiny, tmp_path, Scorer(), 10, 5, guard=Guard(Limits(max_params=limit)))
    assert len(entries) > 3
    assert max(entry.params for entry in entries) <= limit


def test_outputs_that_are_not_finite_come_last(tiny: smashdsl.Space, tmp_path: Path):
    class Strict(Scorer):
        def value(self, program: smashdsl.Program, before: Value | None, stage: int) -> Value:
            broken = program.costs.params > 1200
            return Value(-math.inf, math.inf, 1.0) if broken else Value(-1.0, 0.1, 0.5)

    entries = ranked(tiny, tmp_path, Strict())
    assert entries[0].score.score == -1.0
    assert entries[-1].score.score == -math.inf
    assert entries[-1].score.stderr == math.inf


def test_random_programs_after_random_ones_are_more_of_them(tmp_path: Path):
    of = space(TINY)

    def both(folder: Path, stop_after: int | None = None) -> list[Entry]:
        folder.mkdir(exist_ok=True)
        scorer = Scorer(stop_after)
        series = [Series(make_proposer("random", of), count, blind=True) for count in (5, 9)]
        with Ledger(folder / "ledger.sqlite", FACTS) as ledger:
            rank(Ranking(of, scorer, series), ledger, Silent())
            return ledger.ranked(scorer.name)

    whole = both(tmp_path / "whole")
    assert [str(each) for each in proposed(tmp_path / "whole")] == [f"random {n}" for n in range(9)]
    with pytest.raises(KeyboardInterrupt):
        both(tmp_path / "stopped", stop_after=5)
    assert told(both(tmp_path / "stopped")) == told(whole)


def test_proposing_stops_when_asked(tiny: smashdsl.Space, tmp_path: Path):
    """In the middle of a batch, however long it takes to propose one."""

    class Slow(Sampling):
        asked = 0

        def propose(self, *args: Any) -> smashdsl.Program | None:
            self.asked += 1
            if self.asked == 3:
                os.kill(os.getpid(), signal.SIGINT)
            return super().propose(*args)

    slow = Slow(tiny)
    with Ledger(tmp_path / "ledger.sqlite", FACTS) as ledger:
        with pytest.raises(KeyboardInterrupt):
            rank(Ranking(tiny, Scorer(), [Series(slow, 8)]), ledger, Silent())
        assert ledger.count(Scorer.name) == 0
    assert slow.asked == 3
