"""Several processes that train together."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import torch
from safetensors.torch import load_file

import smashdsl
from smashdsl.cli import main
from smashdsl.cli.knobs import run_options, train_options, training_options
from smashdsl.search.resources import Resources
from smashdsl.search.run import open_run, start_run
from smashdsl.search.settings import preset
from smashdsl.search.steps import train_step
from smashdsl.search.trained import steps_done
from smashdsl.training.progress import Silent
from smashdsl.training.world import World
from tests.cli.tools import Run
from tests.training import processes

pytest.importorskip("sklearn")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")
# Without normalisation, before which the gradients of biases are nothing but rounding errors.
PLAIN = """\
space plain {
  input 1x8x8
  classes 10
  stem { conv(8, 3, stride=2) -> relu }
  block {
    bank x of 8
    read x -> conv(one_of(8, 16), 1) -> relu -> conv(8, one_of(1, 3)) -> write x
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def start(command: list[str], **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def torchrun(*args: str | Path) -> subprocess.Popen[str]:
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "smashdsl"]
    return start(launcher + [str(arg) for arg in args])


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def pair(*args: str | Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes as a launcher starts them, without one that watches over them."""
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    command = ["smashdsl", *map(str, args)]
    both = [start(command, WORLD_SIZE="2", RANK=str(rank), **where) for rank in range(2)]
    try:
        yield both
    finally:
        for process in both:
            process.kill()


def wait_for(path: Path, *processes: subprocess.Popen[str]) -> None:
    """Until a file is there and not empty."""
    while not (path.exists() and path.stat().st_size):
        assert all(process.poll() is None for process in processes), processes[0].communicate()
        time.sleep(0.02)


class Stopping(Silent):
    """Interrupts this process after so many steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    @contextlib.contextmanager
    def task(self, label: str, total: int) -> Iterator[Stopping]:
        yield self

    def advance(self, count: int = 1, note: str = "") -> None:
        self.left -= count
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
def test_two_processes_do_what_one_does_and_stop_together(tmp_path: Path):
    """Interrupted in two processes, the run is where one process is after as many steps."""
    folder, alone = tmp_path / "run", tmp_path / "alone"
    (tmp_path / "space.smash").write_text(PLAIN)
    args = ("--data", "digits", "--steps", "100000", "--archs-per-step", "2")
    launcher = torchrun("train", tmp_path / "space.smash", *args, "--run-dir", folder)
    wait_for(folder / "train.jsonl", launcher)
    os.killpg(launcher.pid, signal.SIGINT)
    said = launcher.communicate(timeout=60)[1]
    assert said.count("interrupted\n") == 1
    run = open_run(folder)
    assert (run.settings.train.replicas, run.environments[0].processes) == (2, 2)
    shutil.copytree(folder, alone, ignore=shutil.ignore_patterns("hypernet*", "train*"))
    with pytest.raises(KeyboardInterrupt):
        train_step(open_run(alone), Resources(Stopping(steps_done(run))))
    found, expected = (load_file(path / "hypernet.safetensors") for path in (folder, alone))
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, atol=1e-5, rtol=1e-5)
    assert found.keys() == expected.keys()


def one_of_two(rank: int, port: int, folder: Path, *args: str) -> None:
    """What one of two processes does; what it says goes into files of the folder."""
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ.update(where, WORLD_SIZE="2", RANK=str(rank))
    for descriptor, name in ((1, f"out{rank}"), (2, f"err{rank}")):
        with (folder / name).open("w") as file:
            os.dup2(file.fileno(), descriptor)
    main(args)


def test_the_mistake_of_one_process_ends_all(tmp_path: Path):
    """The first finds no data, and says so; the other ends with it."""
    space = tmp_path / "space.smash"
    space.write_text("space s {\n  input 1x8x8\n  head { conv(one_of(8, 16), 3) }\n}\n")
    args = ("train", space, "--data", tmp_path / "nothing", "--run", tmp_path / "run")
    port = free_port()
    both = [processes.start(one_of_two, rank, port, tmp_path, *map(str, args)) for rank in (0, 1)]
    assert [processes.finish(process, 60) for process in both] == [1, 1]
    assert "error[E930]" in (tmp_path / "err0").read_text()
    assert (tmp_path / "out1").read_text() == (tmp_path / "err1").read_text() == ""


@pytest.mark.slow
def test_one_process_says_that_training_diverged(tmp_path: Path):
    space = tmp_path / "space.smash"
    space.write_text(PLAIN)
    args = ("--data", "digits", "--run", tmp_path / "run", "--learning-rate", "1e30")
    with pair("train", space, *args) as both:
        ended = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [1, 1]
    assert ended[0][1].count("error[E942]: training diverged") == 1
    assert ended[1] == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("killed", [0, 1])
def test_the_death_of_one_process_ends_the_other(space: Path, tmp_path: Path, killed: int):
    folder = tmp_path / "run"
    with pair("train", space, "--data", "digits", "--run", folder, "--steps", "100000") as both:
        wait_for(folder / "train.jsonl", *both)
        both[killed].kill()
        said = both[1 - killed].communicate(timeout=60)[1]
    assert both[1 - killed].returncode == 1
    assert ("error[E947]: another process of this run has ended" in said) == (killed == 1)
    assert "Traceback" not in said


@pytest.mark.slow
def test_the_first_process_does_the_rest_of_a_search(space: Path, tmp_path: Path):
    folder = tmp_path / "run"
    few = ("--steps", "3", "--random", "3", "--proposed", "2", "--confirm", "0", "--epochs", "1")
    launcher = torchrun("search", space, "--data", "digits", "--run-dir", folder, *few)
    shown, said = launcher.communicate(timeout=120)
    assert launcher.returncode == 0, said
    assert shown.count("the winner, trained by itself") == 1
    assert (folder / "winner.py").exists()


def test_more_processes_than_replicas(tmp_path: Path):
    space = smashdsl.loads(PLAIN)
    assert isinstance(space, smashdsl.Space)
    run = start_run(tmp_path / "run", space, "digits", 0, preset("digits"), Silent())
    with pytest.raises(ValueError, match="3 processes cannot share 1 of a step's replicas"):
        train_step(run, Resources(world=World(rank=0, size=3)))


@pytest.mark.parametrize("verb", ["rank", "fit", "export"])
def test_other_verbs_are_for_one_process(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str
):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "Only `train` and `search`" in run(verb, tmp_path, code=2).stderr
    monkeypatch.setenv("RANK", "1")
    assert run(verb, tmp_path, code=2).output == ""


def test_torchrun_leaves_our_options_alone() -> None:
    """It takes any beginning of a name of its own, even after the name of the program."""
    from torch.distributed.run import get_args_parser

    theirs = [name for action in get_args_parser()._actions for name in action.option_strings]

    @click.command()
    def verb() -> None: ...

    for option in (*run_options, *train_options, *training_options):
        option(verb)
    for parameter in verb.params:
        names = [
            name for name in parameter.opts if not any(their.startswith(name) for their in theirs)
        ]
        assert names, parameter.opts
