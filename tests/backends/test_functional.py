"""The function of a plan computes what its module computes, with the same gradients."""

from __future__ import annotations

import weakref

import pytest
import torch
from programs import fractal_like, op, random_banks, registered, resnet_like
from random_programs import random_program
from torch import Tensor, nn

from smashdsl.backends.module import Function, build_module
from smashdsl.ir import Bank, Block, Layer, Program
from smashdsl.ops import Slot
from smashdsl.plan import Plan, Step, build_plan


def leaves(module: nn.Module) -> dict[str, Tensor]:
    return {
        name: parameter.detach().clone().requires_grad_(parameter.requires_grad)
        for name, parameter in module.named_parameters()
    }


def compare(plan: Plan, training: bool = True) -> None:
    torch.manual_seed(0)
    module = build_module(plan, seed=1, dtype=torch.float64)
    weights = leaves(module)
    images = torch.randn(3, *plan.program.input, dtype=torch.float64)
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.train()
        else:
            part.training = training
    torch.manual_seed(2)
    expected = module(images)
    torch.manual_seed(2)
    found = Function(plan)(images, weights, training=training)
    torch.testing.assert_close(found, expected)
    cotangent = torch.randn_like(expected)
    expected.backward(cotangent)
    found.backward(cotangent)
    for name, parameter in module.named_parameters():
        ours, theirs = weights[name].grad, parameter.grad
        assert (ours is None) == (theirs is None), name
        if ours is not None and theirs is not None:
            torch.testing.assert_close(ours, theirs, msg=name)


@pytest.mark.parametrize("seed", range(25))
def test_random_programs(seed: int) -> None:
    compare(build_plan(random_program(seed)), training=seed % 2 == 0)


def test_values_are_let_go() -> None:
    """What no step reads any more is freed while later steps run."""
    plan = build_plan(resnet_like(layers=6, stages=1))
    made: list[weakref.ref[Tensor]] = []
    living: list[int] = []

    def watch(step: Step, value: Tensor) -> None:
        made.append(weakref.ref(value))
        living.append(sum(ref() is not None for ref in made))

    with torch.no_grad():
        weights = dict(build_module(plan, seed=0).named_parameters())
        Function(plan)(torch.zeros(1, 3, 32, 32), weights, watch=watch)
    assert max(living) <= 4
    assert len(living) > 30


def test_watching_names_every_step_in_order() -> None:
    plan = build_plan(fractal_like(width=8))
    weights = dict(build_module(plan, seed=0).named_parameters())
    seen: list[int] = []
    Function(plan)(torch.zeros(2, 3, 32, 32), weights, watch=lambda s, v: seen.append(s.index))
    assert seen == sorted(seen)
    assert plan.output == seen[-1]


def test_memory_format_is_kept() -> None:
    plan = build_plan(random_banks())
    weights = dict(build_module(plan, seed=0).named_parameters())
    kept = []

    def watch(step: Step, value: Tensor) -> None:
        if value.ndim == 4 and step.op in ("conv", "batch_norm", "relu", "cat", "sum"):
            kept.append(value.is_contiguous(memory_format=torch.channels_last))

    images = torch.zeros(2, *plan.program.input).to(memory_format=torch.channels_last)
    Function(plan)(images, weights, watch=watch)
    assert kept
    assert all(kept)


class Scaled(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor.view(1, -1, 1, 1)


def test_registered_operations() -> None:
    with registered(
        "scaled",
        lambda shape, attrs: Scaled(shape[0]),
        slots=lambda channels, rank, attrs: (Slot("factor", (channels,)),),
    ):
        layer = Layer((0,), "cat", (op("scaled"),), (0,))
        block = Block((Bank("x", 4),), (0,), (layer, layer), (0,))
        plan = build_plan(Program("p", (4, 8, 8), None, (), (block,), (op("global_avg_pool"),)))
        compare(plan)
