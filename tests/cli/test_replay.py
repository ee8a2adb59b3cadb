"""`replay`: a run is what it says it is, or what differs is named."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from safetensors.torch import load_file

from smashdsl.cli import main
from smashdsl.hypernet.oneshot import CHECKPOINT
from smashdsl.training import checkpoint
from tests.cli.conftest import SPACE
from tests.cli.tools import Run

pytest.importorskip("sklearn")
ARGS = ("--data", "digits", "--steps", "3", "--workers", "0", "--set", "train.warmup=0.5")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained run, which no test changes."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "space.smash").write_text(SPACE)
    args = ("train", folder / "space.smash", *ARGS, "--run", folder / "run", "--seed", "4")
    done = CliRunner().invoke(main, [str(arg) for arg in args])
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture
def trained(template: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return shutil.copytree(template, tmp_path / "run")


def test_a_run_can_be_done_again(run: Run, trained: Path, tmp_path: Path):
    said = run("replay", trained).stdout
    again = tmp_path / "run-replay"
    assert said.startswith(f"{again}: all ")
    assert said.endswith(f"bit-identical to {trained}\n")
    one, two = (load_file(folder / CHECKPOINT) for folder in (trained, again))
    assert all((one[name] == two[name]).all() for name in one | two)
    told = [json.loads((folder / "run.json").read_text()) for folder in (trained, again)]
    for facts in told:
        facts.pop("origin")
    assert told[0] == told[1]
    data = json.loads(run("replay", trained, "--run", again, "--json").stdout)
    assert data["identical"]
    assert data["reasons"] == data["differing"] == []


def test_what_differs_is_named(run: Run, trained: Path):
    path = trained / CHECKPOINT
    tensors, facts = checkpoint.load(path)
    name = next(name for name in sorted(tensors) if name.startswith("model.hypernet"))
    tensors[name].view(-1)[0] += 0.5
    checkpoint.save(path, tensors, facts)
    said = run("replay", trained, code=1).stdout
    assert f"1 of {len(tensors)} tensors differ" in said
    assert f"the first is {name}, by up to 0.5" in said
    assert "versions, machine, device and threads are the same" in said
    manifest = json.loads((trained / "run.json").read_text())
    manifest["environments"][0] |= {"torch": "1.0", "processes": 2}
    (trained / "run.json").write_text(json.dumps(manifest))
    said = run("replay", trained, code=1).stdout
    assert "  torch was 1.0, and now is " in said
    assert "  processes was 2, and now is 1" in said


@pytest.mark.slow
def test_the_commands_do_the_run_again(run: Run, trained: Path, tmp_path: Path):
    run("rank", trained, "--random", "2", "--proposed", "1")
    run("rank", trained, "--corrupt", "all", "--random", "3")
    run("fit", trained, "--epochs", "1")
    run("export", trained)
    target = tmp_path / "again"
    found = run("replay", trained, "--run", target, "--command").stdout.splitlines()
    assert [line.split()[1] for line in found] == ["train", "rank", "rank", "fit", "export"]
    for line in found:
        run(*shlex.split(line)[1:])
    one, two = (load_file(folder / "winner.safetensors") for folder in (trained, target))
    assert one.keys() == two.keys()
    assert all((one[name] == two[name]).all() for name in one)
    manifest = json.loads((trained / "run.json").read_text())
    assert manifest["command"].startswith("smashdsl train space.smash --name small --data digits ")


def test_a_run_of_several_processes_is_said_to_be_one(run: Run, trained: Path):
    manifest = json.loads((trained / "run.json").read_text())
    manifest["environments"][0]["processes"] = 2
    (trained / "run.json").write_text(json.dumps(manifest))
    said = run("replay", trained, "--command").stdout
    assert said.startswith("torchrun --nproc-per-node 2 -m smashdsl train ")
    assert " --run-dir " in said


def test_what_cannot_be_done_again(run: Run, trained: Path, space: Path, tmp_path: Path):
    other = tmp_path / "other"
    run("train", space, *ARGS, "--run", other, "--seed", "5")
    assert "seed was 5, and now is 4" in run("replay", trained, "--run", other, code=1).stderr
    (trained / CHECKPOINT).unlink()
    assert "trained for 0 of 3 steps" in run("replay", trained, code=1).stderr
    assert not (tmp_path / "run-replay").exists()
    assert "error[E943]" in run("replay", tmp_path / "nothing", code=1).stderr
