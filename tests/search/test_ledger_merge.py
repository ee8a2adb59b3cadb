"""Merging ledgers: what comes from where, and what is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Ledger, Merged, Reading
from tests.search.ledgers import FACTS, SCORER, fill, program, value

PATHS = ("here.sqlite", "there.sqlite")


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / PATHS[0], tmp_path / PATHS[1]


def contents(path: Path) -> dict[str, Any]:
    """Everything in a ledger, in an order that does not depend on how it came there."""
    with Reading(path) as ledger:
        found: dict[str, Any] = {}
        for scorer in sorted(ledger.scorers()):
            entries = ledger.ranked(scorer)
            values = [ledger.value(scorer, entry.hash) for entry in entries]
            found[scorer] = sorted(
                (entry.hash, str({**entry.as_data(times=True), "proposals": None}),
                 value.likelihoods.tobytes() if value and value.likelihoods is not None else b"",
                 sorted(str(proposal) for proposal in entry.proposals))
                for entry, value in zip(entries, values, strict=True)
            )  # fmt: skip
        return found


def test_what_only_the_other_has_is_added(paths: tuple[Path, Path]) -> None:
    here, there = paths
    fill(here, range(700))
    fill(there, range(700, 1900))
    fill(there, range(5), scorer="params")
    with Ledger(there) as ledger:
        ledger.measure(program(800).hash, "latency:cpu", 0.5)
    with Ledger(here) as ledger:
        assert ledger.merge(there) == Merged(programs=1205 - 5, scores=1205, improved=0,
                                             proposals=1205)  # fmt: skip
        assert [trial.hash for trial in ledger.trials(SCORER)] == [
            program(number).hash for number in range(1900)
        ]
        assert [each.number for each in ledger.proposals(SCORER)] == list(range(1900))
        entry = ledger.entry(SCORER, program(800).hash)
        assert entry is not None
        assert entry.measures == {"latency:cpu": 0.5}
        assert ledger.count("params") == 5
        before = ledger.proposals(SCORER)
        assert ledger.merge(there) == Merged(0, 0, 0, 0)
        assert ledger.proposals(SCORER) == before


def test_the_later_stage_wins_whoever_has_it(paths: tuple[Path, Path]) -> None:
    here, there = paths
    for path, mine in ((here, 1), (there, 2)):
        fill(path, range(6))
        with Ledger(path) as ledger:
            ledger.improve(SCORER, program(mine).hash, value(mine + 50, images=8), 1)
            ledger.measure(program(0).hash, "latency", float(mine))
    with Ledger(here) as ledger:
        assert ledger.merge(there) == Merged(programs=0, scores=0, improved=1, proposals=0)
        for number in range(6):
            found = ledger.value(SCORER, program(number).hash)
            improved = number in (1, 2)
            expected = value(number + 50, images=8) if improved else value(number)
            assert found is not None
            assert found.score == expected.score
            assert (found.likelihoods == expected.likelihoods).all()
        entry = ledger.entry(SCORER, program(0).hash)
        assert entry is not None
        assert entry.measures == {"latency": 1.0}


def test_proposals_of_one_series_are_not_doubled(paths: tuple[Path, Path]) -> None:
    """Two machines go on from the same beginning, and find some of the same programs."""
    here, there = paths
    for path in paths:
        fill(path, range(4))
    fill(here, range(10, 13))
    with Ledger(there) as ledger:
        batch = [(4, "evolution", 0, program(11)), (5, "evolution", 1, program(20))]
        ledger.add(SCORER, batch, [value(11), value(20)])
    with Ledger(here) as ledger:
        assert ledger.merge(there) == Merged(programs=1, scores=1, improved=0, proposals=2)
        names = [str(each) for each in ledger.proposals(SCORER)]
        assert names[4:] == ["random 10", "random 11", "random 12", "evolution 0", "evolution 1"]
        ledger.add(SCORER, [(ledger.proposed(SCORER), "x", 0, program(30))], [value(30)])


def test_the_order_of_merging_does_not_matter(tmp_path: Path) -> None:
    parts = {"a": range(5), "b": range(3, 9), "c": range(8, 12)}
    found = []
    for order in ("abc", "bca", "cab"):
        folder = tmp_path / order
        folder.mkdir()
        for name, numbers in parts.items():
            fill(folder / name, numbers)
        with Ledger(folder / order[0]) as ledger:
            for name in order[1:]:
                ledger.merge(folder / name)
        found.append([
            (hash_, likelihoods) for hash_, _, likelihoods, _ in contents(folder / order[0])[SCORER]
        ])  # fmt: skip
    assert all(each == found[0] for each in found)
    assert len(found[0]) == 12


def test_what_came_twice_was_found_the_first_time(paths: tuple[Path, Path]) -> None:
    here, there = paths
    with Ledger(there, FACTS) as ledger:
        batch = [(0, "a", 0, program(0)), (1, "a", 1, program(1)), (2, "z", 0, program(0))]
        ledger.add(SCORER, batch, [Value(1.0), Value(1.0), None])
    with Ledger(here, FACTS) as ledger:
        ledger.merge(there)
        assert [entry.hash for entry in ledger.ranked(SCORER)] == [
            program(0).hash, program(1).hash
        ]  # fmt: skip


def test_ones_own_ledger_is_nothing_new(paths: tuple[Path, Path]) -> None:
    here, _ = paths
    fill(here, range(3))
    with Ledger(here) as ledger:
        assert ledger.merge(here) == Merged(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("facts", "said"),
    [({**FACTS, "seed": 9}, "`seed` is 9, not 3"), ({**FACTS, "origin": "cd"}, "`origin` is")],
)
def test_another_run_is_refused(paths: tuple[Path, Path], facts: dict[str, Any], said: str) -> None:
    here, there = paths
    fill(here, range(3))
    fill(there, range(3, 5), facts=facts)
    before = contents(here)
    with Ledger(here) as ledger, pytest.raises(SmashError, match=said) as error:
        ledger.merge(there)
    assert error.value.diagnostics[0].code == "E944"
    assert contents(here) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE scores SET score = 0 WHERE program = 350",
        "DELETE FROM genomes WHERE program = 300",
        "DELETE FROM programs WHERE program = 300",
        "DELETE FROM likelihoods WHERE program = 300",
        "DELETE FROM proposals WHERE number = 340",
        "UPDATE likelihoods SET likelihoods = x'00'",
        "UPDATE genomes SET genome = '[]', checksum = 0",
    ],
)
def test_a_damaged_source_changes_nothing(paths: tuple[Path, Path], change: str) -> None:
    here, there = paths
    fill(here, range(3))
    fill(there, range(400))
    connection = sqlite3.connect(there)
    connection.execute(change)
    connection.commit()
    connection.close()
    before = contents(here)
    with Ledger(here) as ledger, pytest.raises(SmashError) as error:
        ledger.merge(there)
    assert error.value.diagnostics[0].code == "E944"
    assert contents(here) == before


def test_programs_that_cost_something_else_are_not_the_same(paths: tuple[Path, Path]) -> None:
    here, there = paths
    fill(here, range(3))
    other = program(1)
    object.__setattr__(other, "costs", program(2).costs)
    with Ledger(there, FACTS) as ledger:
        ledger.add(SCORER, [(0, "r", 0, other)], [value(1)])
    with Ledger(here) as ledger, pytest.raises(SmashError, match="other costs"):
        ledger.merge(there)
