"""The layer graph and the bank-by-layer graph."""

from __future__ import annotations

import json
import subprocess
import sys

import networkx
import pytest
from programs import densenet_like, fractal_like, random_banks, resnet_like, signal, voxels
from random_programs import random_program

from smashdsl.backends.graph import SCHEMA, graph, node_link
from smashdsl.ir import Program
from smashdsl.plan import build_plan

HAND_BUILT = (resnet_like, densenet_like, fractal_like, random_banks, signal, voxels)
PROGRAMS = [make() for make in HAND_BUILT] + [random_program(seed) for seed in range(8)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_layer_graph_is_the_plan(program: Program):
    plan, made = build_plan(program), graph(program)
    assert list(made) == [step.index for step in plan.steps]
    for step in plan.steps:
        node = made.nodes[step.index]
        assert (node["op"], node["path"], tuple(node["shape"])) == (step.op, step.path, step.shape)
        edges = sorted(made.in_edges(step.index, data=True), key=lambda edge: edge[2]["order"])
        assert tuple(source for source, _, _ in edges) == step.inputs
        assert all(data["shape"] == made.nodes[source]["shape"] for source, _, data in edges)
    assert sum(node["params"] for _, node in made.nodes(data=True)) == plan.costs.params
    assert sum(node["flops"] for _, node in made.nodes(data=True)) == plan.costs.flops
    assert [n for n, node in made.nodes(data=True) if node["output"]] == [plan.output]
    assert made.graph["depth"] == plan.costs.depth
    assert networkx.is_directed_acyclic_graph(made)


def test_layer_nodes_say_what_they_are():
    made = graph(resnet_like())
    conv = next(
        node for _, node in made.nodes(data=True) if node["path"].endswith("layers.1.conv2")
    )
    assert conv["kind"] == "conv"
    assert conv["label"] == "conv 3×3, 16"
    assert conv["section"] == "blocks.0"
    assert conv["layer"] == "blocks.0.layers.1"
    assert conv["group"] == ["residual"]
    assert conv["slots"] == ["blocks.0.layers.1.conv2.weight"]
    assert conv["shape"] == [16, 32, 32]
    kinds = {node["kind"] for _, node in made.nodes(data=True)}
    assert kinds == {"input", "conv", "norm", "activation", "pool", "linear", "combine"}


def test_slices_and_attention_have_labels_and_weights():
    labels = {node["label"] for _, node in graph(random_banks()).nodes(data=True)}
    assert "channels 8–15" in labels
    read = next(n for _, n in graph(random_banks()).nodes(data=True) if n["op"] == "attend")
    assert read["slots"] == ["blocks.0.layers.3.read.scores"]
    assert read["params"] == 3


def reads(made: networkx.MultiDiGraph, layer: str) -> list[str]:
    edges = sorted(made.in_edges(layer, data=True), key=lambda edge: edge[2]["order"])
    return [made.nodes[bank]["label"] for bank, _, data in edges if data["role"] == "read"]


def writes(made: networkx.MultiDiGraph, layer: str) -> list[tuple[str, str, list[int]]]:
    edges = sorted(made.out_edges(layer, data=True), key=lambda edge: edge[2]["order"])
    return [(made.nodes[bank]["label"], d["rule"], d["channels"]) for _, bank, d in edges]


def test_residual_layers_read_and_add_to_one_bank():
    made = graph(resnet_like(), "banks")
    for layer in range(3):
        assert reads(made, f"blocks.1.layers.{layer}") == ["x"]
        assert writes(made, f"blocks.1.layers.{layer}") == [("x", "add", [0, 32])]


def test_dense_layers_read_all_earlier_banks_and_write_their_own():
    made = graph(densenet_like(), "banks")
    for layer in range(4):
        name = f"blocks.1.layers.{layer}"
        assert reads(made, name) == ["x", *(f"b[{i}]" for i in range(layer))]
        assert writes(made, name) == [(f"b[{layer}]", "first", [0, 12])]
    leaving = [made.nodes[bank]["label"] for bank, _ in made.in_edges("blocks.1.leave")]
    assert leaving == ["x", "b[0]", "b[1]", "b[2]", "b[3]"]


def test_fractal_layers_reduce_and_replace():
    made = graph(fractal_like(), "banks")
    joining = "blocks.0.layers.3"
    assert made.nodes[joining]["reduce"] == "mean"
    assert made.nodes[joining]["summary"] == "identity"
    assert reads(made, joining) == ["col[0]", "col[1]"]
    assert [rule for _, rule, _ in writes(made, joining)] == ["replace", "replace"]


def test_wide_values_are_dealt_out_and_start_again():
    made = graph(random_banks(), "banks")
    assert reads(made, "blocks.0.layers.1") == ["b[3]", "b[0]", "b[2]"]
    assert writes(made, "blocks.0.layers.1") == [
        ("b[1]", "add", [0, 8]),
        ("b[4]", "first", [8, 16]),
        ("b[2]", "add", [0, 8]),
        ("b[5]", "first", [8, 16]),
    ]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_sections_follow_one_another_and_share_out_the_costs(program: Program):
    made = graph(program, "banks")
    plan = build_plan(program)
    flow = [(a, b) for a, b, data in made.edges(data=True) if data["role"] == "flow"]
    sections = networkx.DiGraph(flow)
    for number in range(len(program.blocks)):
        sections.add_edge(f"blocks.{number}.enter", f"blocks.{number}.leave")
    order = list(networkx.topological_sort(sections))
    assert order[0] == "input"
    assert order[-1] == "output"
    assert tuple(made.nodes["output"]["shape"]) == plan.steps[plan.output].shape
    assert sum(node.get("params", 0) for _, node in made.nodes(data=True)) == plan.costs.params
    assert sum(node.get("flops", 0) for _, node in made.nodes(data=True)) == plan.costs.flops


@pytest.mark.parametrize("view", ["layers", "banks"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_node_link_data_reads_back(program: Program, view: str):
    made = graph(program, view)
    data = json.loads(json.dumps(node_link(made)))
    assert data["schema"] == SCHEMA
    again = networkx.node_link_graph(data, edges="edges")
    assert networkx.utils.graphs_equal(made, again)
    assert again.graph == made.graph


def test_unknown_view():
    with pytest.raises(ValueError, match="layers, banks"):
        graph(resnet_like(), "encoding")


def test_networkx_waits_for_the_first_graph():
    code = "import sys, smashdsl.backends.graph; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
