"""Exported source as text that a person can read, and that is safe whatever its names are."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch
from programs import (
    conv,
    densenet_like,
    head,
    random_banks,
    residual,
    resnet_like,
)
from random_programs import random_program
from source_programs import HAND_BUILT, cells, dead_layers, two_banks
from source_tools import assert_equal_functions

import smashdsl
from smashdsl.backends.source import export_source
from smashdsl.backends.source.helpers import Convolutions, helpers
from smashdsl.ir import Bank, Block, Group, Layer, Program

SPECS = Path(__file__).parents[2] / "specs"
GOLDEN = Path(__file__).parents[1] / "golden" / "source"


def golden_programs() -> dict[str, Program]:
    specs = ("resnet20", "densenet_bc", "fractalnet")
    named = {name: smashdsl.load(SPECS / f"{name}.smash").ir for name in specs}
    return {**named, "cells": cells(), "random_banks": random_banks(), "two_banks": two_banks()}


def test_golden_files():
    for name, program in golden_programs().items():
        text = export_source(program)
        text = re.sub(r"\b[0-9a-f]{64}\b", "HASH", text)
        text = text.replace(f"smashdsl {smashdsl.__version__}", "smashdsl VERSION")
        path = GOLDEN / f"{name}.py"
        if os.environ.get("SMASHDSL_WRITE_GOLDEN"):
            path.write_text(text)
        assert text == path.read_text(), f"{path.name}: write it anew with SMASHDSL_WRITE_GOLDEN=1"


@cache
def exported_texts() -> dict[str, str]:
    texts = {name: export_source(program) for name, program in HAND_BUILT.items()}
    texts |= {f"random{seed}": export_source(random_program(seed)) for seed in range(40)}
    return texts


def test_formatters_and_linters_leave_it_alone(tmp_path: Path):
    ruff = shutil.which("ruff", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if ruff is None:
        pytest.skip("needs ruff")
    for name, text in exported_texts().items():
        (tmp_path / f"{name}.py").write_text(text)
    options = ["--isolated", "--line-length=100", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select=E,F,W,I"]):
        done = subprocess.run([ruff, *command, *options], check=False, capture_output=True)
        assert done.returncode == 0, done.stdout.decode()


def test_a_rule_that_ends_a_line_is_defined():
    """Calls are wrapped, and then a name stands without a bracket or comma behind it."""
    none = Convolutions(2, frozenset(), frozenset(), biased=False, fixed=False)
    assert any("def replace" in text for text in helpers("x.write(\n    y, 1, by=replace\n)", none))
    assert helpers("# replace\ny = x  # by=replace or not", none) == []


def test_imports_only_torch_and_the_standard_library():
    for name, text in exported_texts().items():
        for node in ast.parse(text).body:
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                root = module.partition(".")[0]
                assert root == "torch" or root in sys.stdlib_module_names, (name, module)


# What exported files may use of torch: all of it is in torch 2.0, and documented in 2.4.
IN_TORCH_2_4 = """
    AvgPool1d AvgPool2d AvgPool3d BatchNorm1d BatchNorm2d BatchNorm3d Conv1d Conv2d Conv3d Dropout
    GELU GroupNorm Identity LayerNorm LeakyReLU Linear MaxPool1d MaxPool2d MaxPool3d Module
    ModuleList Parameter ReLU ReLU6 Sequential SiLU Sigmoid Tanh
    add apply arange bias cat clamp_min copy_ cos device div dropout dtype eval exp flatten float64
    forward full gelu init load_state_dict mT maximum mean meshgrid movedim mul ndim new_ones norm
    normal_ numel ones_like pad parameters permute rand randn relu relu6 requires_grad
    requires_grad_
    reshape scaled_dot_product_attention shape sigmoid silu sin size softmax split sqrt square
    squeeze stack sum tanh tensor training transpose unflatten zeros zeros_ zeros_like
"""


def used_of_torch(text: str) -> set[str]:
    """The names that a file uses of torch's modules, and whatever tensors and modules have too."""
    found = set()
    for node in ast.walk(ast.parse(text, feature_version=(3, 10))):
        if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
            module = isinstance(node.value, ast.Name) and node.value.id in ("torch", "nn", "F")
            known = hasattr(torch.Tensor, node.attr) or hasattr(torch.nn.Module, node.attr)
            if module or known:
                found.add(node.attr)
    return found


def test_uses_nothing_newer_than_torch_2_4_and_python_3_10():
    used = set().union(*map(used_of_torch, exported_texts().values()))
    assert used <= {*IN_TORCH_2_4.split()}
    assert len(used) > 60


def test_bytes_are_the_same_each_time():
    for seed in range(5):
        assert export_source(random_program(seed)) == export_source(random_program(seed))


def test_repeated_parts_are_loops():
    text = export_source(resnet_like(layers=5, stages=3))
    assert "nn.ModuleList(Residual(channels) for _ in range(5))" in text
    assert "nn.ModuleList([Block(16), Block(32), Block(64)])" in text
    assert "for layer in self.layers:\n            x = x + layer(x)" in text
    text = export_source(densenet_like(growth=12, layers=4))
    assert "Bottleneck(in_channels + 12 * i) for i in range(4)" in text
    text = export_source(cells())
    assert "Block(channels) for channels in (8, 16) for _ in range(3)" in text
    text = export_source(two_banks(40))
    assert "for i in range(0, 40, 2):" in text
    assert "(layer for _ in range(20) for layer in (Layer1(), Layer2()))" in text


def test_long_lines_have_a_variable_rather_than_a_number_on_each_line():
    banks = tuple(Bank(f"bank[{i}]", 2) for i in range(40))
    many = tuple(range(0, 40, 2))
    layers = tuple(Layer(many, "cat", (conv(40, 1),), many) for _ in range(2))
    body = (Block(banks, tuple(range(40)), layers, many),)
    text = export_source(Program("p", (3, 8, 8), 10, (conv(80, 1),), body, head()))
    assert "        bank.write(y, 0, 2, 4," in text


def test_settings_of_training_are_at_the_top():
    program = Program("p", (3, 8, 8), 10, (), (), head(), train={"lr": 0.05, "drop_path": 0.2})
    assert "\nTraining    lr = 0.05, drop_path = 0.2\n" in export_source(program)
    assert "Training" not in export_source(resnet_like())


def test_depths_that_differ_become_an_argument():
    blocks = resnet_like(layers=2, stages=1).body + resnet_like(layers=5, stages=1).body
    text = export_source(Program("depths", (3, 8, 8), 10, (conv(16, 3),), blocks, head()))
    assert "nn.ModuleList([Block(depth=2), Block(depth=5)])" in text


def test_dead_layers_are_kept_but_not_run():
    text = export_source(dead_layers())
    assert "layers[1]" not in text
    assert "layers[3]" not in text
    assert "Nothing needs what layers 1, 3 would give." in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("four_convs", "FourConvs"),
        ("MBConv", "MBConv"),
        ("class", "Class"),
        ("none", "NoneOp"),
        ("sum", "SumOp"),
        ("banks", "BanksOp"),
        ("3x3", "Op3x3"),
        ("naïve", "Naive"),
        ("日本", "Layer"),
        ('"""\nimport os\n"""', "ImportOs"),
        ("block", "Block1"),
        ("network", "NetworkOp"),
        ("x" * 500, "X" + "x" * 59),
    ],
)
def test_any_name_of_an_op_gives_a_class_name(name: str, expected: str, tmp_path: Path):
    layer = Layer((0,), "cat", (Group(name, residual(8).stages),), (0,))
    block = Block((Bank("x", 8),), (0,), (layer,), (0,))
    program = Program("p", (3, 8, 8), 10, (conv(8, 3),), (block,), head())
    assert f"class {expected}(nn.Module):" in export_source(program)
    assert_equal_functions(program, tmp_path)


def test_the_first_statement_may_add_to_the_input(tmp_path: Path):
    banks = (Bank("x", 8), Bank("y", 8))
    layers = (Layer((0,), "cat", (conv(8, 3),), (0,)), Layer((0,), "cat", (conv(8, 1),), (1,)))
    block = Block(banks, (0,), layers, (0, 1))
    program = Program("p", (3, 8, 8), 10, (conv(8, 3),), (block,), head())
    assert "x = x + layers[0](x)" in export_source(program)
    assert_equal_functions(program, tmp_path)


@pytest.mark.parametrize(
    "name", ["class", "self", "y", "torch", 'a"b\\', "ä", "7", "x[1]", "b[-1]"]
)
def test_any_names_of_banks(name: str, tmp_path: Path):
    banks = (Bank(name, 8), Bank("x", 8), Bank(f"{name}[0]", 4), Bank(f"{name}[1]", 4))
    layers = (
        Layer((0, 1), "cat", (conv(8, 3),), (2, 3)),
        Layer((2, 0, 3), "cat", (conv(16, 1),), (1, 3, 2), "add"),
        Layer((1,), "cat", (conv(8, 1),), (0,)),
    )
    block = Block(banks, (0, 1), layers, (0, 1, 2, 3))
    program = Program("p", (3, 8, 8), 10, (conv(16, 3),), (block,), head())
    assert_equal_functions(program, tmp_path)


def test_names_of_programs_cannot_leave_the_docstring():
    name = '"""\nraise SystemExit\n"""\\'
    program = Program(name, (3, 8, 8), 10, (), (), head(), space=name)
    for node in ast.walk(ast.parse(export_source(program, weights_file="a\"\\\n'.st"))):
        assert not isinstance(node, ast.Raise)
