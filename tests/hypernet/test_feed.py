"""Architectures prepared ahead: the same ones, whatever becomes of the workers."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.hypernet import run
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.feed import feed
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.hypernet.proposals import Proposals
from smashdsl.training.data import Dataset, load_data
from tests.hypernet.spaces import TINY, space
from tests.training.processes import finish, start

QUICK = OneShotSettings(
    steps=4, batch_size=8, archs_per_step=3, workers=0, probe_every=0,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)  # fmt: skip

# Nothing here hangs on what was drawn before, so that a round is easily counted.
EVEN = """
space even {
  input 1x8x8
  classes 10
  stem { conv(8, one_of(1, 3)) }
  block {
    bank x of 8
    for i in 0..1 { read x -> conv(8, one_of(1, 3, 5)) -> norm -> relu -> write x }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=200)


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[list[Architecture]]:
    """What is run: a list of architectures for each step."""
    seen: list[list[Architecture]] = []
    accumulate = run.accumulate

    def noted(supernet: object, architectures: list[Architecture], *rest: object) -> object:
        seen.append(list(architectures))
        return accumulate(supernet, architectures, *rest)

    monkeypatch.setattr(run, "accumulate", noted)
    return seen


def proposals(kind: str = "uniform") -> Proposals:
    return Proposals(space(TINY), kind, 3, seed=0)


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it comes to hold in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_prepare_the_same(workers: int) -> None:
    numbers = [5, 2, 9, 2, 11]
    expected = list(feed(proposals(), numbers, 0))
    found = list(feed(proposals(), numbers, workers))
    assert [each.hash for each in found] == [each.hash for each in expected]
    for one, two in zip(found, expected, strict=True):
        assert (one.entries == two.entries).all()
        assert (one.relations == two.relations).all()
        assert one.filters == two.filters or len(one.filters) == len(two.filters)
    assert until(lambda: not multiprocessing.active_children())


@pytest.mark.parametrize("kind", ["uniform", "fair", "sandwich"])
def test_workers_change_no_weight(digits: Dataset, kind: str) -> None:
    states = []
    for workers in (0, 1, 2) if kind == "sandwich" else (0, 2):
        settings = dataclasses.replace(QUICK, proposals=kind, workers=workers)
        states.append(train_hypernet(space(TINY), digits, settings).supernet.state_dict())
        assert until(lambda: not multiprocessing.active_children())
    for other in states[1:]:
        assert all(torch.equal(other[name], states[0][name]) for name in states[0])


def test_closing_ends_workers() -> None:
    before = signal.getsignal(signal.SIGCHLD)
    architectures = feed(proposals(), range(1000), 2)
    next(architectures)
    assert len(multiprocessing.active_children()) == 2
    architectures.close()
    assert until(lambda: not multiprocessing.active_children())
    assert signal.getsignal(signal.SIGCHLD) == before


def test_a_failing_step_ends_workers(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        assert multiprocessing.active_children()
        raise RuntimeError("in the middle of a step")

    monkeypatch.setattr(run, "accumulate", broken)
    settings = dataclasses.replace(QUICK, workers=1, steps=50)
    with pytest.raises(RuntimeError, match="in the middle of a step"):
        train_hypernet(space(TINY), digits, settings)
    assert until(lambda: not multiprocessing.active_children())


@pytest.mark.parametrize("workers", [0, 1])
def test_a_space_without_programs(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(self: Proposals, number: int) -> smashdsl.Program:
        if number == 2:
            raise fail("E702", "1,000 draws were rejected", "loosen it")
        return sample(self, number)

    sample = Proposals.__getitem__
    monkeypatch.setattr(Proposals, "__getitem__", empty)
    architectures = feed(proposals(), range(5), workers)
    assert [next(architectures).hash for _ in range(2)]
    with pytest.raises(SmashError) as error:
        next(architectures)
    (found,) = error.value.diagnostics
    assert (found.code, found.message, found.helps) == (
        "E702", "1,000 draws were rejected", ("loosen it",)
    )  # fmt: skip
    assert until(lambda: not multiprocessing.active_children())


def test_a_killed_worker_is_done_without() -> None:
    told: list[str] = []
    numbers = range(60)
    architectures = feed(proposals(), numbers, 2, told.append)
    found = [next(architectures)]
    for worker in multiprocessing.active_children():
        worker.kill()
        worker.join()
    end = time.monotonic() + 0.2
    while time.monotonic() < end:  # no signal's handler raises an error here
        pass
    found += architectures
    expected = [each.hash for each in feed(proposals(), numbers, 0)]
    assert [each.hash for each in found] == expected
    (text,) = told
    assert "a process that prepares architectures has ended" in text


def train_and_die(pids: Path) -> None:
    architectures = feed(proposals(), range(1000), 2)
    next(architectures)
    pids.write_text(" ".join(str(child.pid) for child in multiprocessing.active_children()))
    time.sleep(0.5)  # until nothing more fits into the pipes
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    assert finish(start(train_and_die, tmp_path / "pids")) == -signal.SIGKILL
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert until(lambda: not any(map(alive, pids)))


INTERRUPTED = """
import dataclasses, sys
from pathlib import Path
import torch
from tests.hypernet.test_feed import QUICK, TINY, load_data, space, train_hypernet
from smashdsl.training.progress import Silent

class Shown(Silent):
    def advance(self, count=1, note=""):
        print("step", flush=True)

    def task(self, label, total):
        from contextlib import nullcontext
        return nullcontext(self)

torch.set_num_threads(1)
settings = dataclasses.replace(QUICK, workers=2, steps=10**4)
try:
    folder = Path(sys.argv[1])
    train_hypernet(space(TINY), load_data(str(folder / "data.npz")), settings, folder, Shown())
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_stopping_with_workers_is_quiet(tmp_path: Path, number: int) -> None:
    """A terminal sends Ctrl-C to all processes of a group."""
    images = np.random.default_rng(0).integers(0, 255, (200, 1, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "data.npz", train_images=images, train_labels=np.arange(200) % 10)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "step\n"
    os.killpg(process.pid, number) if number == signal.SIGINT else process.terminate()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "")
    assert (tmp_path / run.CHECKPOINT).exists()


def test_a_fair_round_of_training(digits: Dataset, groups: list[list[Architecture]]) -> None:
    """Three architectures in each of four steps: two rounds of six."""
    of = space(EVEN)
    train_hypernet(of, digits, dataclasses.replace(QUICK, proposals="fair"))
    texts = [each.text for group in groups for each in group]
    assert [len(group) for group in groups] == [3] * 4
    genomes = [of.genome_of(program) for program in map(smashdsl.loads, texts)]
    assert len({tuple(sorted(genome)) for genome in genomes}) == 1
    for path in genomes[0]:
        drawn = [genome[path] for genome in genomes]
        for option in set(drawn):
            assert drawn.count(option) == len(drawn) / (2 if "stem" in path else 3)
        size = len(set(drawn))
        for first in range(0, len(drawn), size):
            assert len(set(drawn[first : first + size])) == size


def test_layers_of_a_sandwich(digits: Dataset, groups: list[list[Architecture]]) -> None:
    of = space(TINY)
    settings = dataclasses.replace(QUICK, proposals="sandwich", archs_per_step=4, teach=True)
    train_hypernet(of, digits, settings)
    sizes = [[each.plan.costs.params for each in group] for group in groups]
    samples = [of.sample(seed).costs.params for seed in range(30)]
    for largest, smallest, *rest in sizes:
        assert largest >= max(samples)
        assert smallest <= min(samples)
        assert all(smallest <= size <= largest for size in rest)
    assert len({tuple(group[:2]) for group in sizes}) == 1
    assert len({size for group in sizes for size in group[2:]}) > 3


def test_resuming_meets_the_same_architectures(
    digits: Dataset, tmp_path: Path, groups: list[list[Architecture]]
) -> None:
    of = space(TINY)
    for kind in ("uniform", "fair", "sandwich"):
        groups.clear()
        settings = dataclasses.replace(QUICK, proposals=kind, replicas=2)
        train_hypernet(of, digits, settings)
        expected = [each.hash for group in groups for each in group]
        assert len(groups) == 8
        one = run.OneShotRun(of, digits, settings, None, "cpu", run.World(), print, 30, False)
        with one:
            one.step = 2
            numbers = one._numbers()
        assert [one.proposals[number].hash for number in numbers] == expected[12:]
