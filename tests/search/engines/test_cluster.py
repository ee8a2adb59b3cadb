"""A Ray cluster of two machines, both of which are this one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.search.engines import fitting
from smashdsl.search.engines.cluster import Cluster
from smashdsl.search.engines.engine import Engine, Item, Local, Result, Task
from smashdsl.search.ledger import Reading, find
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run
from smashdsl.search.steps import fit_step
from smashdsl.training.interrupt import Interrupt
from smashdsl.training.progress import Silent
from tests.search.engines.test_engines import ranked, results

pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="needs signals")]

Copied = Callable[[str], Run]
SLOW = "sgd:100"  # a scorer that takes a while
PATIENCE = 600.0  # seconds for what takes a few on a machine that does nothing else


class Machines:
    """A head with so many cores, and another machine with one."""

    def __init__(self, cores: int) -> None:
        from ray.cluster_utils import Cluster as Several

        self.several = Several(initialize_head=True, head_node_args={"num_cpus": cores})
        self.worker = self.several.add_node(num_cpus=1)

    def kill(self) -> bool:
        """Kill the other machine, with all that runs on it, if anything does yet: first what works
        there, which could otherwise finish what it does and answer. Gives whether it was killed."""
        started = _children(self.worker.all_processes["raylet"][0].process.pid)
        if not any(name.startswith("ray::") and "IDLE" not in name for name in started.values()):
            return False
        for worker in started:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        self.several.remove_node(self.worker, allow_graceful=False)
        return True

    @property
    def address(self) -> str:
        return str(self.several.address)


def _children(process: int) -> dict[int, str]:
    """The processes that a process has started, with what they call themselves."""
    done = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True,
                          text=True, check=False)  # fmt: skip
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    return {int(number): name for number, name in lines}


def _machines(cores: int, attempts: int = 4) -> Machines:
    """Machines, of which Ray expects that they start within 30 seconds."""
    for _ in range(attempts - 1):
        with suppress(Exception):
            return Machines(cores)
    return Machines(cores)


@pytest.fixture
def machines(request: pytest.FixtureRequest) -> Iterator[Machines]:
    made = _machines(getattr(request, "param", 1))
    yield made
    with suppress(Exception):
        made.several.shutdown()


class Telling(Silent):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        self.told.append(text)


class Killing:
    """An engine that has a machine killed once some results have come and it works too."""

    def __init__(self, engine: Engine, kill: Callable[[], bool], after: int) -> None:
        self.engine, self.kill, self.after = engine, kill, after
        self.width = engine.width

    def map(self, task: Task[Item, Result], items: Sequence[Item],
            stop: Interrupt) -> Iterator[list[tuple[int, Result]]]:  # fmt: skip
        for group in self.engine.map(task, items, stop):
            yield group
            self.after -= len(group)
            if self.after <= 0 and self.kill():
                self.kill = lambda: False


def test_a_machine_that_is_killed_costs_nothing_but_time(run: Copied, machines: Machines) -> None:
    one, other, told = run("one"), run("other"), Telling()
    with closing(Cluster(machines.address, told)) as cluster:
        engine = Killing(cluster, machines.kill, 4)
        assert ranked(other, engine, SLOW) == ranked(one, Local(), SLOW)
    assert any("a worker was lost" in each for each in told.told)


def test_training_goes_on_elsewhere(ranked_run: Copied, machines: Machines,
                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(fitting, "SLICE", 1.0)
    changes = {"fit.epochs": 60, "confirm.epochs": 30}
    one, other = (ranked_run(name).changed(changes) for name in ("one", "other"))
    fit_step(one, False, Resources())
    with closing(Cluster(machines.address, Silent())) as cluster:
        engine = Killing(cluster, machines.kill, 1)
        fit_step(other, False, Resources(engine=engine))
    assert [each[0] for each in results(one)] == [each[0] for each in results(other)]
    for (_, tensors, facts), (_, tensors2, facts2) in zip(results(one), results(other),
                                                          strict=True):  # fmt: skip
        assert facts == facts2
        assert all(tensors[key].equal(tensors2[key]) for key in tensors)


@pytest.mark.parametrize("machines", [0], indirect=True)
def test_without_machines_it_is_given_up_and_nothing_is_lost(
    run: Copied, machines: Machines
) -> None:
    opened = run("one")
    with closing(Cluster(machines.address, Silent(), patience=3.0)) as cluster:
        engine = Killing(cluster, machines.kill, 3)
        with pytest.raises(SmashError) as caught:
            rank_step(opened, Resources(engine=engine), scorer=SLOW)
    assert caught.value.diagnostics[0].code == "E991"
    with Reading(opened.folder / "pending.sqlite") as pending:
        assert pending.count(SLOW) >= 3


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "smashdsl", *arguments]


def test_the_command_says_what_it_says_otherwise(run: Copied) -> None:
    outputs = []
    for name, engine in (("one", "local"), ("other", "ray")):
        folder = run(name).folder
        done = subprocess.run(
            command("rank", "run", "--engine", engine, "--json"), cwd=_named(folder, "run"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outputs.append(done)
    assert json.loads(outputs[0].stdout) == json.loads(outputs[1].stdout)
    assert outputs[1].stderr == ""


def _named(folder: Path, name: str) -> Path:
    """A folder in which a run has this name."""
    place = folder.with_name(f"of {folder.name}")
    place.mkdir()
    folder.rename(place / name)
    return place


def test_a_command_can_be_stopped_and_goes_on(run: Copied) -> None:
    opened, whole = run("one"), run("whole")
    started = subprocess.Popen(
        command("rank", str(opened.folder), "--engine", "ray", "--scorer", SLOW),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(lambda: _scored(opened) >= 8)
        os.killpg(started.pid, signal.SIGINT)  # as a terminal does
        out, err = started.communicate(timeout=PATIENCE)
    finally:
        started.kill()
    assert (started.returncode, out) == (130, "")
    assert err.rstrip().endswith("interrupted")
    assert "Traceback" not in err
    assert 8 <= _scored(opened) < 21
    assert ranked(opened, Local(), SLOW) == ranked(whole, Local(), SLOW)


def _scored(run: Run) -> int:
    if not find(run.folder).exists():
        return 0
    with suppress(SmashError), run.ledger() as ledger:
        return ledger.count(SLOW)
    return 0


def _wait_for(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.1)
