"""Synaptic flow against sums by hand."""

from __future__ import annotations

import math

import pytest
import torch

import smashdsl
from smashdsl.scoring.initial import initial_weights
from smashdsl.scoring.synflow import synaptic_flow, without_norms
from tests.hypernet.spaces import MIXED, space


def program(body: str, shape: str = "3x1") -> smashdsl.Program:
    found = smashdsl.loads(f"program p {{ input {shape} classes 2 {body} }}")
    assert isinstance(found, smashdsl.Program)
    return found


def test_a_linear_chain() -> None:
    """Each of n layers has the flow R: all of R goes through it (Tanaka et al. 2020)."""
    made = program(
        "stem { conv(4, 1) -> relu -> conv(5, 1) } head { global_avg_pool -> linear(2) }"
    )
    weights = initial_weights(made.plan, 3)
    first, second, last = (
        weights[name].double().abs().flatten(1)
        for name in ("stem.conv1.weight", "stem.conv2.weight", "head.linear1.weight")
    )
    response = float((last @ second @ first @ torch.ones(3, dtype=torch.float64)).sum())
    assert synaptic_flow(made.plan, 3) == pytest.approx(3 * response, rel=1e-12)


def test_two_branches_of_unlike_length() -> None:
    """R = f + g: f flows through two layers of its own, g through one, both through the head."""
    made = program(
        "stem { sum { conv(4, 1) -> relu -> conv(4, 1) ; conv(4, 1) } } "
        "head { global_avg_pool -> linear(2) }"
    )
    weights = {
        name: weight.double().abs().flatten(1) if weight.ndim > 1 else weight
        for name, weight in initial_weights(made.plan, 0).items()
    }
    names = [name for name in weights if name.startswith("stem")]
    one, two, three = (weights[name] for name in names)
    head, ones = weights["head.linear1.weight"], torch.ones(3, dtype=torch.float64)
    f, g = float((head @ two @ one @ ones).sum()), float((head @ three @ ones).sum())
    assert synaptic_flow(made.plan, 0) == pytest.approx(2 * f + g + (f + g), rel=1e-12)


def test_norms_are_left_out() -> None:
    bare = "stem {{ conv(4, 1){} -> relu }} head {{ global_avg_pool -> linear(2) }}"
    plain = synaptic_flow(program(bare.format("")).plan, 0)
    for norm in ("norm", "layer_norm", "group_norm(2)"):
        plan = program(bare.format(f" -> {norm}")).plan
        assert len(without_norms(plan).steps) == len(plan.steps) - 1
        assert synaptic_flow(plan, 0) == pytest.approx(plain, rel=1e-12)


def test_leaving_out_norms_keeps_the_rest() -> None:
    plan = space(MIXED).sample(1).plan
    slim = without_norms(plan)
    assert [step.index for step in slim.steps] == list(range(len(slim.steps)))
    kept = [step.path for step in plan.steps if not step.op.endswith("norm")]
    assert [step.path for step in slim.steps] == kept
    for step in slim.steps:
        assert all(index < step.index for index in step.inputs)
    assert slim.steps[slim.output].path == plan.steps[plan.output].path


def test_deep_networks_do_not_overflow() -> None:
    made = program(
        "stem { conv(64, 1) repeat 100 { conv(64, 1) -> relu } } "
        "head { global_avg_pool -> linear(2) }"
    )
    flow = synaptic_flow(made.plan, 0)
    assert 60 < math.log10(flow) < 300
