"""`smashdsl compile`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import smashdsl
from tests.cli.tools import Run


def test_program_is_the_normal_form(run: Run, net: Path, tmp_path: Path):
    path = tmp_path / "normal.smash"
    run("compile", net, "--emit", "program", "-o", path)
    assert smashdsl.load(path).hash == smashdsl.load(net).hash
    assert run("compile", path, "--emit", "program").stdout == path.read_text()


def test_syntax_tree_as_text_and_json(run: Run, net: Path):
    shown = run("compile", net, "--emit", "ast").stdout
    assert "Repeat 7:5" in shown
    data = json.loads(run("compile", net, "--emit", "ast", "--json").stdout)
    assert data["node"] == "File"
    assert data["items"][0]["name"] == "tiny"
    assert data["items"][0]["span"]["line"] == 1
    alone = json.loads(run("compile", net, "tiny", "--emit", "ast", "--json").stdout)
    assert alone == data["items"][0]


def test_ir_has_loops_unrolled_and_attributes_resolved(run: Run, net: Path):
    shown = run("compile", net, "--emit", "ir").stdout
    assert shown.count("Layer 7:16") == 2
    assert "kernel=3, stride=1, dilation=1" in shown
    data = json.loads(run("compile", net, "--emit", "ir", "--json").stdout)
    assert data["node"] == "Program"
    assert len(data["body"][0]["layers"]) == 2


def test_plan(run: Run, net: Path):
    data = json.loads(run("compile", net, "--emit", "plan", "--json").stdout)
    plan = smashdsl.load(net).plan
    assert [step["op"] for step in data["steps"]] == [step.op for step in plan.steps]
    assert data["params"] == plan.costs.params
    slots = {name: list(slot.shape) for name, slot in plan.slots.items()}
    assert {k: v for step in data["steps"] for k, v in step["slots"].items()} == slots
    shown = run("compile", net, "--emit", "plan").stdout
    assert len(shown.splitlines()) == len(plan.steps) + 3
    assert "blocks.0.layers.1.conv1" in shown


@pytest.mark.parametrize("view", ["layers", "banks"])
def test_graph_is_node_link_json(run: Run, net: Path, view: str):
    import networkx

    data = json.loads(run("compile", net, "--emit", "graph", "--view", view).stdout)
    assert data.pop("schema").startswith("smashdsl.graph/")
    graph = networkx.node_link_graph(data, edges="edges")
    assert set(graph) == set(smashdsl.load(net).graph(view))


def test_encoding_as_json_and_arrays(run: Run, space: Path, tmp_path: Path):
    import numpy as np

    tensor = smashdsl.load(space).sample(3).encode().tensor
    data = json.loads(run("compile", space, "--seed", "3", "--emit", "encoding").stdout)
    assert data["tensor"] == tensor.tolist()
    assert len(data["channels"]) == tensor.shape[1]
    path = tmp_path / "c.npz"
    run("compile", space, "--seed", "3", "--emit", "encoding", "-o", path)
    first = path.read_bytes()
    with np.load(path) as arrays:
        assert (arrays["c"] == tensor.numpy()).all()
        assert list(arrays["channels"]) == data["channels"]
    run("encode", space, "--seed", "3", "-o", path)
    assert path.read_bytes() == first


def test_fx_is_the_graph_modules_code(run: Run, net: Path):
    shown = run("compile", net, "--emit", "fx").stdout
    assert shown.startswith("def forward(self, x")
    assert shown.count(".conv1(") == 3


def test_python_runs_without_smashdsl(run: Run, net: Path, tmp_path: Path):
    path = tmp_path / "net.py"
    run("compile", net, "--emit", "python", "-o", path)
    done = subprocess.run(
        [sys.executable, "-I", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{smashdsl.load(net).costs.params:,} parameters" in done.stdout


def test_summary_is_what_info_prints(run: Run, net: Path):
    assert run("compile", net, "--emit", "summary").stdout == run("info", net).stdout
    assert (
        run("compile", net, "--emit", "summary", "--json").stdout
        == run("info", net, "--json").stdout
    )


def test_json_by_suffix(run: Run, net: Path, tmp_path: Path):
    path = tmp_path / "plan.json"
    run("compile", net, "--emit", "plan", "-o", path)
    assert json.loads(path.read_text())["program"] == "tiny"


@pytest.mark.parametrize("emit", ["program", "fx", "python"])
def test_no_json_of_text(run: Run, net: Path, emit: str):
    assert "no JSON" in run("compile", net, "--emit", emit, "--json", code=2).stderr
