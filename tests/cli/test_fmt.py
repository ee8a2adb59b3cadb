"""`smashdsl fmt`."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.tools import Run

ROUGH = "op a( ) {relu}   # keep\nprogram p { input 3x8x8\n head {a}\n}\n"


def test_rewrites_once(run: Run, tmp_path: Path):
    path = tmp_path / "rough.smash"
    path.write_text(ROUGH)
    assert run("fmt", path).stderr == f"{path}: formatted\n"
    formatted = path.read_text()
    assert formatted != ROUGH
    assert "# keep" in formatted
    before = os.stat(path)
    result = run("fmt", path)
    assert result.output == ""
    assert os.stat(path).st_ino == before.st_ino
    assert path.read_text() == formatted


def test_check_changes_nothing_and_fails(run: Run, tmp_path: Path, net: Path):
    path = tmp_path / "rough.smash"
    path.write_text(ROUGH)
    result = run("fmt", "--check", path, net, code=1)
    assert result.stderr == f"{path}: would be formatted\n"
    assert path.read_text() == ROUGH
    run("fmt", "--check", net)


def test_diff_changes_nothing(run: Run, tmp_path: Path):
    path = tmp_path / "rough.smash"
    path.write_text(ROUGH)
    shown = run("fmt", "--diff", path).stdout
    assert "-op a( ) {relu}   # keep\n" in shown
    assert shown.startswith(f"--- {path}\n")
    assert path.read_text() == ROUGH
    run("fmt", "--diff", "--check", path, code=1)


def test_standard_input_to_standard_output(run: Run, net: Path, tmp_path: Path):
    path = tmp_path / "rough.smash"
    path.write_text(ROUGH)
    run("fmt", path)
    assert run("fmt", "-", stdin=ROUGH).stdout == path.read_text()
    assert run("fmt", "-", stdin=net.read_text()).stdout == net.read_text()
    assert run("fmt", "-", stdin="").stdout == ""


def test_a_file_with_mistakes_is_left_alone_and_the_others_are_not(run: Run, tmp_path: Path):
    bad, rough = tmp_path / "bad.smash", tmp_path / "rough.smash"
    bad.write_text("program p  {\n")
    rough.write_text(ROUGH)
    result = run("fmt", bad, rough, code=1)
    assert "error[E1" in result.stderr
    assert bad.read_text() == "program p  {\n"
    assert rough.read_text() != ROUGH
