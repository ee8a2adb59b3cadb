"""`smashdsl diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smashdsl.cli.opened import split
from tests.cli.tools import Run


def test_equal_networks_however_they_are_written(run: Run, net: Path, tmp_path: Path):
    other = tmp_path / "other.smash"
    other.write_text(net.read_text().replace(" x ", " y ").replace("tiny", "other"))
    assert run("diff", net, other).stdout == "the same network\n"


def test_differences_as_a_person_would_say_them(run: Run, net: Path, tmp_path: Path):
    other = tmp_path / "other.smash"
    text = (
        net.read_text()
        .replace("repeat 2", "repeat 3")
        .replace("stem { conv(8, 3)", "stem { conv(8, 5)")
    )
    other.write_text(text)
    shown = run("diff", net, other, code=1).stdout
    assert shown.splitlines()[:2] == [
        "stem: conv: kernel 3 → 5",
        "block 1: 1 more layer: now layer 3",
    ]
    assert "+960 parameters" in shown


def test_json(run: Run, net: Path, space: Path):
    data = json.loads(run("diff", net, net, "--json").stdout)
    assert data["equal"] is True
    assert data["differences"] == []
    data = json.loads(run("diff", f"{space}@0", net, "--json", code=1).stdout)
    assert data["equal"] is False
    assert data["after"]["name"] == "tiny"
    assert {"where": "the network", "what": "takes 3×8×8 instead of 1×8×8"} in data["differences"]


def test_seeds_and_names(run: Run, space: Path, tmp_path: Path):
    two = tmp_path / "two.smash"
    run("sample", space, "--count", "2", "-o", two)
    assert run("diff", f"{two}:small_1", f"{space}@1").stdout == "the same network\n"
    assert run("diff", f"{two}:small_1", f"{space}:small@1").stdout == "the same network\n"
    assert run("diff", f"{space}@1", "-", stdin=run("sample", space, "--seed", "1").stdout)


def test_trouble_is_not_a_difference(run: Run, net: Path):
    run("diff", net, f"{net}.nothing", code=2)
    run("diff", net, f"{net}:nothing", code=2)
    run("diff", "-", "-", code=2)


def test_a_file_may_be_called_as_it_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a@1").touch()
    (tmp_path / "b:c").touch()
    assert split("a@1") == ("a@1", None, None)
    assert split("b:c@2") == ("b:c", None, 2)
    assert split("space.smash:small@3") == ("space.smash", "small", 3)
    assert split("space.smash@x") == ("space.smash@x", None, None)
