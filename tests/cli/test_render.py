"""`smashdsl render` and `smashdsl encode`."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import smashdsl
from tests.cli.tools import Run

STARTS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"", "txt": b"tiny",
          "tex": b"% tiny: layers", "mmd": b"flowchart TB"}  # fmt: skip


@pytest.mark.parametrize("suffix", STARTS)
def test_the_suffix_picks_the_format(run: Run, net: Path, tmp_path: Path, suffix: str):
    path = tmp_path / f"net.{suffix}"
    run("render", net, "-o", path)
    assert path.read_bytes().startswith(STARTS[suffix])
    if suffix == "svg":
        ElementTree.fromstring(path.read_text())
    if suffix == "dot":
        assert "digraph" in path.read_text()


@pytest.mark.parametrize("view", ["layers", "banks"])
def test_text_without_a_file(run: Run, net: Path, view: str):
    shown = run("render", net, "--view", view).stdout
    assert shown == smashdsl.load(net).render(view, "text")
    assert run("render", net, "--view", view, "--ascii").stdout.isascii()


def test_format_for_standard_output(run: Run, net: Path):
    shown = run("render", net, "--format", "svg", "-o", "-").stdout
    assert ElementTree.fromstring(shown.encode()).tag.endswith("svg")
    assert run("render", net, "--format", "png").stdout_bytes.startswith(b"\x89PNG")


def test_encoding_view(run: Run, space: Path, tmp_path: Path):
    path = tmp_path / "c.svg"
    run("render", space, "--seed", "2", "--view", "encoding", "-o", path)
    text = path.read_text()
    assert "read[0]" in text
    assert run("render", space, "--seed", "2", "--view", "encoding").stdout


def test_the_space_itself(run: Run, space: Path, net: Path):
    shown = run("render", space, "--view", "space").stdout
    assert shown == smashdsl.load(space).render("text")
    assert "one_of(1, 3, 5): 1, 3, 5" in shown
    assert "nothing is drawn" in run("render", net, "--view", "space").stdout
    drawn = run("render", space, "--view", "space", "--to", "mermaid").stdout
    assert drawn.startswith("flowchart TB")


def test_differences(run: Run, space: Path, tmp_path: Path):
    words = run("render", f"{space}", "--seed", "1", "--view", "diff", "--against", f"{space}@2")
    assert words.stdout.startswith("small → small: ")
    picture = tmp_path / "diff.tex"
    run("diff", f"{space}@1", f"{space}@2", "-o", picture, code=1)
    assert picture.read_text().startswith("% small → small")
    run("diff", f"{space}@1", f"{space}@2", "-o", tmp_path / "diff.gif", code=2)
    run("render", space, "--view", "diff", code=2)
    run("render", space, "--against", space, code=2)


def test_themes(run: Run, net: Path):
    dark = run("render", net, "--view", "banks", "--to", "dot", "--theme", "dark").stdout
    assert "#14181c" in dark
    assert "#14181c" not in run("render", net, "--view", "banks", "--to", "dot").stdout


def test_no_chart_of_an_encoding(run: Run, space: Path):
    assert "E831" in run("render", space, "--view", "encoding", "--to", "mermaid", code=1).stderr


def test_unknown_suffix(run: Run, net: Path, tmp_path: Path):
    path = tmp_path / "net.gif"
    assert ".svg" in run("render", net, "-o", path, code=2).stderr
    assert not path.exists()


def test_encode_explains_every_channel(run: Run, space: Path):
    layout = smashdsl.load(space).layout
    shown = run("encode", space, "--explain").stdout
    assert all(channel.name in shown for channel in layout.table())
    data = json.loads(run("encode", space, "--explain", "--json").stdout)
    assert [c["name"] for c in data["table"]] == [c.name for c in layout.table()]
    assert data["hash"] == layout.hash
    run("encode", space, "--explain", "--seed", "1", code=2)


def test_encode_says_who_owns_which_slices(run: Run, space: Path):
    shown = run("encode", space, "--seed", "1").stdout
    encoding = smashdsl.load(space).sample(1).encode()
    assert f"c is ({', '.join(map(str, encoding.tensor.shape))})" in shown
    assert all(stretch.owner in shown for stretch in encoding.stretches)
