"""Slices of maximal tensors."""

from __future__ import annotations

import math

import pytest
import torch

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.hypernet.bank import WeightBank, initial

FILTER = ("0:12/34.weight", (8, 6, 7, 5))
SHAPES = dict([
    FILTER,
    ("head.norm1.weight", (6,)),
    ("head.norm1.bias", (6,)),
    ("head.linear1.weight", (10, 6)),
    ("blocks.0.layers.0.read.scores", (5,)),
])  # fmt: skip


@pytest.fixture
def bank() -> WeightBank:
    return WeightBank(seed=0)


def test_front_of_channels_and_centre_of_kernel(bank: WeightBank) -> None:
    whole = bank.whole(*FILTER)
    assert torch.equal(bank.take(*FILTER, (8, 6, 7, 5)), whole * math.sqrt(2 / (6 * 7 * 5)))
    part = bank.take(*FILTER, (3, 2, 3, 3))
    assert torch.equal(part, whole[:3, :2, 2:5, 1:4] * math.sqrt(2 / (2 * 3 * 3)))
    assert whole.std().item() == pytest.approx(1, rel=0.05)


def test_vectors_and_matrices(bank: WeightBank) -> None:
    assert torch.equal(bank.take("x.weight", (6,), (4,)), torch.ones(4))
    assert torch.equal(bank.take("x.bias", (6,), (6,)), torch.zeros(6))
    assert torch.equal(bank.take("x.scores", (5,), (2,)), torch.zeros(2))
    narrow = bank.take("l.weight", (10, 6), (10, 3))
    assert torch.allclose(narrow, bank.whole("l.weight", (10, 6))[:, :3] / math.sqrt(3 * 3))


def test_attention_takes_the_front_of_each_third(bank: WeightBank) -> None:
    whole = bank.whole("0:9.qkv.weight", (12, 4)).view(3, 4, 4)
    part = bank.take("0:9.qkv.weight", (12, 4), (6, 2)).view(3, 2, 2)
    assert torch.allclose(part, whole[:, :2, :2] / math.sqrt(3 * 2))
    with torch.no_grad():
        bank.take("0:9.qkv.bias", (12,), (12,)).copy_(torch.arange(12))
    assert bank.take("0:9.qkv.bias", (12,), (6,)).tolist() == [0, 1, 4, 5, 8, 9]


def test_gradients_reach_the_slice_alone(bank: WeightBank) -> None:
    bank.take(*FILTER, (3, 2, 3, 3)).sum().backward()
    gradient = bank.whole(*FILTER).grad
    assert gradient is not None
    assert (gradient != 0).sum() == 3 * 2 * 3 * 3
    assert (gradient[:3, :2, 2:5, 1:4] != 0).all()


def test_shapes_that_are_not_covered(bank: WeightBank) -> None:
    for shape in ((9, 6, 7, 5), (8, 6, 7), (8, 6, 9, 5)):
        with pytest.raises(InternalError, match="does not cover"):
            bank.take(*FILTER, shape)
    bank.take(*FILTER, (1, 1, 1, 1))
    with pytest.raises(InternalError, match="cannot also be"):
        bank.take(FILTER[0], (8, 6, 7, 7), (1, 1, 1, 1))


def test_who_asks_first_makes_no_difference() -> None:
    one, two = WeightBank(0), WeightBank(0)
    for key, shape in SHAPES.items():
        one.whole(key, shape)
    for key, shape in reversed(SHAPES.items()):
        assert torch.equal(two.whole(key, shape), one.whole(key, shape))
    assert [key for key, _ in one.items()] == list(SHAPES)
    assert [key for key, _ in two.items()] == list(reversed(SHAPES))


def test_initial_values_depend_on_seed_and_key() -> None:
    first = initial("a.weight", (3, 3), 0)
    assert torch.equal(first, initial("a.weight", (3, 3), 0))
    assert not torch.equal(first, initial("b.weight", (3, 3), 0))
    assert not torch.equal(first, initial("a.weight", (3, 3), 1))
