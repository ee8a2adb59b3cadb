"""Pictures: what is on them, that they stay the same, and what if they cannot be drawn."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
from programs import (
    conv,
    densenet_like,
    fractal_like,
    head,
    random_banks,
    registered,
    resnet_like,
    signal,
    voxels,
)
from random_programs import random_program
from svg_text import texts

from smashdsl.backends.render import FORMATS, VIEWS, render, svg
from smashdsl.backends.render import engine as engine_module
from smashdsl.backends.render import limits as picture_limits
from smashdsl.backends.render.colors import KINDS
from smashdsl.backends.render.engine import draw, lay_out
from smashdsl.backends.render.page import Page
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.ir import Bank, Block, Combine, Group, Layer, Program, Transition

HERE = Path(__file__).parent
MAGIC = {"svg": "<svg ", "png": b"\x89PNG\r\n", "pdf": b"%PDF-", "dot": "digraph", "text": "",
         "tikz": "% resnet: ", "mermaid": "flowchart TB\n"}  # fmt: skip


def code(raised: pytest.ExceptionInfo[SmashError]) -> str:
    return raised.value.diagnostics[0].code


# What is drawn --------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_what_it_says(format: str, view: str):
    drawn = render(resnet_like(), view=view, format=format)
    assert drawn.startswith(MAGIC[format])
    assert isinstance(drawn, bytes if format in ("png", "pdf") else str)


@pytest.mark.parametrize("make", [resnet_like, densenet_like, fractal_like, random_banks, voxels])
def test_the_bank_view_names_every_bank(make: type):
    program = make()
    shown = texts(svg(program, "banks"))
    for block in program.blocks:
        for bank in block.banks:
            assert bank.name in shown
            assert str(bank.size) in shown
    assert program.name in shown


@pytest.mark.parametrize("make", [resnet_like, fractal_like, random_banks, signal])
def test_the_layer_view_shows_operations_and_shapes(make: type):
    program = make()
    shown = texts(svg(program))
    assert "×".join(map(str, program.input)) in shown
    assert any(text.startswith("conv ") for text in shown)
    assert "output" in shown
    title = ElementTree.fromstring(svg(program)).find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == f"{program.name}: layers"


def test_the_legend_lists_only_what_is_there():
    present = {"convolution", "linear", "normalisation", "activation", "pooling", "combination"}
    names = {kind.title for kind in KINDS.values()}
    assert names & set(texts(svg(resnet_like()))) == present
    assert names & set(texts(svg(resnet_like(), "banks"))) == {"convolution", "linear"}


def test_signs_stand_for_what_layers_do():
    shown = texts(svg(random_banks(), "banks"))
    assert {"reads", "first write", "adds", "multiplies"} <= set(shown)
    assert not {"replaces", "takes the maximum"} & set(shown)
    assert {"sum", "attend"} <= set(shown)
    assert shown.count("×") == 2, "one write by mul, and its entry in the legend"


def test_repeats_are_folded_unless_expanded():
    program = resnet_like(layers=6)
    folded, expanded = texts(svg(program)), texts(render(program, expand=True))
    assert folded.count("residual") == 3
    assert folded.count("× 6") == 3
    assert expanded.count("residual") == 18
    assert not any(text.startswith("× ") for text in expanded)


def test_repeated_blocks_are_one_panel():
    layer = Layer((0,), "cat", (Group("cell", (conv(8), conv(8, 1))),), (0,))
    block = Block((Bank("x", 8),), (0,), (layer,), (0,))
    program = Program("p", (8, 8, 8), 10, (), (block,) * 5, head())
    for view, title in (("banks", "blocks 1–5"), ("layers", "blocks 1–5  × 5")):
        assert title in texts(svg(program, view))
        assert texts(render(program, view=view, expand=True)).count("block 3") == 1


def test_parts_repeated_together_are_framed_together():
    layer = Layer((0,), "cat", (conv(8),), (0,))
    block = Block((Bank("x", 8),), (0,), (layer,), (0,))
    program = Program("p", (8, 8, 8), 10, (), (block, Transition((conv(8, 1),))) * 4, head())
    for view in VIEWS:
        shown = texts(svg(program, view))
        assert "× 4" in shown
        assert "blocks 1, 2, … 4" not in shown
        assert "blocks 1–4" in shown
        assert "transitions 1–4" in shown


def test_tall_networks_stand_in_columns():
    shown = texts(svg(densenet_like(layers=12)))
    assert shown.count("A") == 2, "a connector at the end of a column and at the start of the next"
    root = ElementTree.fromstring(svg(densenet_like(layers=12)))
    assert float(root.attrib["height"][:-2]) < 3 * float(root.attrib["width"][:-2])


def test_crowded_blocks_name_their_banks():
    size, count = 4, 14
    layers = tuple(
        Layer((i, i + 1, (i * 5) % (i + 1)), "cat", (conv(size),), (i + 2,))
        for i in range(1, count - 2)
    )
    layers = (
        Layer((0,), "cat", (conv(size),), (1,)),
        Layer((1,), "cat", (conv(size),), (2,)),
        *layers,
    )
    block = Block(
        tuple(Bank(f"b[{i}]", size) for i in range(count)), (0,), layers, tuple(range(count))
    )
    program = Program("p", (size, 8, 8), 10, (), (block,), head())
    shown = texts(svg(program))
    assert "read b[4–5, 0]" in shown
    assert "write b[6]" in shown
    assert "leave b[0–13]" in shown


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_can_be_drawn(seed: int):
    for view in VIEWS:
        ElementTree.fromstring(svg(random_program(seed), view))


# The same bytes, and nothing about the machine ------------------------------------------------

SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from programs import random_banks
from smashdsl.backends.graph import graph, node_link
from smashdsl.backends.render import FORMATS, VIEWS, render
digest = hashlib.sha256()
for view in VIEWS:
    digest.update(str(node_link(graph(random_banks(), view))).encode())
    for format in FORMATS:
        drawn = render(random_banks(), view=view, format=format)
        digest.update(drawn if isinstance(drawn, bytes) else drawn.encode())
print(digest.hexdigest())
"""


def test_the_same_bytes_in_every_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """In this process, and in one with another hash seed and time zone."""
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-c", SCRIPT, str(HERE)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    monkeypatch.setattr(sys, "argv", command[2:])
    exec(SCRIPT, {})
    assert capsys.readouterr().out == done.stdout


def test_nothing_about_the_machine():
    drawn = render(resnet_like(), format="pdf")
    assert isinstance(drawn, bytes)
    assert b"(D:19700101000000" in drawn
    assert set(re.findall(rb"\(D:(\d{14})", drawn)) == {b"19700101000000"}
    assert "graphviz" not in svg(resnet_like()).lower()
    assert "DOCTYPE" not in svg(resnet_like())


def test_importing_loads_no_engine():
    heavy = "{'pygraphviz', 'networkx', 'torch', 'numpy', 'pandas'}"
    script = f"import sys, smashdsl.backends.render; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# Hostile names --------------------------------------------------------------------------------

HOSTILE = [
    'a "quoted" name',
    "<b>bold</b>",
    "&amp; & \\N \\G \\",
    "naïve 名前 ×\t",
    "x\0y\x1b[31m",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("view", VIEWS)
def test_names_are_only_text(name: str, view: str):
    layer = Layer((0,), "cat", (Group(name, (conv(8), conv(8, 1))),), (1,))
    block = Block((Bank(name, 8), Bank(f"{name}[1]", 8)), (0,), (layer, layer), (0, 1))
    program = Program(name, (8, 8, 8), 10, (), (block,), head())
    shown = " ".join(texts(svg(program, view)))
    clean = re.sub("[\0\x1b]", "�", name)
    assert " ".join(clean.split()) in " ".join(shown.split())
    for format in ("dot", "text"):
        assert render(program, view=view, format=format)


def test_a_very_long_name_does_not_break_the_picture():
    program = replace(resnet_like(), name="n" * 50_000)
    for view in VIEWS:
        assert "conv 3×3, 16" in " ".join(texts(svg(program, view)))


def test_registered_operations_have_a_colour_of_their_own():
    with registered("twirl", kind="my_kind"):
        from smashdsl.ir import Op

        stem = (conv(8), Op("twirl", {}), Combine("sum", ((Op("twirl", {}),), ())))
        shown = texts(svg(Program("p", (3, 8, 8), 10, stem, (), head())))
        assert shown.count("twirl") == 2
        assert "my kind" in shown


# Engines and limits ---------------------------------------------------------------------------


def test_no_dot_command_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert svg(resnet_like()).startswith("<svg ")


def test_a_missing_dot_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SmashError, match="no `dot` command") as raised:
        render(resnet_like(), engine="system")
    assert code(raised) == "E960"


def test_the_dot_command_is_used_if_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    dot = tmp_path / "dot"
    dot.write_text('#!/bin/sh\necho "$@" > "$0.said"\ncat > "$0.given"\nprintf "<svg "\n')
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert render(resnet_like(), view="banks", engine="system").startswith('<svg role="img"')
    assert (tmp_path / "dot.said").read_text() == "-Tsvg -Knop2\n"
    assert (tmp_path / "dot.given").read_text() == render(resnet_like(), view="banks", format="dot")


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SmashError, match="pygraphviz") as raised:
        render(resnet_like())
    assert code(raised) == "E960"
    assert render(resnet_like(), format="dot").startswith("digraph")


def test_a_layout_that_takes_too_long():
    with pytest.raises(SmashError, match=r"given up after 0\.001 seconds") as raised:
        lay_out(["digraph { a }"], seconds=0.001)
    assert code(raised) == "E961"


def test_an_engine_that_fails():
    with pytest.raises(SmashError, match="bundled layout engine failed") as raised:
        draw(Page("digraph {", 1, 1), "svg")
    assert code(raised) == "E962"


def test_an_engine_that_lacks_a_library(monkeypatch: pytest.MonkeyPatch):
    lacking = "ImportError: libgobject-2.0.so.0: cannot open shared object file"
    command = [sys.executable, "-c", f"raise SystemExit({lacking!r})"]
    monkeypatch.setattr(engine_module, "_bundled", lambda *_: command)
    with pytest.raises(SmashError, match="libgobject") as raised:
        render(resnet_like())
    assert code(raised) == "E962"
    assert "libglib2.0-0" in raised.value.diagnostics[0].helps[0]


def test_limits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(picture_limits, "MOST_BOXES", 10)
    monkeypatch.setattr(picture_limits, "MOST_MARKS", 10)
    for view in VIEWS:
        with pytest.raises(SmashError, match="more than the 10") as raised:
            render(densenet_like(), view=view)
        assert code(raised) == "E830"
        assert any("--format txt" in help for help in raised.value.diagnostics[0].helps)
        assert render(densenet_like(), view=view, format="text")


def test_a_very_long_network_is_drawn_folded():
    assert "× 2000" in texts(svg(resnet_like(width=8, layers=2000, stages=1)))


@pytest.mark.parametrize("option", ["view", "format", "engine"])
def test_unknown_options(option: str):
    with pytest.raises(ValueError, match=f"{option} must be one of"):
        render(resnet_like(), **{option: "nonsense"})


def test_bitmaps_stay_within_reason():
    assert Page("", 500, 800).dpi == 144
    for wide, tall in ((5_000, 40_000), (1, 1_000_000), (20_000, 20_000)):
        dpi = Page("", wide, tall).dpi
        assert wide / 72 * dpi * (tall / 72 * dpi) <= 61e6
        assert max(wide, tall) / 72 * dpi <= 16_100
