"""The HyperNet's form: sizes, initial values, what an output depends on."""

from __future__ import annotations

import pytest
import torch

from smashdsl.hypernet.model import HyperNet, HyperNetSettings

SMALL = HyperNetSettings(stem=4, growth=3, layers=(2, 2))


def encoding(width: int = 9) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(2, (1, 5, 4, width), generator=generator).float() * 2 - 1


def test_one_head_per_kernel_and_any_width() -> None:
    net = HyperNet(5, 8, [(1, 1), (3, 3)], SMALL, seed=0)
    for width in (1, 2, 40):
        made = net(encoding(width))
        assert made["1x1"].shape == (1, 8, 4, width)
        assert made["3x3"].shape == (1, 72, 4, width)


@pytest.mark.parametrize("gain", [0.1, 1.0])
def test_initial_filters_have_the_gain(gain: float) -> None:
    settings = HyperNetSettings(gain=gain)
    made = HyperNet(5, 128, [(1, 1)], settings, seed=0)(encoding(50))["1x1"]
    assert made.std().item() == pytest.approx(gain, rel=0.15)
    assert made.mean().item() == pytest.approx(0, abs=0.1 * gain)


def test_values_come_from_the_seed() -> None:
    torch.manual_seed(5)
    one = HyperNet(5, 8, [(1, 1)], SMALL, seed=0)
    torch.manual_seed(6)
    two, other = HyperNet(5, 8, [(1, 1)], SMALL, seed=0), HyperNet(5, 8, [(1, 1)], SMALL, seed=1)
    assert torch.equal(one(encoding())["1x1"], two(encoding())["1x1"])
    assert not torch.equal(one(encoding())["1x1"], other(encoding())["1x1"])


def test_output_depends_on_the_encoding_and_the_row() -> None:
    net = HyperNet(5, 8, [(1, 1)], HyperNetSettings(stem=4, growth=3, layers=(1,)), seed=0)
    c = encoding(30)
    changed = c.clone()
    changed[0, 2, 1, 3] *= -1
    difference = (net(c)["1x1"] - net(changed)["1x1"]).abs().sum((0, 1))
    assert difference[1, 3] > 0
    assert difference[:, 10:].sum() == 0
    constant = net(torch.ones(1, 5, 9, 9))["1x1"][0, :, :, 4]
    assert (constant[:, 3] - constant[:, 5]).abs().sum() > 0


def test_size_as_in_the_paper() -> None:
    net = HyperNet(60, 128, [(1, 1)], HyperNetSettings(layers=(8, 10, 4)), seed=0)
    parameters = sum(p.numel() for p in net.parameters())
    assert 100_000 < parameters < 1_000_000


def test_every_weight_is_trained() -> None:
    net = HyperNet(5, 8, [(1, 1)], SMALL, seed=0)
    net(encoding())["1x1"].square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
