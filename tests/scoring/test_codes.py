"""Activity codes against numbers by hand."""

from __future__ import annotations

import math

import pytest
import torch

import smashdsl
from smashdsl.scoring.codes import NasWot, Swap, activity, agreement, log_determinant, patterns
from smashdsl.scoring.scorer import Context
from smashdsl.training.data import from_arrays
from tests.scoring.contexts import noise

CODES = torch.tensor([[1, 1, 0, 0], [1, 0, 0, 1], [0, 1, 0, 0]], dtype=torch.bool)


def test_agreement() -> None:
    expected = [[4.0, 2.0, 3.0], [2.0, 4.0, 1.0], [3.0, 1.0, 4.0]]
    assert agreement(CODES).tolist() == expected


def test_log_determinant() -> None:
    """4 (16 - 1) - 2 (8 - 3) + 3 (2 - 12) = 20."""
    assert log_determinant(agreement(CODES)) == pytest.approx(math.log(20), rel=1e-12)


def test_images_that_look_alike_have_no_volume() -> None:
    twins = CODES[[0, 1, 0]]
    assert log_determinant(agreement(twins)) == -math.inf
    many = torch.rand(100, 40, generator=torch.Generator().manual_seed(0)) < 0.5
    assert log_determinant(agreement(many)) == -math.inf  # 41 dimensions hold no 100 codes
    assert log_determinant(torch.zeros(3, 3, dtype=torch.float64)) == -math.inf


def test_patterns() -> None:
    """Read from below: 011 = 3 (twice it would be one), 101 = 5, 000 = 0, 010 = 2."""
    assert patterns(CODES).tolist() == [0, 2, 3, 5]
    assert patterns(CODES[:, [0, 0, 2]]).tolist() == [0, 3]
    wide = torch.ones(32, 1, dtype=torch.bool)
    assert patterns(wide).tolist() == [2**32 - 1]


def program(body: str) -> smashdsl.Program:
    found = smashdsl.loads(f"program p {{ input 1x2x2 {body} }}")
    assert isinstance(found, smashdsl.Program)
    return found


def test_codes_are_of_live_activations() -> None:
    images = torch.tensor([[[[1.0, -1], [-1, 1]]], [[[1.0, 1], [-1, -1]]]])
    made = program("stem { sum { relu ; tanh -> zero ; sigmoid } } head { global_avg_pool }")
    found = activity(made.plan, images, 0)
    assert found is not None
    expected = [[1, 0, 0, 1], [1, 1, 0, 0]]
    assert [codes.int().tolist() for codes in found] == [expected, expected]


@pytest.mark.parametrize("kind", ["relu6", "leaky_relu", "gelu", "silu", "tanh", "sigmoid"])
def test_all_activations_are_active_above_zero(kind: str) -> None:
    images = torch.tensor([[[[0.1, -0.1], [-3, 9]]]])
    found = activity(program(f"stem {{ {kind} }} head {{ global_avg_pool }}").plan, images, 0)
    assert found is not None
    assert found[0].int().tolist() == [[1, 0, 0, 1]]


def test_the_score_is_that_of_the_codes() -> None:
    data = noise((1, 2, 2), 2, count=20)  # 12 of them for training
    made = program("stem { relu } head { global_avg_pool }")
    context = Context(made.space, data)
    (codes,) = activity(made.plan, data.train.images, 0) or ()
    assert NasWot(context)(made).score == log_determinant(agreement(codes))
    assert Swap(context)(made).score == len({tuple(unit) for unit in codes.T.tolist()})


def test_images_that_are_there_twice_are_taken_once() -> None:
    data = noise((3, 8, 8), 2, count=40)
    images = data.train.images.repeat(2, 1, 1, 1)
    twice = from_arrays(images, data.train.labels.repeat(2), channels="first", seed=1)
    found = smashdsl.loads(
        "program p { input 3x8x8 stem { conv(8, 3) -> relu } head { global_avg_pool } }"
    )
    assert isinstance(found, smashdsl.Program)
    value = NasWot(Context(found.space, twice))(found)
    assert math.isfinite(value.score)
    assert value.images < len(twice.train)
