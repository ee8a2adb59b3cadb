"""What is dropped at random in training."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from programs import densenet_like, op, resnet_like

from smashdsl.backends.module import Function, build_module
from smashdsl.ir import Bank, Block, Layer, Program
from smashdsl.plan import build_plan, regularised

SPECS = Path(__file__).parents[2] / "specs"


def test_paths_that_add_to_a_bank() -> None:
    plan = build_plan(resnet_like(layers=3, stages=2))
    found = regularised(plan, drop_path=0.25)
    added = [step for step in found.steps if step.op == "drop_path"]
    assert len(added) == 6
    assert {step.attrs["p"] for step in added} == {0.25}
    assert found.slots == plan.slots
    for step in added:
        (reader,) = [other for other in found.steps if step.index in other.inputs]
        assert reader.op == "sum"
        assert reader.inputs[1] == step.index
    assert [step.index for step in found.steps] == list(range(len(found.steps)))


def test_nothing_is_added_where_banks_are_filled_once() -> None:
    plan = build_plan(densenet_like())
    assert regularised(plan, drop_path=0.5) is plan
    assert regularised(plan) is plan


def test_what_a_layer_reads_is_not_dropped() -> None:
    banks = (Bank("a", 4), Bank("b", 4), Bank("c", 4))
    layer = Layer((0, 1), "sum", (op("relu"),), (2,))
    block = Block(banks, (0, 1), (layer,), (2,))
    plan = build_plan(Program("p", (8, 4, 4), None, (), (block,), (op("global_avg_pool"),)))
    assert regularised(plan, drop_path=0.5) is plan


def test_dropout_before_the_last_linear_layer() -> None:
    plan = build_plan(resnet_like(layers=1, stages=1))
    found = regularised(plan, dropout=0.5)
    (step,) = [step for step in found.steps if step.op == "dropout"]
    assert found.steps[step.index + 1].op == "linear"
    assert found.output == len(found.steps) - 1


@pytest.mark.parametrize("training", [False, True])
def test_the_function_differs_in_training_alone(training: bool) -> None:
    plan = build_plan(resnet_like(layers=2, stages=2))
    found = regularised(plan, drop_path=0.5, dropout=0.5)
    module = build_module(found, seed=0)
    assert module.state_dict().keys() == build_module(plan, seed=0).state_dict().keys()
    weights, images = dict(module.named_parameters()), torch.randn(4, 3, 32, 32)
    outputs = [Function(each)(images, weights, training=training) for each in (plan, found)]
    assert torch.equal(*outputs) is not training
