"""The moving average of weights, against a slow loop."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from smashdsl.training.average import MovingAverage


def walk(module: nn.Module, step: int) -> None:
    with torch.no_grad():
        for number, tensor in enumerate(module.state_dict().values()):
            noise = torch.Generator().manual_seed(100 * step + number)
            tensor.add_(torch.randn(tensor.shape, generator=noise))


@pytest.mark.parametrize("decay", [0.5, 0.95])
def test_values(decay: float) -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.LayerNorm(2))
    average = MovingAverage(module, decay)
    expected = {name: tensor.double() for name, tensor in module.state_dict().items()}
    for step in range(60):
        walk(module, step)
        average.update(step)
        past = min(decay, (1 + step) / (10 + step))
        for name, tensor in module.state_dict().items():
            expected[name] = past * expected[name] + (1 - past) * tensor.double()
    for name, tensor in average.tensors.items():
        torch.testing.assert_close(tensor.double(), expected[name], rtol=1e-5, atol=1e-5)


def test_going_on_from_a_saved_one() -> None:
    module, other = nn.Linear(3, 2), nn.Linear(3, 2)
    other.load_state_dict(module.state_dict())
    one, two = MovingAverage(module, 0.9), MovingAverage(other, 0.9)
    for step in range(10):
        walk(module, step)
        one.update(step)
        walk(other, step)
        two.update(step)
        if step == 4:
            saved = {name: tensor.clone() for name, tensor in two.tensors.items()}
            two = MovingAverage(other, 0.9)
            two.load(saved)
    assert all(torch.equal(one.tensors[name], two.tensors[name]) for name in one.tensors)


def test_it_holds_copies() -> None:
    module = nn.Linear(2, 2)
    average = MovingAverage(module, 0.9)
    before = {name: tensor.clone() for name, tensor in average.tensors.items()}
    walk(module, 0)
    assert all(torch.equal(average.tensors[name], before[name]) for name in before)
    average.update(0)
    assert not any(torch.equal(average.tensors[name], before[name]) for name in before)


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.1, 1.5])
def test_decays_that_make_no_sense(decay: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        MovingAverage(nn.Linear(1, 1), decay)
