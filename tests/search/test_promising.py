"""Who is trained next, and that a choice is the same however it was reached."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import smashdsl
from smashdsl.search import confirmed as confirming
from smashdsl.search.candidate import Candidate, features_of, ranked_candidates
from smashdsl.search.confirm import promising
from smashdsl.search.confirmed import confirm_step, confirmed, searching_seconds
from smashdsl.search.engines.fitting import fit_programs
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run, start_run
from smashdsl.search.settings import preset
from smashdsl.search.steps import train_step
from smashdsl.training.progress import Silent
from tests.hypernet.spaces import SHALLOW, space
from tests.report.runs import begun, rank

WIDTHS = """
space widths {
  input 1x8x8
  classes 10
  stem { conv(4 * one_of(1..12), 3) -> norm -> relu }
  head { global_avg_pool -> linear(classes) }
}
"""


def candidates(count: int) -> list[Candidate]:
    """Ever wider networks, whose scores say the opposite."""
    of = space(WIDTHS)
    (path,) = of.sample(0).genome
    return [
        Candidate(cast(Any, SimpleNamespace(score=SimpleNamespace(score=-float(width)))),
                  of.rebuild({path: 1 + width}), 0.0, 0.0)
        for width in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("sign", [1, -1])
def test_the_trained_say_who_is_next(sign: int) -> None:
    """Whatever the score says, and in either direction."""
    some = features_of(candidates(10))
    trained = {place: float(sign * place) for place in (2, 3, 4, 5, 6)}
    assert promising(some, trained, 2) == ([9, 8] if sign > 0 else [0, 1])
    assert promising(some, trained, 9) == ([9, 8, 7, 1, 0] if sign > 0 else [0, 1, 7, 8, 9])
    assert promising(some, dict.fromkeys(range(10), 0.0), 2) == []


def test_too_few_are_followed_by_the_ranking() -> None:
    some = features_of(candidates(6))
    assert promising(some, {}, 2) == [0, 1]
    few = {0: -1.0, 3: -0.5}
    assert promising(some, few, 3) == [1, 2, 4]
    failed = few | {1: -math.inf}
    assert promising(some, failed, 3) == [2, 4, 5]


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with a short ranking."""
    usual = preset("digits")
    settings = dataclasses.replace(
        usual,
        train=dataclasses.replace(usual.train, steps=3, probes=0, workers=0),
        rank=dataclasses.replace(usual.rank, random=8, proposed=2),
        confirm=dataclasses.replace(usual.confirm, top=4, random=3, epochs=1),
    )
    folder = tmp_path_factory.mktemp("runs") / "run"
    run = start_run(folder, space(SHALLOW), "digits", 0, settings, Silent(), 300)
    train_step(run, Resources())
    rank_step(run, Resources())
    return run


def test_a_choice_is_the_same_after_an_interruption(
    ranked: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ranked.folder / "confirm.json"
    trained: list[list[str]] = []

    def noted(run: Run, programs: list[smashdsl.Program], *others: Any) -> Any:
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append([program.hash for program in programs])
        return fit_programs(run, programs, *others)

    with monkeypatch.context() as patched:
        patched.setattr(confirming, "fit_programs", noted)
        with pytest.raises(KeyboardInterrupt):
            confirm_step(ranked, Resources())
    assert confirmed(ranked) is None
    choice = confirm_step(ranked, Resources())
    assert choice is not None
    whole = path.read_text()

    # From the start, with nothing at hand but what training gave.
    path.unlink()
    assert confirm_step(ranked, Resources()) is not None
    assert path.read_text() == whole

    # As it is read.
    again = confirmed(ranked)
    assert again is not None
    assert [each.program.hash for each in again.trained] == [
        each.program.hash for each in choice.trained
    ]
    assert again.worth == pytest.approx(choice.worth)
    roles = [[each.role for each in found.trained] for found in (again, choice)]
    assert roles[0] == roles[1]

    # Controls and the best of the ranking come first, then two at a time.
    best = ranked_candidates(ranked, Resources())[0].program.hash
    controls = {each.program.hash for each in choice.trained if each.control}
    assert len(controls) == 3
    assert set(trained[0]) == {best, *controls}
    assert [len(each) for each in trained[1:]] == [2]
    assert sum(each.promising for each in choice.trained) == 4


def test_what_is_promised_is_kept_in_the_ledger(ranked: Run) -> None:
    some = ranked_candidates(ranked, Resources())
    with ranked.ledger() as ledger:
        for each in some:
            entry = ledger.entry("hypernet", each.program.hash)
            assert entry is not None
            assert entry.measures["expressivity"] == each.expressivity
            assert entry.measures["trainability"] == each.trainability


def test_what_looking_took_counts(tmp_path: Path) -> None:
    run = begun(tmp_path / "run")
    run = dataclasses.replace(run, data="digits")
    rank(run, 3)
    before = searching_seconds(run)
    start = time.perf_counter()
    ranked_candidates(run, Resources())
    elapsed = time.perf_counter() - start
    once = searching_seconds(run)
    assert before < once < before + elapsed
    ranked_candidates(run, Resources())  # knows it all
    assert searching_seconds(run) == once


def test_more_ranking_asks_for_another_choice(ranked: Run, tmp_path: Path) -> None:
    confirm_step(ranked, Resources())
    assert confirmed(ranked) is not None
    more = ranked.changed({"rank.proposed": 4}, keep=False)
    rank_step(more, Resources())
    assert confirmed(more) is None
    fewer = ranked.changed({"confirm.top": 2}, keep=False)
    assert confirmed(fewer) is None
