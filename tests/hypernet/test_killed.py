"""A run that is killed at any moment ends as one that never was."""

from __future__ import annotations

import dataclasses
import secrets
import signal
from pathlib import Path

import pytest
import torch
from torch import Tensor

from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShotSettings, train_hypernet
from smashdsl.hypernet.run import JOURNAL
from smashdsl.training import checkpoint
from smashdsl.training.data import load_data
from smashdsl.training.journal import read_journal
from tests.hypernet.spaces import TINY, space
from tests.training.processes import CALLS, die_while_writing, finish, kill_often, start

SETTINGS = OneShotSettings(
    steps=12, batch_size=16, archs_per_step=2, average=0.9, workers=0, probe_every=4, probes=2,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)  # fmt: skip


def train(folder: Path, settings: OneShotSettings = SETTINGS,
          death: tuple[int, bool, int] | None = None) -> None:  # fmt: skip
    """What the processes do."""
    torch.set_num_threads(1)
    data = load_data("digits", limit=200)
    if death is not None:
        die_while_writing(*death)
    train_hypernet(space(TINY), data, settings, folder, save_every=0)


def outcome(folder: Path) -> tuple[dict[str, Tensor], list[tuple[int, object, object]]]:
    """All tensors of the last checkpoint, and what the journal says but for times."""
    tensors, facts = checkpoint.load(folder / CHECKPOINT)
    lines = read_journal(folder / JOURNAL)
    assert [line["step"] for line in lines] == list(range(4, facts["step"] + 1, 4))
    return tensors, [(line["step"], line["loss"], line["probe_losses"]) for line in lines]


def require_same(one: Path, two: Path) -> None:
    (tensors, lines), (expected, told) = outcome(one), outcome(two)
    assert tensors.keys() == expected.keys()
    unlike = [name for name, tensor in tensors.items() if not torch.equal(tensor, expected[name])]
    assert not unlike
    assert lines == told
    names = {path.name for path in one.iterdir()}
    assert names == {CHECKPOINT, checkpoint.previous(Path(CHECKPOINT)).name, JOURNAL}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was never killed."""
    folder = tmp_path_factory.mktemp("whole")
    assert finish(start(train, folder)) == 0
    return folder


def test_killed_now_and_then(whole: Path, tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    kill_often(train, (tmp_path,), 3, seed, 0.1, tmp_path / CHECKPOINT)
    require_same(tmp_path, whole)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_killed_twenty_times(tmp_path: Path, workers: int) -> None:
    settings = dataclasses.replace(SETTINGS, steps=200, workers=workers)
    folders = tmp_path / "whole", tmp_path / "killed"
    for folder in folders:
        folder.mkdir()
    assert finish(start(train, folders[0], settings)) == 0
    seed = secrets.randbits(32)
    fruitful = kill_often(train, (folders[1], settings), 20, seed, 0.4, folders[1] / CHECKPOINT)
    assert fruitful >= 10
    require_same(*reversed(folders))


@pytest.mark.parametrize("call", range(len(CALLS)), ids=[name for _, name in CALLS])
def test_killed_while_writing(whole: Path, tmp_path: Path, call: int) -> None:
    for after, number in ((False, 4), (True, 3)):  # 1 is the journal or the first checkpoint
        assert finish(start(train, tmp_path, SETTINGS, (call, after, number))) == -signal.SIGKILL
        assert checkpoint.exists(tmp_path / CHECKPOINT)
    assert finish(start(train, tmp_path)) == 0
    require_same(tmp_path, whole)
