"""One-shot training: it learns, and neither stopping nor chance changes what comes out."""

from __future__ import annotations

import dataclasses
import math
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import (
    CHECKPOINT,
    OneShot,
    OneShotSettings,
    load_hypernet,
    train_hypernet,
)
from smashdsl.training import checkpoint
from smashdsl.training.data import Dataset, Split, load_data
from smashdsl.training.evaluate import evaluate
from tests.hypernet.spaces import MIXED, SHALLOW, TINY, space

QUICK = OneShotSettings(
    steps=6,
    batch_size=16,
    calibration=64,
    workers=0,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)


@pytest.fixture(scope="module")
def tiny() -> smashdsl.Space:
    return space(TINY)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=300)


class StopAt:
    """Progress that asks to stop after some steps, as a user would."""

    def __init__(self, step: int) -> None:
        self.left = step

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[StopAt]:
        yield self

    def tell(self, text: str) -> None:
        raise AssertionError(text)

    def advance(self, count: int = 1, note: str = "") -> None:
        self.left -= count
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def state(run: OneShot) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in run.supernet.state_dict().items()}


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return list(one) == list(two) and all(torch.equal(one[name], two[name]) for name in one)


def test_it_learns(digits: Dataset) -> None:
    shallow = space(SHALLOW)
    settings = dataclasses.replace(QUICK, steps=100, batch_size=32, hypernet_rate=0.01)
    run = train_hypernet(shallow, digits, settings)
    programs = [shallow.sample(seed) for seed in range(900, 906)]
    for program in programs:
        score = run.score(program)
        assert score.mean_log_likelihood > math.log(1 / 10) + 0.2
        assert score.error < 0.75
        assert score.n == len(digits.validation)
        assert 0 < score.stderr < 0.5


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_resuming_changes_no_bit(digits: Dataset, tmp_path: Path, text: str) -> None:
    of = space(text)
    expected = train_hypernet(of, digits, QUICK)
    with pytest.raises(KeyboardInterrupt):
        train_hypernet(of, digits, QUICK, tmp_path, StopAt(1))
    with pytest.raises(KeyboardInterrupt):
        train_hypernet(of, digits, QUICK, tmp_path, StopAt(3))
    assert checkpoint.load(tmp_path / CHECKPOINT)[1]["step"] == 4
    torch.manual_seed(77)
    resumed = train_hypernet(of, digits, QUICK, tmp_path)
    assert same(state(resumed), state(expected))
    loaded = load_hypernet(of, digits, QUICK, tmp_path)
    assert same(state(loaded), state(expected))
    program = of.sample(50)
    assert loaded.score(program) == resumed.score(program) == expected.score(program)


def test_chance_comes_from_the_seed_alone(tiny: smashdsl.Space, digits: Dataset) -> None:
    runs = []
    for noise, seed in ((1, 0), (2, 0), (1, 1)):
        torch.manual_seed(noise)
        before = torch.random.get_rng_state()
        runs.append(train_hypernet(tiny, digits, dataclasses.replace(QUICK, steps=2, seed=seed)))
        assert torch.equal(torch.random.get_rng_state(), before)
    assert same(state(runs[0]), state(runs[1]))
    assert not same(state(runs[0]), state(runs[2]))


def test_architecture_of_a_step_does_not_depend_on_the_length(
    tiny: smashdsl.Space, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    sample = smashdsl.Space.sample

    def noted(self: smashdsl.Space, seed: int = 0) -> smashdsl.Program:
        program = sample(self, seed)
        drawn.append(program.hash)
        return program

    monkeypatch.setattr(smashdsl.Space, "sample", noted)
    train_hypernet(tiny, digits, dataclasses.replace(QUICK, steps=3))
    short = list(drawn)
    drawn.clear()
    train_hypernet(tiny, digits, dataclasses.replace(QUICK, steps=5, batch_size=8))
    assert drawn[: len(short)] == short
    assert len(set(drawn)) > 2


def test_scores_do_not_depend_on_what_was_scored_before(
    tiny: smashdsl.Space, digits: Dataset
) -> None:
    run = train_hypernet(tiny, digits, dataclasses.replace(QUICK, steps=3))
    programs = [tiny.sample(seed) for seed in range(4)]
    forwards = [run.score(program) for program in programs]
    before = state(run)
    backwards = [run.score(program) for program in reversed(programs)]
    assert forwards == backwards[::-1]
    assert same(state(run), before)


def test_scored_on_validation_with_statistics_of_training(
    tiny: smashdsl.Space, digits: Dataset
) -> None:
    blind = dataclasses.replace(
        digits, test=Split(torch.full_like(digits.test.images, math.nan), digits.test.labels)
    )
    run = train_hypernet(tiny, blind, dataclasses.replace(QUICK, steps=2))
    program = tiny.sample(1)
    network = run.network(program)
    score = run.score(program)
    assert score == evaluate(network, digits.validation)
    with torch.no_grad():
        wrong = network(digits.validation.images).argmax(1) != digits.validation.labels
    assert score.error == pytest.approx(wrong.float().mean().item())
    norm = next(m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert norm.num_batches_tracked == 1


def test_runs_that_cannot_be_resumed(tiny: smashdsl.Space, digits: Dataset, tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, steps=1)
    train_hypernet(tiny, digits, settings, tmp_path)
    for of, changed, part in (
        (tiny, dataclasses.replace(settings, seed=1), "settings.seed was 0, and now is 1"),
        (space(MIXED), settings, "space was"),
    ):
        with pytest.raises(SmashError) as error:
            train_hypernet(of, digits, changed, tmp_path)
        assert error.value.diagnostics[0].code == "E941"
        assert part in error.value.diagnostics[0].message
    path = tmp_path / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-8])
    for again in (train_hypernet, load_hypernet):
        with pytest.raises(SmashError) as error:
            again(tiny, digits, settings, tmp_path)
        assert error.value.diagnostics[0].code == "E940"
    path.unlink()
    with pytest.raises(SmashError) as error:
        load_hypernet(tiny, digits, settings, tmp_path)
    assert error.value.diagnostics[0].code == "E923"


def test_data_that_do_not_fit(tiny: smashdsl.Space, digits: Dataset) -> None:
    other = dataclasses.replace(digits, class_names=("a", "b"))
    with pytest.raises(SmashError) as error:
        train_hypernet(tiny, other, QUICK)
    assert error.value.diagnostics[0].code == "E937"
    with pytest.raises(ValueError, match="at least 1 step"):
        train_hypernet(tiny, digits, dataclasses.replace(QUICK, steps=0))
