"""`smashdsl sample`."""

from __future__ import annotations

import json
from pathlib import Path

import smashdsl
from tests.cli.tools import Run


def test_text_is_a_program_of_the_space(run: Run, space: Path, tmp_path: Path):
    shown = run("sample", space, "--seed", "5").stdout
    program = smashdsl.load(space).sample(5)
    assert shown == f"# space small, seed 5, hash {program.hash}\n{program.text}"
    path = tmp_path / "sampled.smash"
    run("sample", space, "--seed", "5", "-o", path)
    assert path.read_text() == shown
    run("check", path)
    assert smashdsl.load(path).hash == program.hash


def test_several_programs_make_one_file(run: Run, space: Path, tmp_path: Path):
    path = tmp_path / "three.smash"
    run("sample", space, "--seed", "2", "--count", "3", "-o", path)
    run("check", path)
    found = smashdsl.load(space)
    for seed in (2, 3, 4):
        assert smashdsl.load(path, f"small_{seed}").hash == found.sample(seed).hash


def test_json(run: Run, space: Path):
    data = json.loads(run("sample", space, "--seed", "1", "--json").stdout)
    program = smashdsl.load(space).sample(1)
    assert data["hash"] == program.hash
    assert data["genome"] == dict(program.genome)
    assert data["costs"]["params"] == program.costs.params
    assert data["text"] == program.text
    several = json.loads(run("sample", space, "--count", "2", "--json").stdout)
    assert [entry["seed"] for entry in several] == [0, 1]
    assert several[1]["hash"] == program.hash


def test_a_program_has_nothing_to_draw(run: Run, net: Path):
    assert "nothing left to draw" in run("sample", net, code=2).stderr
