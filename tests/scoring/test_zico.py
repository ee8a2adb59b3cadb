"""Gradients' steadiness against numbers by hand, and against modules."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from smashdsl.backends.module import build_module
from smashdsl.scoring.initial import initial_weights, matrices
from smashdsl.scoring.zico import gradients, layer_value
from tests.hypernet.spaces import TINY, space
from tests.scoring.contexts import noise


def test_a_layer() -> None:
    """|g| = 2, 1, 3 on average, deviations 1, 0 (passed over), 3."""
    samples = torch.tensor([[1.0, 1.0, 0.0], [3.0, 1.0, -6.0]])
    assert layer_value(samples) == pytest.approx(2 / 1 + 3 / 3)
    assert layer_value(torch.zeros(2, 4)) == 0


def test_gradients_are_those_of_the_module() -> None:
    plan = space(TINY).sample(0).plan
    weights = initial_weights(plan, 0)
    images, labels = noise((1, 8, 8), 10).train[:16]
    module = build_module(plan, init=False)
    module.load_state_dict(weights, strict=False)
    functional.cross_entropy(module.train()(images), labels).backward()
    for name, gradient in zip(
        matrices(plan), gradients(plan, weights, images, labels), strict=True
    ):
        assert torch.allclose(gradient, module.get_parameter(name).grad, rtol=1e-3, atol=1e-6)
