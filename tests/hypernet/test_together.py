"""Two processes train as one does that runs the same architectures on the same images."""

from __future__ import annotations

import dataclasses
import math
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet import run
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShotSettings, load_hypernet, train_hypernet
from smashdsl.training import checkpoint
from smashdsl.training.data import load_data
from smashdsl.training.journal import read_journal
from smashdsl.training.progress import Silent
from smashdsl.training.seeds import derive
from smashdsl.training.world import Lost, World
from tests.hypernet.spaces import TINY, space
from tests.training.test_world import together

SETTINGS = OneShotSettings(
    steps=6, batch_size=16, replicas=2, average=0.9, workers=0, probe_every=2, probes=2,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)  # fmt: skip


# The filters of third layers belong to them alone: most steps do without.
LONGER = TINY.replace("conv(units, kernel) }", "conv(units, kernel, weights=own) }")


class StopAt(Silent):
    """Asks to stop after some steps, as a user would."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[StopAt]:
        yield self

    def advance(self, count: int = 1, note: str = "") -> None:
        self.left -= count
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


def train(world: World, folder: str, stops: list[tuple[int, int]],
          changes: dict[str, Any]) -> list[bool]:  # fmt: skip
    """Train, stopped at (rank, step); tells which tensors of the bank kept a gradient."""
    settings = dataclasses.replace(SETTINGS, **changes)
    progress = Silent()
    for rank, step in stops:
        if rank == world.rank:
            progress = StopAt(step)
    kept: list[bool] = []
    update = run.OneShotRun._update

    def noted(self: run.OneShotRun, *arguments: Any) -> None:
        update(self, *arguments)
        kept.extend(p.grad is not None for p in self.supernet.bank.parameters())

    run.OneShotRun._update = noted  # type: ignore[method-assign]
    try:
        train_hypernet(space(LONGER), load_data("digits", limit=200), settings, Path(folder),
                       progress, world=world)  # fmt: skip
    finally:
        run.OneShotRun._update = update  # type: ignore[method-assign]
    return kept


def tensors(folder: Path) -> dict[str, Tensor]:
    return checkpoint.load(folder / CHECKPOINT)[0]


def require_close(one: Path, two: Path, tolerance: float = 1e-5) -> None:
    """All weights and averages, but for those whose gradients are nothing but rounding: a bias of
    attention's keys has none, and Adam makes that as large as any other."""
    found, expected = tensors(one), tensors(two)
    assert found.keys() == expected.keys()
    assert any(name.startswith("average.") for name in found)
    for name, tensor in found.items():
        if not name.startswith("optimizer.") and not name.endswith("qkv.bias"):
            assert (tensor - expected[name]).norm() <= tolerance * expected[name].norm(), name


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / name for name in ("alone", "two", "out")}
    for folder in found.values():
        folder.mkdir()
    return found


@pytest.mark.parametrize("changes", [
    {}, pytest.param({"archs_per_step": 3, "proposals": "sandwich", "teach": True, "replicas": 4,
                      "steps": 4},  # Adam magnifies what sums in another order differ by
                     marks=pytest.mark.slow),
])  # fmt: skip
def test_same_as_alone(folders: dict[str, Path], changes: dict[str, Any]) -> None:
    alone = train(World(), str(folders["alone"]), [], changes)
    two = together(2, train, folders["out"], str(folders["two"]), [], changes)
    require_close(folders["two"], folders["alone"])
    assert two == [alone, alone]
    assert any(alone)
    assert all(alone) == bool(changes), "what no process used has no gradient"
    names = {path.name for path in folders["two"].iterdir()}
    assert names == {path.name for path in folders["alone"].iterdir()}
    lines, expected = (read_journal(folders[name] / run.JOURNAL) for name in ("two", "alone"))
    assert [line["step"] for line in lines] == [2, 4, 6][: len(expected)]
    assert lines[-1]["step"] == changes.get("steps", SETTINGS.steps)
    for line, other in zip(lines, expected, strict=True):
        assert line["loss"] == pytest.approx(other["loss"], rel=1e-5)
        assert line["probe_losses"] == pytest.approx(other["probe_losses"], rel=1e-4)


def test_first_gradients(folders: dict[str, Path]) -> None:
    """A tenth of them is the first moment after one step."""
    train(World(), str(folders["alone"]), [], {"steps": 1, "archs_per_step": 2})
    together(2, train, folders["out"], str(folders["two"]), [], {"steps": 1, "archs_per_step": 2})
    found, expected = tensors(folders["two"]), tensors(folders["alone"])
    moments = [name for name in expected if name.endswith(".exp_avg")]
    assert len(moments) > 20
    largest = max(expected[name].abs().max().item() for name in moments)
    for name in moments:
        torch.testing.assert_close(
            found[name], expected[name], rtol=1e-6, atol=1e-6 * largest, msg=name
        )


def test_stopping_one_stops_both(folders: dict[str, Path]) -> None:
    """The second process is interrupted; both go on later, from one checkpoint."""
    train(World(), str(folders["alone"]), [], {})
    arguments = (folders["out"], str(folders["two"]))
    assert together(2, train, *arguments, [(1, 2)], {}) == ["stopped", "stopped"]
    assert checkpoint.load(folders["two"] / CHECKPOINT)[1]["step"] == 2
    names = {path.name for path in folders["two"].iterdir()}
    assert names == {CHECKPOINT, run.JOURNAL}
    assert None not in together(2, train, *arguments, [], {})
    require_close(folders["two"], folders["alone"])
    loaded = load_hypernet(space(LONGER), load_data("digits", limit=200), SETTINGS, folders["two"])
    assert loaded.score(space(LONGER).sample(1)).n == 30


def diverge(world: World, folder: str) -> list[Any]:
    """The images of the second process are not numbers."""
    group = run.OneShotRun._group

    def spoilt(self: run.OneShotRun, replica: int) -> Any:
        architectures, images, labels = group(self, replica)
        return architectures, images if world.first else images * math.nan, labels

    run.OneShotRun._group = spoilt  # type: ignore[method-assign]
    try:
        train(world, folder, [], {})
    except SmashError as error:
        return [isinstance(error, Lost), error.diagnostics[0].code, error.diagnostics[0].message]
    finally:
        run.OneShotRun._group = group  # type: ignore[method-assign]
    return []


def test_the_first_says_what_the_second_found(folders: dict[str, Path]) -> None:
    first, second = together(2, diverge, folders["out"], str(folders["two"]))
    assert (first[0], second[0]) == (False, True)
    assert first[1:] == second[1:]
    path = folders["two"] / "diverged" / "step-000001.smash"
    assert first[1] == "E942"
    assert first[2] == (
        "training diverged: the loss is nan in step 1, where the output of `stem.conv1` is not "
        f"finite (see `{path}`)"
    )
    program = smashdsl.load(path)
    assert isinstance(program, smashdsl.Program)
    assert program.hash == space(LONGER).sample(derive(0, "architecture", 1)).hash
