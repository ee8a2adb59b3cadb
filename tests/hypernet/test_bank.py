"""Slices of maximal tensors."""

from __future__ import annotations

import math

import pytest
import torch

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.hypernet.bank import WeightBank, initial, scale

FILTER = "0:12/34/conv.weight"
SHAPES = {
    FILTER: (8, 6, 7, 5),
    "norm.weight": (6,),
    "norm.bias": (6,),
    "linear.weight": (10, 6),
    "0:9.qkv.weight": (12, 4),
    "0:9.qkv.bias": (12,),
    "0:1.scores": (5,),
}


@pytest.fixture
def bank() -> WeightBank:
    return WeightBank(SHAPES, seed=0)


def whole(bank: WeightBank, key: str) -> torch.Tensor:
    return bank.tensors[key.replace(".", "|")]


def test_front_of_channels_and_centre_of_kernel(bank: WeightBank) -> None:
    full = whole(bank, FILTER)
    assert torch.equal(bank.take(FILTER, (8, 6, 7, 5)), full * math.sqrt(2 / (6 * 7 * 5)))
    part = bank.take(FILTER, (3, 2, 3, 3))
    assert torch.equal(part, full[:3, :2, 2:5, 1:4] * math.sqrt(2 / (2 * 3 * 3)))
    assert full.std().item() == pytest.approx(1, rel=0.05)


def test_vectors_and_matrices(bank: WeightBank) -> None:
    assert torch.equal(bank.take("norm.weight", (4,)), torch.ones(4))
    assert torch.equal(bank.take("norm.bias", (6,)), torch.zeros(6))
    assert torch.equal(bank.take("0:1.scores", (2,)), torch.zeros(2))
    narrow = bank.take("linear.weight", (10, 3))
    assert torch.allclose(narrow, whole(bank, "linear.weight")[:, :3] / math.sqrt(3 * 3))


def test_attention_takes_the_front_of_each_third(bank: WeightBank) -> None:
    full = whole(bank, "0:9.qkv.weight").view(3, 4, 4)
    part = bank.take("0:9.qkv.weight", (6, 2)).view(3, 2, 2)
    assert torch.allclose(part, full[:, :2, :2] / math.sqrt(3 * 2))
    with torch.no_grad():
        whole(bank, "0:9.qkv.bias").copy_(torch.arange(12))
    assert bank.take("0:9.qkv.bias", (6,)).tolist() == [0, 1, 4, 5, 8, 9]


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        (FILTER, (3, 2, 3, 3)),
        (FILTER, (8, 6, 7, 5)),
        ("norm.bias", (4,)),
        ("linear.weight", (10, 3)),
        ("0:9.qkv.weight", (6, 2)),
        ("0:9.qkv.bias", (6,)),
    ],
)
def test_collected_gradients_are_those_of_autograd(key: str, shape: tuple[int, ...]) -> None:
    ours, theirs = WeightBank(SHAPES, 0), WeightBank(SHAPES, 0)
    for factor in (1.0, 3.0):
        part = theirs.take(key, shape)
        cotangent = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * factor
        part.backward(cotangent)
        ours.collect(key, cotangent)
    expected, found = whole(theirs, key).grad, whole(ours, key).grad
    assert expected is not None
    assert found is not None
    torch.testing.assert_close(found, expected)
    assert (found != 0).sum() == math.prod(shape)
    assert all(p.grad is None for p in ours.parameters() if p is not whole(ours, key))


def test_shapes_that_are_not_covered(bank: WeightBank) -> None:
    for shape in ((9, 6, 7, 5), (8, 6, 7), (8, 6, 9, 5)):
        with pytest.raises(InternalError, match="does not cover"):
            bank.take(FILTER, shape)


def test_order_makes_no_difference(bank: WeightBank) -> None:
    other = WeightBank(dict(reversed(SHAPES.items())), 0)
    for key in SHAPES:
        assert torch.equal(whole(bank, key), whole(other, key))


def test_initial_values_depend_on_seed_and_key() -> None:
    first = initial("a.weight", (3, 3), 0)
    assert torch.equal(first, initial("a.weight", (3, 3), 0))
    assert not torch.equal(first, initial("b.weight", (3, 3), 0))
    assert not torch.equal(first, initial("a.weight", (3, 3), 1))


def test_gain_does_not_depend_on_width(bank: WeightBank) -> None:
    """The released code divides filters by their norms, which favours narrow ones."""
    for shape in ((8, 6, 7, 5), (8, 3, 3, 3)):
        assert bank.take(FILTER, shape).std().item() == pytest.approx(scale(shape), rel=0.15)
