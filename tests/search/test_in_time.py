"""A search with a budget: the winner is trained for as long as there is time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from smashdsl.search.confirmed import confirmed, searching_seconds
from smashdsl.search.in_time import in_time
from smashdsl.search.run import Run, open_run
from tests.report.runs import begun, confirm, rank, train


def chosen(folder: Path, budget: float | None) -> Run:
    """A run in which five programs were trained, a second each, for 10 epochs."""
    run = begun(folder).changed({"confirm.epochs": 10}, keep=False)
    run = dataclasses.replace(run, budget=budget)
    run.write()
    train(run)
    hashes = rank(run, 6)
    confirm(run, [*hashes[-2:], *hashes[:3]], [-0.1, -0.2, -0.3, -0.4, -0.5])
    return open_run(folder)


def test_the_winner_gets_what_is_left_once(tmp_path: Path) -> None:
    run = chosen(tmp_path / "run", 1.07)
    assert (run.budget, run.settings.fit.epochs, run.settings.confirm.epochs) == (1.07, 40, 10)
    left = 0.9 * 60 * 1.07 - searching_seconds(run) - 5
    assert 20 * 0.1 < left < 80 * 0.1
    expected = int(left / 0.1)
    settled = in_time(run, confirmed(run))
    assert (settled.budget, settled.settings.fit.epochs) == (None, expected)
    assert in_time(settled, confirmed(settled)) is settled
    found = open_run(run.folder)
    assert (found.budget, found.settings) == (None, settled.settings)
    assert found.told()["fit.epochs"] == str(expected)


@pytest.mark.parametrize("minutes", [0.01, 1000.0])
def test_within_a_factor_of_two(tmp_path: Path, minutes: float) -> None:
    run = chosen(tmp_path / "run", minutes)
    assert in_time(run, confirmed(run)).settings.fit.epochs == (20 if minutes < 1 else 80)


def test_what_was_said_stands(tmp_path: Path) -> None:
    run = chosen(tmp_path / "run", 1000.0).changed({"fit.epochs": 3})
    assert in_time(run, confirmed(run)).settings.fit.epochs == 3
    run = chosen(tmp_path / "other", None)
    assert in_time(run, confirmed(run)) is run
    run = chosen(tmp_path / "third", 1000.0)
    assert in_time(run, None) is run
