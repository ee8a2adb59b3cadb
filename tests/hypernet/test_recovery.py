"""What a run does about its files: damaged ones, full disks, journals, averages."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

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
from smashdsl.hypernet.run import JOURNAL
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training import checkpoint
from smashdsl.training.average import MovingAverage
from smashdsl.training.data import Dataset, load_data
from smashdsl.training.journal import read_journal
from smashdsl.training.progress import Silent
from smashdsl.training.seeds import derive
from tests.hypernet.spaces import SHALLOW, TINY, space

QUICK = OneShotSettings(
    steps=6, batch_size=16, calibration=64, workers=0, probe_every=2, probes=2,
    probe_images=30, hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)  # fmt: skip


class Told(Silent):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def tell(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture(scope="module")
def tiny() -> smashdsl.Space:
    return space(TINY)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=200)


@pytest.fixture(scope="module")
def whole(tiny: smashdsl.Space, digits: Dataset) -> dict[str, Tensor]:
    """The weights of a run that nothing happened to."""
    return state(train_hypernet(tiny, digits, QUICK))


def state(run: OneShot) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in run.supernet.state_dict().items()}


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def code(error: pytest.ExceptionInfo[SmashError]) -> str:
    return error.value.diagnostics[0].code


def fill_disk(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """No write succeeds after so many."""
    sync, left = os.fsync, [after]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "gone", "folder", "foreign"])
def test_the_previous_checkpoint_is_used(
    tiny: smashdsl.Space, digits: Dataset, whole: dict[str, Tensor], tmp_path: Path, damage: str
) -> None:
    train_hypernet(tiny, digits, QUICK, tmp_path, save_every=0)
    path = tmp_path / CHECKPOINT
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:-100])
    elif damage == "bit":
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
    elif damage == "folder":
        path.mkdir()
    elif damage != "gone":
        path.write_bytes(b"" if damage == "empty" else b"something else")
    assert not same(state(load_hypernet(tiny, digits, QUICK, tmp_path)), whole)
    told = Told()
    if damage == "folder":  # what is in the way stays there
        with pytest.raises(SmashError) as error:
            train_hypernet(tiny, digits, QUICK, tmp_path, told)
        assert code(error) == "E921"
        path.rmdir()
    assert same(state(train_hypernet(tiny, digits, QUICK, tmp_path, told)), whole)
    assert told.texts[-1].endswith(f"; going on from `{checkpoint.previous(path)}`")
    assert same(state(train_hypernet(tiny, digits, QUICK, tmp_path)), whole)
    assert [line["step"] for line in read_journal(tmp_path / JOURNAL)] == [2, 4, 6]


def test_the_previous_one_must_be_of_this_run(
    tiny: smashdsl.Space, digits: Dataset, tmp_path: Path
) -> None:
    settings = dataclasses.replace(QUICK, steps=2)
    for of in (tiny, space(SHALLOW)):
        (tmp_path / of.name).mkdir()
        train_hypernet(of, digits, settings, tmp_path / of.name, save_every=0)
    path = tmp_path / "tiny" / CHECKPOINT
    other = tmp_path / "shallow" / CHECKPOINT
    for newest in (b"damaged", other.read_bytes()):
        path.write_bytes(newest)
        checkpoint.previous(path).write_bytes(other.read_bytes())
        for action in (train_hypernet, load_hypernet):
            with pytest.raises(SmashError) as error:
                action(tiny, digits, settings, tmp_path / "tiny")
            assert code(error) == "E941"
            assert "space was" in error.value.diagnostics[0].message


def test_settings_that_change_nothing_may_change(
    tiny: smashdsl.Space, digits: Dataset, tmp_path: Path
) -> None:
    settings = dataclasses.replace(QUICK, steps=2)
    train_hypernet(tiny, digits, settings, tmp_path)
    train_hypernet(tiny, digits, dataclasses.replace(settings, workers=1, probes=1), tmp_path)
    with pytest.raises(SmashError) as error:
        train_hypernet(tiny, digits, dataclasses.replace(settings, batch_size=8), tmp_path)
    assert error.value.diagnostics[0].message.endswith(
        "belongs to another run: settings.batch_size was 16, and now is 8"
    )


@pytest.mark.parametrize("after", [0, 1, 2, 5])
def test_a_full_disk(
    tiny: smashdsl.Space, digits: Dataset, whole: dict[str, Tensor], tmp_path: Path, after: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fill_disk(patch, after)
        with pytest.raises(SmashError) as error:
            train_hypernet(tiny, digits, QUICK, tmp_path, save_every=0)
    assert code(error) == "E922"
    path = tmp_path / CHECKPOINT
    left = {each.name for each in tmp_path.iterdir()}
    assert left <= {CHECKPOINT, checkpoint.previous(path).name, JOURNAL}
    assert checkpoint.exists(path) == (after == 5)
    if after == 5:  # the folder was not brought to the disk any more, the file was
        assert checkpoint.load(path)[1]["step"] == 2
    assert same(state(train_hypernet(tiny, digits, QUICK, tmp_path)), whole)


def test_folders_that_cannot_be_written(tiny: smashdsl.Space, digits: Dataset) -> None:
    for folder in (Path("/proc/self"), Path("/nowhere")):
        with pytest.raises(SmashError) as error:
            train_hypernet(tiny, digits, QUICK, folder)
        assert code(error) == "E920"


def test_probes_are_fixed_architectures(
    tiny: smashdsl.Space, digits: Dataset, tmp_path: Path
) -> None:
    trained = train_hypernet(tiny, digits, QUICK, tmp_path)
    lines = read_journal(tmp_path / JOURNAL)
    assert [line["step"] for line in lines] == [2, 4, 6]
    part = digits.validation.first(QUICK.probe_images)
    for number, found in enumerate(lines[-1]["probe_losses"]):
        program = tiny.sample(derive(QUICK.seed, "probe", number))
        module = program.module().train()  # the statistics of the batch
        with torch.no_grad():
            logits = torch.func.functional_call(module, trained.supernet(program), (part.images,))
        expected = functional.cross_entropy(logits, part.labels).item()
        assert found == pytest.approx(expected, rel=1e-4)
    assert lines[-1]["probe_loss"] == pytest.approx(sum(lines[-1]["probe_losses"]) / 2)
    assert lines[0]["probe_losses"] != lines[-1]["probe_losses"]


def test_what_the_journal_tells(tiny: smashdsl.Space, digits: Dataset, tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, steps=3, archs_per_step=2, replicas=2)
    train_hypernet(tiny, digits, settings, tmp_path)
    for line in read_journal(tmp_path / JOURNAL):
        assert line["images_per_second"] == pytest.approx(16 * line["architectures_per_second"])
        shares = {name: value for name, value in line.items() if name.startswith("share_")}
        assert {"share_sampling", "share_generation", "share_network", "share_optimiser"} <= {
            *shares
        }
        assert 0 < sum(shares.values()) <= 1
        assert 0 < line["learning_rate_factor"] <= 1


def test_pace_after_an_interruption(
    tiny: smashdsl.Space, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only steps of this process are counted."""
    settings = dataclasses.replace(QUICK, steps=30, probe_every=0)
    half = dataclasses.replace(settings, steps=29)
    monkeypatch.setattr("smashdsl.hypernet.run.identity", lambda *_: {})
    train_hypernet(tiny, digits, half, tmp_path)
    now = iter(float(second) for second in range(1000))
    monkeypatch.setattr("smashdsl.hypernet.pace.time.perf_counter", lambda: next(now))
    train_hypernet(tiny, digits, settings, tmp_path)
    line = read_journal(tmp_path / JOURNAL)[-1]
    assert line["step"] == 30
    assert 0 < line["architectures_per_second"] <= 1


def test_the_average_scores(tiny: smashdsl.Space, digits: Dataset, tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, average=0.8)
    trained = train_hypernet(tiny, digits, settings, tmp_path, save_every=0)
    tensors = checkpoint.load(tmp_path / CHECKPOINT)[0]
    model, average = (checkpoint.under(tensors, part) for part in ("model.", "average."))
    assert same(state(trained), average)
    assert not same(state(trained), model)
    loaded = load_hypernet(tiny, digits, settings, tmp_path)
    assert same(state(loaded), average)
    program = tiny.sample(3)
    assert loaded.score(program) == trained.score(program)
    plain = Supernet(tiny.layout, settings.hypernet, settings.seed)
    plain.load_state_dict(model)
    assert OneShot(plain, digits, settings).score(program) != trained.score(program)


def test_the_average_is_that_of_all_steps(
    tiny: smashdsl.Space, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[dict[str, Tensor]] = []
    update = MovingAverage.update

    def noted(self: MovingAverage, step: int) -> None:
        assert step == len(states)
        states.append({n: t.double() for n, t in self._module.state_dict().items()})
        update(self, step)

    monkeypatch.setattr(MovingAverage, "update", noted)
    trained = train_hypernet(tiny, digits, dataclasses.replace(QUICK, average=0.8))
    expected = {name: tensor.double() for name, tensor in
                Supernet(tiny.layout, QUICK.hypernet, QUICK.seed).state_dict().items()}  # fmt: skip
    for step, after in enumerate(states):
        past = min(0.8, (1 + step) / (10 + step))
        expected = {name: past * expected[name] + (1 - past) * after[name] for name in expected}
    for name, tensor in state(trained).items():
        torch.testing.assert_close(tensor.double(), expected[name], rtol=1e-4, atol=1e-6)
