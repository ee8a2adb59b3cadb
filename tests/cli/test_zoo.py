"""`smashdsl zoo`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smashdsl.cli.zoo_page import zoo_text
from smashdsl.zoo.entries import entries
from smashdsl.zoo.figures import figures
from tests.cli.tools import Run


def test_the_list(run: Run, specs: Path):
    lines = run("zoo").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("  wide_resnet_28_10 ")]
    assert line.split() == [
        "wide_resnet_28_10", "36.5M", "5.24G", "▁▅▅▅▅▅", "▅▆▆▆▆▆", "▆▇▇▇▇▇",
        "Wide", "ResNet", "28-10", "for", "CIFAR-10", "Zagoruyko,", "Komodakis",
    ]  # fmt: skip
    assert lines[0].split() == ["programs", "parameters", "FLOPs", "thumbnail"]
    names = {line.split()[0] for line in lines if line.startswith("  ")}
    assert names == {path.stem for path in specs.glob("*.smash")}
    assert lines.index(line) < lines.index(next(each for each in lines if "spaces" in each))


def test_the_list_as_json(run: Run):
    data = {each["name"]: each for each in json.loads(run("zoo", "--json").stdout)}
    wide = data["wide_resnet_28_10"]
    assert (wide["kind"], wide["params"], wide["programs"]) == ("program", 36_479_194, None)
    assert wide["published"] == "36.5M parameters"
    assert wide["source"].endswith("arXiv:1605.07146")
    assert wide["skyline"] == "044444 455555 566666"
    assert data["nas_bench_201"]["params"] == [73306, 1531546]
    assert data["nas_bench_201"]["programs"] == "15625"
    assert data["nas_bench_101"]["flops"] is None


def test_the_list_analyses_nothing(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("smashdsl.api.loads", lambda *_, **__: 1 / 0)
    run("zoo")


def test_show(run: Run, specs: Path):
    assert run("zoo", "show", "resnet20").stdout == (specs / "resnet20.smash").read_text()
    assert "did you mean `resnet20`?" in run("zoo", "show", "resnet2", code=1).stderr
    several = run("zoo", "show", "wide", code=1).stderr
    assert "did you mean `wide_resnet_16_8` or `wide_resnet_28_10`?" in several
    assert "did you mean `darts_like`?" in run("zoo", "show", "DARTS", code=1).stderr
    assert "`smashdsl zoo` lists all" in run("zoo", "show", "", code=1).stderr
    for option in (["--json"], ["-o", "zoo.html"]):
        refused = run("zoo", *option, "show", "resnet20", code=2).stderr
        assert "--json and -o are for the list" in refused


def test_the_list_fits_into_a_narrow_terminal():
    rows = [(each, figures()[each.name]) for each in entries()]
    wide, narrow = zoo_text(rows, "utf-8"), zoo_text(rows, "utf-8", 100)
    assert max(map(len, narrow.splitlines())) <= 100
    assert narrow.split() != wide.split()
    assert narrow.replace(";", "").split() == wide.replace(";", "").split()
    widest = max(map(len, wide.splitlines()))
    assert zoo_text(rows, "utf-8", widest) == wide
    assert zoo_text(rows, "utf-8", widest - 1) == narrow


def test_the_list_in_ascii():
    text = zoo_text([(each, figures()[each.name]) for each in entries()], "ascii")
    assert text.isascii()
    (line,) = [line for line in text.splitlines() if line.startswith("  nas_bench_201 ")]
    assert line.split()[1:6] == ["73.3k-1.53M", "7.78M-220M", "011111", "122222", "233333"]


def test_the_page(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("smashdsl.api.loads", lambda *_, **__: 1 / 0)
    path = tmp_path / "zoo.html"
    assert run("zoo", "-o", path).stdout == f"in {path}\n"
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("smashdsl zoo copy ") == len(entries())
    assert run("zoo", "-o", "-").stdout == page
    assert "E920" in run("zoo", "-o", tmp_path / "no" / "where.html", code=1).stderr
    assert "must end in one of .html" in run("zoo", "-o", "zoo.txt", code=2).stderr
    assert "leave one out" in run("zoo", "--json", "-o", path, code=2).stderr


def test_copy(run: Run, specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert run("zoo", "copy", "gated").stdout == "wrote gated.smash\n"
    copied = tmp_path / "gated.smash"
    assert copied.read_text() == (specs / "gated.smash").read_text()
    copied.write_text("mine")
    refused = run("zoo", "copy", "gated.smash", code=1).stderr
    assert "E967" in refused
    assert "--force" in refused
    assert copied.read_text() == "mine"
    run("zoo", "copy", "gated", "--force")
    assert copied.read_text() == (specs / "gated.smash").read_text()
    (tmp_path / "folder").mkdir()
    assert run("zoo", "copy", "gated", "-o", "folder").stdout == "wrote folder/gated.smash\n"
    assert "E967" in run("zoo", "copy", "gated", "-o", "folder", code=1).stderr
    run("zoo", "copy", "quickstart", "-o", "own.smash")
    assert "space quickstart" in (tmp_path / "own.smash").read_text()
    assert run("zoo", "copy", "quickstart", "-o", "-").stdout.startswith("# A small space")
    assert "E920" in run("zoo", "copy", "gated", "-o", "no/where.smash", code=1).stderr
