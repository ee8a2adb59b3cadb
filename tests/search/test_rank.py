"""Ranking, with a scorer that needs no training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import smashdsl
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Entry, Ledger, Proposal, Reading
from smashdsl.search.rank import rank
from smashdsl.search.settings import RankSettings
from smashdsl.training.progress import Silent

SETTINGS = RankSettings(random=6, perturbed=5, parents=2)
FACTS = {"space": "tiny", "seed": 0}


class Scorer:
    """The more parameters the better; counts, and can be stopped after some programs."""

    name = "counting"
    stages = (100,)

    def __init__(self, stop_after: int | None = None) -> None:
        self.scored: list[str] = []
        self.stop_after = stop_after

    def score(self, programs: Sequence[smashdsl.Program], stage: int = 0,
              before: Sequence[Value | None] = ()) -> list[Value]:  # fmt: skip
        if len(self.scored) == self.stop_after:
            raise KeyboardInterrupt
        self.scored += [program.hash for program in programs]
        return [self.value(program) for program in programs]

    def value(self, program: smashdsl.Program) -> Value:
        return Value(program.costs.params / 1e4 - 3, 0.01, 0.5, 100)


def ranked(space: smashdsl.Space, path: Path, scorer: Scorer, settings: RankSettings = SETTINGS,
           seed: int = 0) -> list[Entry]:  # fmt: skip
    with Ledger(path / "ledger.sqlite", FACTS) as ledger:
        rank(space, scorer, ledger, settings, seed, Silent())
        return ledger.ranked(scorer.name)


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
    new = {each.hash for each in proposed(tmp_path) if each.proposer == "perturbed"}
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


@pytest.mark.parametrize("stop_after", [0, 2, 5])
def test_an_interrupted_ranking_goes_on_as_if_it_had_not_been(
    tiny: smashdsl.Space, tmp_path: Path, stop_after: int
):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    expected = ranked(tiny, whole, Scorer())
    with pytest.raises(KeyboardInterrupt):
        ranked(tiny, parts, Scorer(stop_after))
    scorer = Scorer()
    ranked(tiny, parts, scorer)
    assert len(scorer.scored) == len(expected) - stop_after
    assert told(ranked(tiny, parts, Scorer())) == told(expected)
    assert proposed(parts) == proposed(whole)


def test_nothing_is_scored_again_and_more_can_be_asked_for(tiny: smashdsl.Space, tmp_path: Path):
    before = ranked(tiny, tmp_path, Scorer())
    again = Scorer()
    assert told(ranked(tiny, tmp_path, again)) == told(before)
    assert again.scored == []
    more = Scorer()
    after = ranked(tiny, tmp_path, more, RankSettings(12, 5))
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
    space = smashdsl.loads("space s {\n  input 3x8x8\n  head { conv(one_of(8), 3) }\n}\n")
    assert len(ranked(space, tmp_path, Scorer())) == 1


def test_outputs_that_are_not_finite_come_last(tiny: smashdsl.Space, tmp_path: Path):
    class Strict(Scorer):
        def value(self, program: smashdsl.Program) -> Value:
            broken = program.costs.params > 1200
            return Value(-math.inf, math.inf, 1.0) if broken else Value(-1.0, 0.1, 0.5)

    entries = ranked(tiny, tmp_path, Strict())
    assert entries[0].score.score == -1.0
    assert entries[-1].score.score == -math.inf
    assert entries[-1].score.stderr == math.inf
