"""Several processes: sums over all of them, and an end for all when one of them ends."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.training.world import Lost, World, launched
from tests.training.processes import finish, start

VARIABLES = ("WORLD_SIZE", "RANK", "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK")


@pytest.fixture(autouse=True)
def unlaunched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def member(rank: int, size: int, port: int, task: Callable[..., Any], out: Path,
           arguments: tuple[Any, ...]) -> None:  # fmt: skip
    """What each process does: join the others, do the task, write down what came of it."""
    torch.set_num_threads(1)
    os.environ.update(WORLD_SIZE=str(size), RANK=str(rank), MASTER_ADDR="localhost",
                      MASTER_PORT=str(port))  # fmt: skip
    try:
        with launched() as world:
            found = task(world, *arguments)
    except SmashError as error:
        found = {"code": error.diagnostics[0].code, "message": error.diagnostics[0].message}
    except KeyboardInterrupt:
        found = "stopped"
    (out / f"{rank}.json").write_text(json.dumps(found))


def together(size: int, task: Callable[..., Any], out: Path, *arguments: Any) -> list[Any]:
    """What a task gives in each of so many processes; None where it did not come to its end."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port = found.getsockname()[1]
    processes = [start(member, rank, size, port, task, out, arguments) for rank in range(size)]
    for process in processes:
        finish(process, 90)
    files = [out / f"{rank}.json" for rank in range(size)]
    return [json.loads(file.read_text()) if file.exists() else None for file in files]


def test_alone() -> None:
    world = launched()
    assert (world.rank, world.size, world.first) == (0, 1, True)
    weight = torch.nn.Parameter(torch.ones(2))
    assert world.sum_gradients([weight], torch.ones(1)).tolist() == [1]
    assert weight.grad is None
    assert [world.any(flag, "cpu") for flag in (False, True)] == [False, True]
    world.require_same(3, "cpu")
    assert list(world.mine(3)) == [0, 1, 2]
    with world:
        pass


def test_parts_are_dealt_out() -> None:
    parts = [list(World(rank, 3).mine(8)) for rank in range(3)]
    assert parts == [[0, 3, 6], [1, 4, 7], [2, 5]]


@pytest.mark.parametrize(
    "variables",
    [
        {"WORLD_SIZE": "two", "RANK": "0"},
        {"WORLD_SIZE": "2", "RANK": "0"},
        {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "none"},
    ],
)
def test_variables_that_make_no_sense(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SmashError) as error:
        launched()
    assert error.value.diagnostics[0].code == "E947"
    assert "torchrun" in error.value.diagnostics[0].helps[0]


def test_a_world_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "1")
    monkeypatch.setenv("RANK", "0")
    assert launched() == World()


def sums(world: World) -> list[Any]:
    """Gradients in the first process, in both, in none."""
    weights = [torch.nn.Parameter(torch.zeros(2, 2)) for _ in range(3)]
    if world.first:
        weights[0].grad = torch.full((2, 2), 3.0)
    weights[1].grad = torch.full((2, 2), 1.0 + world.rank)
    others = world.sum_gradients(weights, torch.tensor([1.0, world.rank]))
    flags = [world.any(world.rank == 1, "cpu"), world.any(False, "cpu")]
    world.require_same(7, "cpu")
    gradients = [None if w.grad is None else w.grad.unique().tolist() for w in weights]
    return [others.tolist(), gradients, flags]


def says(world: World) -> list[Any]:
    texts = ["", "größer"] if world.first else ["two", ""]
    return [world.texts(text, "cpu") for text in (*texts, "")]


def loses_one(world: World) -> None:
    world.any(False, "cpu")
    if world.rank == 1:
        os._exit(3)
    world.any(False, "cpu")


def at_other_steps(world: World) -> None:
    world.require_same(4 + world.rank, "cpu")


def test_two_processes(tmp_path: Path) -> None:
    expected = [[2.0, 1.0], [[3.0], [3.0], None], [True, False]]
    assert together(2, sums, tmp_path) == [expected, expected]


def test_texts(tmp_path: Path) -> None:
    expected = [["", "two"], ["größer", ""], ["", ""]]
    assert together(2, says, tmp_path) == [expected, expected]
    assert World().texts("alone", "cpu") == ["alone"]


def test_the_first_says_what_all_have_found() -> None:
    error = SmashError([Diagnostic("E942", "diverged")])
    assert World(0, 2).common(error) is error
    other = World(1, 2).common(error)
    assert isinstance(other, Lost)
    assert other.diagnostics == error.diagnostics


def test_a_process_that_ends(tmp_path: Path) -> None:
    left, lost = together(2, loses_one, tmp_path)
    assert lost is None
    assert left["code"] == "E947"
    assert left["message"].startswith("another process of this run has ended")


def test_processes_at_other_steps(tmp_path: Path) -> None:
    for found in together(2, at_other_steps, tmp_path):
        assert found["code"] == "E947"
        assert found["message"] == "the processes of this run are at different steps: 4, 5"
