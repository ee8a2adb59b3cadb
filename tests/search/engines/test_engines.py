"""Whatever the engine, a run comes to the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from smashdsl.diagnostics import SmashError
from smashdsl.search.confirmed import confirm_step
from smashdsl.search.engines import fitting
from smashdsl.search.engines.answers import value_received, value_sent
from smashdsl.search.engines.engine import Engine, Local, Parcel
from smashdsl.search.engines.parcel import data_received, data_sent
from smashdsl.search.engines.scoring import Scoring, Wanted
from smashdsl.search.engines.worker import Worker
from smashdsl.search.pending import NAME as PENDING
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run
from smashdsl.search.steps import fit_step
from smashdsl.search.winner import FITS
from smashdsl.training import checkpoint
from smashdsl.training.progress import Silent
from tests.search.engines.fakes import Workers

Copied = Callable[[str], Run]


def ranked(run: Run, engine: Engine, scorer: str = "hypernet") -> list[Mapping[str, Any]]:
    """All that the ledger says after ranking, but for times."""
    rank_step(run, Resources(engine=engine), scorer=scorer)
    with run.ledger() as ledger:
        entries = ledger.ranked(scorer, sort="found")
        values = [ledger.value(scorer, entry.hash) for entry in entries]
        return [
            {**entry.as_data(), "value": value_sent(value)}
            for entry, value in zip(entries, values, strict=True)
        ] + [{"proposals": ledger.proposals(scorer)}]


def test_ranking_is_the_same_to_the_last_bit(run: Copied) -> None:
    one, other = run("one"), run("other")
    engine = Workers()
    assert ranked(other, engine) == ranked(one, Local())
    assert engine.results < len(engine.orders)  # some were lost
    assert not (other.folder / PENDING).exists()


@pytest.mark.parametrize("stop_after", [11, 19])
def test_nothing_that_was_scored_is_lost(run: Copied, stop_after: int) -> None:
    whole, parts = run("whole"), run("parts")
    straight, first, again = Workers(lost=10**6), Workers(stop_after=stop_after), Workers()
    expected = ranked(whole, straight, "depth")
    with pytest.raises(KeyboardInterrupt):
        ranked(parts, first, "depth")
    assert ranked(parts, again, "depth") == expected
    assert first.results + again.results == straight.results
    assert first.results == stop_after


def test_scores_of_a_batch_wait_for_each_other(run: Copied) -> None:
    """What a kill would leave behind: nothing in the ledger, and yet nothing lost."""
    opened = run("one")
    with pytest.raises(KeyboardInterrupt):
        ranked(opened, Workers(stop_after=3), "depth")
    with opened.ledger() as ledger:
        assert ledger.count("depth") == 0
    (opened.folder / PENDING).write_bytes(b"damaged")
    told: list[str] = []

    class Telling(Silent):
        def tell(self, text: str) -> None:
            told.append(text)

    again = Workers()
    rank_step(opened, Resources(Telling(), engine=again), scorer="depth")
    assert "scored again" in told[0]
    with opened.ledger() as ledger:
        assert ledger.count("depth") == again.results


def results(run: Run) -> tuple[Any, ...]:
    """What training left in the run's folder, but for times."""
    found = []
    for path in sorted((run.folder / FITS).glob("*.safetensors")):
        tensors, facts = checkpoint.load(path)
        found.append((path.name, tensors, facts))
    return tuple(found)


def test_training_is_the_same_to_the_last_bit(
    ranked_run: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = ranked_run("one"), ranked_run("other")
    monkeypatch.setattr(fitting, "SLICE", 0.02)
    engine = Workers()
    winners = []
    for opened, using in ((one, Resources()), (other, Resources(engine=engine))):
        confirm_step(opened, using)
        winners.append(fit_step(opened, True, using))
    assert engine.results < len(engine.orders) - len(engine.orders) // engine.lost  # in slices
    assert winners[0].program.hash == winners[1].program.hash
    for key in ("validation", "test", "history", "settings"):
        assert winners[0].fitted[key] == winners[1].fitted[key]
    for (name, tensors, facts), (name2, tensors2, facts2) in zip(
        results(one), results(other), strict=True
    ):
        assert (name, facts) == (name2, facts2)
        assert tensors.keys() == tensors2.keys()
        assert all(torch.equal(tensors[key], tensors2[key]) for key in tensors)


def test_training_from_generated_weights(ranked_run: Copied) -> None:
    changes = {"fit.init": "hypernet", "fit.epochs": 1, "confirm.top": 0}
    one, other = (ranked_run(name).changed(changes) for name in ("one", "other"))
    engine = Workers()
    fitted = []
    for opened, using in ((one, Resources()), (other, Resources(engine=engine))):
        fitted.append(fit_step(opened, False, using).fitted)
    assert fitted[0]["history"] == fitted[1]["history"]
    assert engine.results == 1
    fit_step(other, False, Resources(engine=engine))
    assert engine.results == 1  # what is trained is not trained again


def test_test_images_go_only_where_they_are_needed(run: Copied) -> None:
    data = run("one").dataset()
    for test in (False, True):
        found = data_received(data_sent(data, test))
        assert found.facts() == data.facts()
        assert found.train.pixels.stride() == data.train.pixels.stride()
        assert torch.equal(found.train[:5][0], data.train[:5][0])
        if test:
            assert torch.equal(found.test.pixels, data.test.pixels)
            assert found.test.pixels.stride() == data.test.pixels.stride()
        else:
            with pytest.raises(ValueError, match="not sent"):
                _ = found.test.pixels


def parcel(run: Run, **facts: Any) -> Parcel:
    from smashdsl.search.engines.parcel import packed

    told = {"scorer": "sgd:1", "corrupt": None, "device": "cpu", **facts}
    return packed(run, run.dataset(), told, weights=False)


def test_another_version_is_refused(run: Copied) -> None:
    sent = parcel(run("one"), version="0.0.1")
    with pytest.raises(SmashError, match=r"not 0\.0\.1") as caught:
        Worker(sent.facts, sent.files, data_sent(sent.data, False))
    assert caught.value.diagnostics[0].code == "E992"


def test_a_worker_tells_of_what_is_wrong(run: Copied) -> None:
    opened = run("one")
    sent = parcel(opened)
    worker = Worker(sent.facts, sent.files, data_sent(sent.data, False))
    task = Scoring(None, 1)  # type: ignore[arg-type]
    wanted = Wanted(opened.space.sample(0))
    order = task.order(wanted)
    scored = task.result(wanted, worker.follow(order))
    value = value_received(value_sent(scored.value))
    assert np.array_equal(value.likelihoods, scored.value.likelihoods)
    assert worker.follow({**order, "hash": "0" * 64})["refused"][0] == "E992"
    for answer in ({}, {"hash": "0" * 64, "value": value_sent(scored.value)}, {"value": {}}):
        with pytest.raises(SmashError) as caught:
            task.result(wanted, answer)
        assert caught.value.diagnostics[0].code == "E992"


def test_nothing_is_left_behind(run: Copied, monkeypatch: pytest.MonkeyPatch,
                                tmp_path: Path) -> None:  # fmt: skip
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    few = {"rank.random": 2, "rank.proposed": 0}
    ranked(run("one").changed(few), Workers(), "sgd:1")
    assert not list(place.iterdir())
