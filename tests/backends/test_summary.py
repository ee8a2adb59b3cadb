"""Summaries: costs by layer, receptive fields, what spaces hold."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from programs import registered

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.backends.summary import (
    program_page,
    rejection_rates,
    space_page,
    summarise_program,
    summarise_space,
)
from smashdsl.backends.summary.columns import columns
from smashdsl.backends.summary.reach import receptive_fields
from smashdsl.plan import Plan

SPECS = Path(__file__).parents[2] / "specs"
PROGRAMS = ["resnet20", "densenet_bc", "fractalnet", "voxel_resnet"]
SPACES = ["nas_bench_201", "nas_bench_macro", "smash_v2", "quickstart"]


def plan_of(stages: str, shape: str = "2x41x41") -> Plan:
    """The plan of a chain of stages, the first of which is the whole network's."""
    program = smashdsl.loads(f"program p {{\n  input {shape}\n  head {{ {stages} }}\n}}\n")
    assert isinstance(program, smashdsl.Program)
    return program.plan


def seen_pixels(plan: Plan) -> tuple[int, ...]:
    """How far apart the input pixels are that the middle output depends on, per dimension."""
    network = build_module(plan, dtype=torch.float64)
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 1.0)
    x = torch.rand(1, *plan.program.input, dtype=torch.float64, requires_grad=True)
    output = network.eval()(x)
    middle = tuple(n // 2 for n in output.shape[2:])
    output[(0, 0, *middle)].backward()
    assert x.grad is not None
    touched = x.grad[0].abs().sum(0).nonzero()
    return tuple((touched.max(0).values - touched.min(0).values + 1).tolist())


@pytest.mark.parametrize(
    ("stages", "shape"),
    [
        ("conv(4, 3)", "2x41x41"),
        ("conv(4, 3) -> relu -> conv(4, 5)", "2x41x41"),
        ("conv(4, 3, stride=2) -> conv(4, 3) -> conv(4, 3)", "2x41x41"),
        ("conv(4, 3, dilation=3) -> avg_pool(2) -> conv(4, 3)", "2x41x41"),
        ("avg_pool(3, stride=2) -> conv(4, 3x5) -> depthwise(3)", "2x41x41"),
        ("conv(4, 3) -> sum { conv(4, 7) ; identity }", "2x41x41"),
        ("cat { conv(4, 3) -> conv(4, 3) ; conv(4, 3x9) } -> conv(2, 1)", "2x41x41"),
        ("conv(4, 3) -> sum { identity ; shift(2) }", "2x41x41"),
        ("conv(4, 3, stride=2) -> conv(4, 5, stride=2) -> conv(4, 3)", "2x97"),
        ("conv(4, 3) -> avg_pool(2) -> conv(4, 3)", "1x17x17x17"),
    ],
)
def test_receptive_fields_are_what_gradients_reach(stages: str, shape: str):
    plan = plan_of(stages, shape)
    assert receptive_fields(plan)[plan.output] == seen_pixels(plan)


@pytest.mark.parametrize(
    "stage", ["global_avg_pool", "self_attention", "squeeze_excite", "group_norm(2)"]
)
def test_some_operations_see_everything(stage: str):
    plan = plan_of(f"conv(4, 3) -> {stage}")
    assert receptive_fields(plan)[plan.output] == "whole"


def test_what_is_registered_from_python_is_unknown():
    with registered("far"):
        plan = plan_of("conv(4, 3) -> far -> conv(4, 3) -> global_avg_pool")
        fields = receptive_fields(plan)
        assert fields[1] == (3, 3)
        assert fields[2:] == ["unknown"] * 3


def programs() -> list[smashdsl.Program]:
    found = [smashdsl.load(SPECS / f"{name}.smash") for name in (*PROGRAMS, *SPACES)]
    return [f.sample(1) if isinstance(f, smashdsl.Space) else f for f in found]


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_rows_add_up(program: smashdsl.Program):
    summary = summarise_program(program.plan)
    assert summary.costs == program.costs
    assert summary.hash == program.hash
    assert sum(row.params for row in summary.layers) == program.costs.params
    assert sum(row.flops for row in summary.layers) == program.costs.flops
    blocks = program.ir.blocks
    inside = [row for row in summary.layers if row.path.startswith("blocks.")]
    assert len(inside) == sum(len(block.layers) for block in blocks)
    assert all(row.reads and row.writes for row in inside)
    weighted = [s for s in program.plan.steps if s.flops]
    shapes = {o.path: o.shape for row in summary.layers for o in row.operations}
    assert all(shapes[step.path] == step.shape for step in weighted)
    assert summary.layers[-1].shape == program.plan.steps[program.plan.output].shape
    page = program_page(summary)
    assert f"{program.costs.params:,}" in page
    assert all(row.name in page for row in summary.layers)


def test_reading_with_weights_counts():
    program = smashdsl.loads(
        "program p {\n  input 8x9x9\n  block {\n    banks b[2] of 8\n"
        "    read b[0] -> conv(8, 3) -> write b[1]\n"
        "    read attend(b) -> relu -> write b[0] by max\n  }\n  head { global_avg_pool }\n}\n"
    )
    rows = summarise_program(program.plan).layers
    assert rows[1].reads == "attend(b)"
    assert rows[1].writes == "b[0] by max"
    assert rows[1].params == 2
    assert rows[1].receptive_field == (3, 3)


def test_a_layer_that_computes_nothing_has_no_field():
    program = smashdsl.loads(
        "program p {\n  input 8x9x9\n  block {\n    banks b[2] of 8\n"
        "    read b[0] -> write b[1]\n  }\n  head { global_avg_pool }\n}\n"
    )
    row = summarise_program(program.plan).layers[0]
    assert (row.op, row.params, row.receptive_field) == ("identity", 0, None)


SPACE = """\
space s {
  input 3x8x8
  classes 10
  let width = one_of(8, 16)
  head {
    conv(width, one_of(1, 3)) -> dropout(uniform(0.1, 0.5)) -> global_avg_pool -> linear(classes)
  }
  require params <= 500 or flops <= 0
  require flops >= 3k
}
"""


def test_rates_are_those_of_each_requirement_alone():
    space = smashdsl.loads(SPACE)
    found = rejection_rates(space.definition, 40)
    assert [(r.text, r.line, r.samples) for r in found] == [
        ("params <= 500 or flops <= 0", 8, 40),
        ("flops >= 3k", 9, 40),
    ]
    heavy = [p for p in genomes(space) if p.costs.params > 500]
    light = [p for p in genomes(space) if p.costs.flops < 3000]
    assert (found[0].rejected > 0) == bool(heavy)
    assert (found[1].rejected > 0) == bool(light)
    assert found[0].rejected < 40
    assert found[1].rejected < 40


def genomes(space: smashdsl.Space) -> list[smashdsl.Program]:
    """Every program of `SPACE` without its requirements."""
    text = "\n".join(line for line in SPACE.splitlines() if "require" not in line)
    free = smashdsl.loads(text)
    paths = list(free.sample(0).genome)
    return [
        free.rebuild(dict(zip(paths, (width, kernel, 0.25), strict=True)))
        for width in (8, 16)
        for kernel in (1, 3)
    ]


def test_space_summary_has_draws_size_and_bounds():
    space = smashdsl.loads(SPACE)
    summary = summarise_space(space.definition, rejection_rates(space.definition, 5))
    data = summary.as_data()
    assert (data["size"], data["size_is_estimate"]) == (4, False)
    assert [d["kind"] for d in data["draws"]] == ["choice", "choice", "continuous"]
    assert data["draws"][2] == {
        "file": "<text>", "line": 6, "column": 42, "text": "uniform(0.1, 0.5)",
        "kind": "continuous", "low": 0.1, "high": 0.5, "log": False,
    }  # fmt: skip
    costs = [p.costs.params for p in genomes(space)]
    assert data["bounds"]["params"] == [min(costs), max(costs)]
    page = space_page(summary)
    assert "programs  4; a number drawn from an interval counts once" in page
    assert "0.1 to 0.5" in page


def test_bounds_of_units():
    space = smashdsl.loads("""
    space s { input 1x8 classes 10 let n = one_of(2..5) stem { conv(3 * n, 3) -> conv(7, 1) }
      head { global_avg_pool -> linear(classes) } }
    """)
    assert isinstance(space, smashdsl.Space)
    assert summarise_space(space.definition).bounds["units"] == (6, 15)


@pytest.mark.parametrize("name", SPACES)
def test_bounds_of_specs_hold_their_samples(name: str):
    space = smashdsl.load(SPECS / f"{name}.smash")
    bounds = summarise_space(space.definition).bounds
    for seed in range(3):
        costs = space.sample(seed).costs
        for cost in ("params", "flops", "activations"):
            low, high = bounds[cost]
            assert low is not None
            assert low <= getattr(costs, cost) <= high


def test_columns_are_as_wide_as_their_cells():
    table = columns([["a", "10"], ["日本", "9"], ["x" * 9, ""]], right=(1,), widest=6)
    assert table == "a       10\n日本     9\nxxxxx…\n"
