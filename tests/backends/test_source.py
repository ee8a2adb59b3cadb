"""Exported source computes the same function as the torch module, and can be used alone."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch
from programs import (
    conv,
    head,
    op,
    registered,
)
from random_programs import random_program
from safetensors.torch import save_file
from source_programs import HAND_BUILT
from source_tools import assert_equal_functions, example, imported

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.backends.source import export_source
from smashdsl.ir import Combine, Op, Program
from smashdsl.plan import build_plan

SPECS = Path(__file__).parents[2] / "specs"
GOLDEN = Path(__file__).parents[1] / "golden" / "source"


@pytest.mark.parametrize("name", HAND_BUILT)
def test_computes_the_same_function_and_gradients(name: str, tmp_path: Path):
    assert_equal_functions(HAND_BUILT[name], tmp_path)


@pytest.mark.parametrize("seed", range(24))
def test_random_programs_compute_the_same_function(seed: int, tmp_path: Path):
    assert_equal_functions(random_program(seed), tmp_path)


def test_windows_that_differ_between_dimensions(tmp_path: Path):
    stem = (
        conv(8, 3, stride=(1, 2)),
        conv(8, (3, 1), stride=(2, 1), bias=True),
        conv(8, (2, 4), padding="valid", dilation=(2, 1), groups=2),
        op("max_pool", kernel=(1, 3), stride=1),
        op("avg_pool", kernel=(3, 1), stride=(1, 1)),
        op("avg_pool", kernel=(2, 1)),
    )
    assert_equal_functions(Program("windows", (3, 17, 19), 10, stem, (), head()), tmp_path)


@pytest.mark.parametrize("groups", [2, 4])
def test_group_norm(groups: int, tmp_path: Path):
    stem = (conv(8, 3), op("group_norm", groups=groups))
    assert_equal_functions(Program("grouped", (3, 8, 8), 10, stem, (), head()), tmp_path)


@pytest.mark.parametrize("spec", ["resnet20", "densenet_bc", "voxel_resnet"])
def test_specs_have_all_slots_in_order_of_magnitude_and_name(spec: str, tmp_path: Path):
    program = smashdsl.load(SPECS / f"{spec}.smash").ir
    network = imported(export_source(program), tmp_path).Network()
    plan = build_plan(program)
    shapes = {name: tuple(p.shape) for name, p in network.named_parameters()}
    assert shapes == {name: slot.shape for name, slot in plan.slots.items()}
    assert sum(p.numel() for p in network.parameters()) == plan.costs.params


@pytest.mark.slow
@pytest.mark.parametrize("space", ["smash_v2", "gated", "nas_bench_201", "nas_bench_macro"])
@pytest.mark.parametrize("seed", range(3))
def test_samples_of_spaces_compute_the_same_function(space: str, seed: int, tmp_path: Path):
    loaded = smashdsl.load(SPECS / f"{space}.smash")
    assert_equal_functions(loaded.sample(seed).ir, tmp_path)


# What cannot be exported ---------------------------------------------------------------------


def test_registered_operations_are_refused():
    with registered("twice"):
        program = Program("p", (3, 8, 8), 10, (Op("twice", {}),), (), head())
        with pytest.raises(smashdsl.SmashError) as caught:
            export_source(program)
    (found,) = caught.value.diagnostics
    assert found.code == "E906"
    assert "twice" in found.message


def nested(depth: int) -> Program:
    chain = (conv(8, 1),)
    for _ in range(depth):
        chain = (Combine("sum", (chain, (op("relu"),))),)
    return Program("nested", (8, 4, 4), 10, chain, (), head())


def test_deep_nesting_works_to_its_limit(tmp_path: Path):
    assert_equal_functions(nested(40), tmp_path)
    with pytest.raises(smashdsl.SmashError) as caught:
        export_source(nested(41))
    assert caught.value.diagnostics[0].code == "E832"


# Using the file ------------------------------------------------------------------------------


def test_loads_weights_and_runs_as_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    program = HAND_BUILT["resnet"]
    reference = build_module(build_plan(program), seed=4).eval()
    module = imported(export_source(program, weights_file="best.safetensors"), tmp_path)
    save_file(reference.state_dict(), tmp_path / "best.safetensors")
    x = example(program).float()
    torch.testing.assert_close(module.load()(x), reference(x))
    torch.testing.assert_close(module.load(tmp_path / "best.safetensors")(x), reference(x))
    runpy.run_path(str(tmp_path / "exported_network.py"), run_name="__main__")
    params = build_plan(program).costs.params
    assert capsys.readouterr().out == f"{params:,} parameters; output of shape (2, 10)\n"


def test_runs_as_a_script_without_its_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    imported(export_source(HAND_BUILT["signal"], weights_file="gone.safetensors"), tmp_path)
    runpy.run_path(str(tmp_path / "exported_network.py"), run_name="__main__")
    assert "output of shape (2, 5)" in capsys.readouterr().out


def test_starts_from_weights_of_the_same_spread(tmp_path: Path):
    stem = (conv(64, 3, groups=1), op("relu"), conv(64, 5, groups=4, bias=True))
    program = Program("wide", (16, 8, 8), 10, stem, (), head())
    torch.manual_seed(0)
    ours = imported(export_source(program), tmp_path).Network().state_dict()
    theirs = build_module(build_plan(program), seed=0).state_dict()
    for name in ("stem.conv1.weight", "stem.conv2.weight"):
        assert float(ours[name].std() / theirs[name].std()) == pytest.approx(1, abs=0.05)
    assert not ours["stem.conv2.bias"].any()
    assert not theirs["stem.conv2.bias"].any()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_fixed_filters_are_the_same_and_are_not_trained(rank: int, tmp_path: Path):
    stem = (conv(8, 5, origin="fixed(gabor)"), op("relu"), conv(4, 1, origin="fixed(gabor)"))
    program = Program("fixed", (3, *[6] * rank), 10, stem, (), head())
    network = imported(export_source(program), tmp_path).Network()
    reference = build_module(build_plan(program), seed=0)
    for name in ("stem.conv1.weight", "stem.conv2.weight"):
        ours, theirs = network.get_parameter(name), reference.get_parameter(name)
        assert not ours.requires_grad
        torch.testing.assert_close(ours, theirs)


def test_taken_channels(tmp_path: Path) -> None:
    gate = Combine("mul", (
        (op("take", units=4, after=0), op("tanh")), (op("take", units=4, after=4), op("sigmoid")),
    ))  # fmt: skip
    head = (op("global_avg_pool"), op("linear", units=3, bias=True))
    stem = (conv(8), gate)
    assert_equal_functions(Program("gate", (3, 6, 6), 3, stem, (), head), tmp_path)
