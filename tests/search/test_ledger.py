"""What a ledger takes in and gives back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Entry, Filter, Ledger, Proposal, Reading, find
from tests.search.ledgers import FACTS, SCORER, fill, program, value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def code(error: pytest.ExceptionInfo[SmashError]) -> str:
    return error.value.diagnostics[0].code


def data_of(entry: Entry | None) -> dict[str, Any] | None:
    return entry and entry.as_data(times=True)


def hashes_of(entries: list[Entry]) -> list[str]:
    return [entry.hash for entry in entries]


def test_what_was_added_is_found_again(path: Path) -> None:
    fill(path, range(10))
    with Reading(path, FACTS) as ledger:
        assert ledger.facts == FACTS
        assert ledger.scorers() == {SCORER: 10}
        assert ledger.proposed(SCORER) == 10
        entries = {entry.hash: entry for entry in ledger.ranked(SCORER)}
        for number in range(10):
            expected, given = program(number), value(number)
            entry = entries[expected.hash]
            assert entry.as_data(times=True) == data_of(ledger.entry(SCORER, expected.hash))
            assert dict(entry.genome) == expected.genome
            assert (entry.params, entry.flops, entry.depth) == (
                expected.costs.params, expected.costs.flops, expected.costs.depth
            )  # fmt: skip
            assert (entry.score.score, entry.score.stderr, entry.score.error) == (
                given.score, given.stderr, given.error
            )  # fmt: skip
            assert (entry.score.images, entry.validation_images) == (14, 4)
            assert (entry.stage, entry.seed, entry.seconds) == (0, 3, 0.5)
            proposal = Proposal(number, "random", number, expected.hash)
            assert entry.proposals == (proposal,)
            assert ledger.proposal(SCORER, number) == proposal
            found = ledger.value(SCORER, expected.hash)
            assert found is not None
            assert (found.score, found.stderr, found.error, found.images) == (
                given.score, given.stderr, given.error, given.images
            )  # fmt: skip
            assert np.array_equal(found.likelihoods, given.likelihoods)
            assert found.likelihoods.dtype == np.float32


def test_nothing_is_known_of_what_was_not_scored(path: Path) -> None:
    with Ledger(path, FACTS) as ledger:
        assert ledger.ranked(SCORER) == ledger.trials(SCORER) == ledger.proposals(SCORER) == []
        assert ledger.scorers() == {}
        assert ledger.count(SCORER) == ledger.proposed(SCORER) == 0
        assert ledger.value(SCORER, "ab") is ledger.entry(SCORER, "ab") is None
        assert ledger.proposal(SCORER, 0) is None
        ledger.add("params", [(0, "random", 0, program(1))], [Value(1.0)])
        assert (
            ledger.value(SCORER, program(1).hash) is ledger.entry(SCORER, program(1).hash) is None
        )
        assert ledger.count(SCORER) == 0


def test_a_long_genome_is_found_again(path: Path) -> None:
    long = program(1, draws=4000)
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(0, "random", 0, long)], [value(1)])
        (entry,) = ledger.ranked(SCORER)
    assert entry.genome == long.genome
    assert path.stat().st_size < 100_000


def test_trials_are_in_order_and_have_the_scores_of_now(path: Path) -> None:
    fill(path, range(1200))
    with Ledger(path, FACTS) as ledger:
        again = [(1200, "evolution", 0, program(5)), (1201, "evolution", 1, program(1200))]
        ledger.add(SCORER, again, [None, value(1200)])
        better = Value(-0.5, 0.1, 0.2, 100)
        ledger.improve(SCORER, program(5).hash, better, 1)
        trials = ledger.trials(SCORER)
        assert [trial.hash for trial in trials] == [
            program(n).hash for n in [*range(1200), 5, 1200]
        ]
        assert [trial.score for trial in trials] == [
            -0.5 if n == 5 else value(n).score for n in [*range(1200), 5, 1200]
        ]
        assert trials[5] is trials[1200]
        assert trials[7].genome == program(7).genome
        assert [str(each) for each in ledger.proposals(SCORER)[-2:]] == [
            "evolution 0",
            "evolution 1",
        ]
        entry = ledger.entry(SCORER, program(5).hash)
        assert entry is not None
        assert [str(each) for each in entry.proposals] == ["random 5", "evolution 0"]


def test_trials_are_read_again_only_if_they_have_changed(path: Path) -> None:
    fill(path, range(10))
    with Ledger(path, FACTS) as ledger:
        trials = ledger.trials(SCORER)
        batch = [(10, "evolution", 0, program(5)), (11, "evolution", 1, program(11))]
        ledger.add(SCORER, batch, [None, value(11)])
        ledger.add("params", [(0, "random", 0, program(5))], [Value(1.0)])
        more = ledger.trials(SCORER)
        assert len(trials) == 10
        assert all(one is two for one, two in zip(trials, more, strict=False))
        assert more[10] is trials[5]
        assert [trial.score for trial in ledger.trials("params")] == [1.0]
        with Ledger(path) as other:
            other.improve(SCORER, program(7).hash, Value(-0.25), 1)
        assert ledger.trials(SCORER)[7].score == -0.25
        ledger.improve(SCORER, program(8).hash, Value(-0.125), 1)
        assert ledger.trials(SCORER)[8].score == -0.125
        fill(path.with_name("other"), range(20, 22))
        ledger.merge(path.with_name("other"))
        assert [trial.hash for trial in ledger.trials(SCORER)[-2:]] == [
            program(20).hash, program(21).hash
        ]  # fmt: skip


def test_the_best_come_first_and_equal_ones_as_they_were_found(path: Path) -> None:
    scores = [-1.0, -math.inf, -0.5, -1.0, -0.5, 3.0]
    with Ledger(path, FACTS) as ledger:
        for number, score in enumerate(scores):
            ledger.add(SCORER, [(number, "r", number, program(number))], [Value(score)])
        hashes = [program(number).hash for number in (5, 2, 4, 0, 3, 1)]
        assert [entry.hash for entry in ledger.ranked(SCORER)] == hashes
        assert [entry.hash for entry in ledger.ranked(SCORER, 3)] == hashes[:3]
        assert ledger.ranked(SCORER)[-1].score.score == -math.inf


def test_equal_ones_come_as_this_scorer_found_them(path: Path) -> None:
    numbers = [0, 7, 14, 21, 1, 8]  # of equal cost: the first four, the last two
    for scorer, order in (("a", numbers), ("b", numbers[::-1])):
        with Ledger(path, FACTS) as ledger:
            batch = [(i, "r", i, program(number)) for i, number in enumerate(order)]
            ledger.add(scorer, batch, [Value(1.0)] * len(batch))
    with Reading(path) as ledger:
        expected = [program(number).hash for number in (21, 14, 7, 0, 8, 1)]
        assert hashes_of(ledger.ranked("b", sort="params")) == expected


def test_minus_infinity_comes_back(path: Path) -> None:
    broken = Value.mean_of(np.array([np.nan, -1], np.float32), 2, 2)
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(0, "r", 0, program(0))], [broken])
        found = ledger.value(SCORER, program(0).hash)
    assert found is not None
    assert (found.score, found.stderr, found.error) == (-math.inf, math.inf, 1.0)
    assert np.array_equal(found.likelihoods, broken.likelihoods, equal_nan=True)


def test_a_later_stage_takes_the_place_of_an_earlier_one(path: Path) -> None:
    fill(path, range(3))
    hash_ = program(1).hash
    with Ledger(path, FACTS) as ledger:
        before = ledger.entry(SCORER, hash_)
        later = value(100, images=8)
        ledger.improve(SCORER, hash_, later, 2, seconds=2.0)
        ledger.improve(SCORER, hash_, value(50), 2)
        ledger.improve(SCORER, hash_, value(50), 1)
        ledger.add(SCORER, [(3, "evolution", 0, program(1))], [value(50)], stage=5)
        entry, found = ledger.entry(SCORER, hash_), ledger.value(SCORER, hash_)
        assert entry is not None
        assert before is not None
        assert found is not None
        assert (entry.score.score, entry.stage, entry.validation_images) == (later.score, 2, 8)
        assert entry.seconds == before.seconds + 2
        assert len(found.likelihoods) == 8
        ledger.improve(SCORER, hash_, Value(1.0), 3)
        found = ledger.value(SCORER, hash_)
        assert found is not None
        assert found.likelihoods is None
        with pytest.raises(ValueError, match="has not scored"):
            ledger.improve("params", hash_, later, 1)
        with pytest.raises(ValueError, match="has not scored"):
            ledger.improve(SCORER, "ab", later, 1)


def test_a_batch_is_taken_whole_or_not_at_all(path: Path) -> None:
    fill(path, range(3))
    with Ledger(path, FACTS) as ledger:
        for wrong in (None, Value(math.nan), Value(math.inf), Value(0.0, math.nan)):
            batch = [(3, "r", 3, program(3)), (4, "r", 4, program(4))]
            with pytest.raises(ValueError, match=r"value|ranked"):
                ledger.add("other", batch, [value(3), wrong])
        with pytest.raises(ValueError, match="no name"):
            ledger.add("\x1b[31m", [(3, "r", 3, program(3))], [value(3)])
        assert ledger.scorers() == {SCORER: 3}
        assert ledger.hashes(program(3).hash) == []
        assert ledger.proposed("other") == 0


def test_a_program_may_come_twice_in_a_batch(path: Path) -> None:
    with Ledger(path, FACTS) as ledger:
        batch = [(0, "r", 0, program(1)), (1, "r", 1, program(1))]
        ledger.add(SCORER, batch, [value(1), None])
        assert ledger.count(SCORER) == 1
        assert ledger.proposed(SCORER) == 2


def test_two_processes_do_not_mix_their_proposals(path: Path) -> None:
    with Ledger(path, FACTS) as one, Ledger(path, FACTS) as two:
        one.add(SCORER, [(0, "r", 0, program(0))], [value(0)])
        two.add(SCORER, [(0, "r", 0, program(0))], [value(0)])  # they propose the same
        two.add(SCORER, [(1, "r", 1, program(1))], [value(1)])
        with pytest.raises(SmashError, match="another process has made proposal 1") as error:
            one.add(SCORER, [(1, "r", 1, program(2))], [value(2)])
        assert code(error) == "E946"
        assert one.count(SCORER) == two.count(SCORER) == 2
        assert one.proposal(SCORER, 1) == Proposal(1, "r", 1, program(1).hash)


def test_filters_and_orders(path: Path) -> None:
    fill(path, range(60))
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(60, "evolution", 0, program(9))], [None])
        ledger.improve(SCORER, program(8).hash, Value(-3.0), 1)
        everything = ledger.ranked(SCORER)
        cases = {
            Filter(max_params=200): lambda e: e.params <= 200,
            Filter(min_params=200, max_params=200): lambda e: e.params == 200,
            Filter(min_flops=9000): lambda e: e.flops >= 9000,
            Filter(max_flops=1000, min_depth=2): lambda e: e.flops <= 1000 and e.depth >= 2,
            Filter(max_depth=0): lambda e: e.depth == 0,
            Filter(max_params=2**80): lambda e: True,
            Filter(min_stage=1): lambda e: e.hash == program(8).hash,
            Filter(proposer="evolution"): lambda e: e.hash == program(9).hash,
            Filter(proposer="nobody"): lambda e: False,
        }
        for where, holds in cases.items():
            expected = [entry for entry in everything if holds(entry)]
            assert hashes_of(ledger.ranked(SCORER, where=where)) == hashes_of(expected)
            assert ledger.count(SCORER, where) == len(expected)
            assert hashes_of(ledger.ranked(SCORER, 2, where)) == hashes_of(expected[:2])
        keys = {
            "params": lambda e: e.params, "flops": lambda e: e.flops, "depth": lambda e: e.depth,
            "error": lambda e: math.inf if e.score.error is None else e.score.error,
            "images": lambda e: -e.score.images, "stage": lambda e: -e.stage,
            "found": lambda e: e.proposals[0].number, "seconds": lambda e: -e.seconds,
        }  # fmt: skip
        for sort, key in keys.items():
            expected = sorted(everything, key=key)
            assert hashes_of(ledger.ranked(SCORER, sort=sort)) == hashes_of(expected)
        with pytest.raises(ValueError, match="sorted by score, error"):
            ledger.ranked(SCORER, sort="beauty")


def test_hashes_are_found_by_their_beginning(path: Path) -> None:
    fill(path, range(40))
    hashes = sorted(program(number).hash for number in range(40))
    with Reading(path) as ledger:
        for prefix in ("", "a", hashes[3][:12], hashes[3], hashes[3] + "0", "xyz", "A"):
            expected = [each for each in hashes if each.startswith(prefix)]
            assert ledger.hashes(prefix, 100) == expected
        assert ledger.hashes("", 3) == hashes[:3]


def test_measures(path: Path) -> None:
    fill(path, range(2))
    with Ledger(path, FACTS) as ledger:
        ledger.measure(program(0).hash, "latency:cpu", 0.5)
        ledger.measure(program(0).hash, "latency:cpu", 0.25)
        ledger.measure(program(0).hash, "live_params", 7)
        measures = {entry.hash: entry.measures for entry in ledger.ranked(SCORER)}
        assert measures == {
            program(0).hash: {"latency:cpu": 0.25, "live_params": 7.0}, program(1).hash: {},
        }  # fmt: skip
        for hash_, number in (("ab", 1.0), (program(1).hash, math.nan)):
            with pytest.raises(ValueError, match=r"latency is|no program"):
                ledger.measure(hash_, "latency", number)


def test_a_count_beyond_64_bits_is_cut(path: Path) -> None:
    huge = program(0)
    object.__setattr__(huge, "costs", type(huge.costs)(2**70, 2**70, 1, 1))
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(0, "r", 0, huge)], [value(0)])
        assert ledger.ranked(SCORER)[0].params == 2**63 - 1


def test_another_run_is_refused(path: Path) -> None:
    fill(path, range(2))
    before = path.read_bytes()
    for facts, said in (
        ({**FACTS, "seed": 4}, "`seed` is 3, not 4"),
        ({**FACTS, "steps": 5}, "`steps` is null, not 5"),
        ({"space": "t"}, "`space` is \"s\", not \"t\""),
    ):  # fmt: skip
        for kind in (Ledger, Reading):
            with pytest.raises(SmashError, match=said) as error:
                kind(path, facts)
            assert code(error) == "E944"
    assert path.read_bytes() == before


def test_a_ledger_to_read_is_never_written(path: Path, tmp_path: Path) -> None:
    with Reading(path, FACTS) as ledger:
        assert ledger.ranked(SCORER) == []
        assert ledger.facts == FACTS
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SmashError, match="does not exist") as error:
        Reading(path)
    assert code(error) == "E923"
    with pytest.raises(SmashError, match="does not exist"):
        Ledger(path)
    fill(path, range(2))
    before = path.read_bytes()
    with Reading(path, FACTS) as ledger:
        ledger.ranked(SCORER)
        assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_a_closed_ledger_is_one_file(path: Path, tmp_path: Path) -> None:
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(0, "r", 0, program(0))], [value(0)])
        assert (tmp_path / "ledger.sqlite-wal").exists()
        with Reading(path) as other:
            assert other.count(SCORER) == 1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_find(tmp_path: Path) -> None:
    assert find(tmp_path) == tmp_path / "ledger.sqlite"
    assert find(str(tmp_path / "x.sqlite")) == tmp_path / "x.sqlite"


def test_a_program_may_take_more_time(path: Path) -> None:
    fill(path, range(3))
    hash_ = program(1).hash
    with Ledger(path, FACTS) as ledger:
        before = {entry.hash: data_of(entry) for entry in ledger.ranked(SCORER)}
        ledger.took(SCORER, hash_, 2.5)
        after = {entry.hash: data_of(entry) for entry in ledger.ranked(SCORER)}
        found, wanted = after[hash_], before[hash_]
        assert found is not None
        assert wanted is not None
        assert found["seconds"] == wanted["seconds"] + 2.5
        assert after == {**before, hash_: {**wanted, "seconds": found["seconds"]}}
        with pytest.raises(ValueError, match="has not scored"):
            ledger.took(SCORER, "ab", 1.0)
