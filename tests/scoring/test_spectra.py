"""Expressivity and trainability against numbers by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import smashdsl
from smashdsl.scoring.spectra import TINY, _unshuffled, expressivity, parts, trainability
from tests.scoring.contexts import noise

CHAIN = """program p {
  input 1x8x8
  stem { conv(4, 3) -> norm }
  transition { relu -> conv(6, 3, stride=2) }
  transition { identity }
  block { banks b[2] of 6 enter b[0] read b[0] -> conv(6, 1) -> write b[1] }
  head { norm -> global_avg_pool -> linear(10) }
}"""


def test_expressivity() -> None:
    """Two parts: two directions with variances 3 : 1, and one direction."""
    deviation = math.sqrt(3)
    even = torch.tensor([[deviation, 1], [-deviation, 1], [deviation, -1], [-deviation, -1]])
    flat = torch.tensor([[1.0, 2], [2, 4], [3, 6], [-1, -2]])
    entropy = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    found = expressivity([even.reshape(2, 2, 2).movedim(2, 1), flat])
    assert found == pytest.approx(entropy / 2, abs=1e-6)
    assert expressivity([torch.ones(3, 2)]) == 0


def chain(*factors: float) -> list[Tensor]:
    found = [torch.ones(2, 1, 3, 3, requires_grad=True)]
    for factor in factors:
        found.append(factor * found[-1])
    return found


def test_trainability_of_one_channel() -> None:
    """A factor is a gain, whatever the signs: 3 and 1/2."""
    exact = sum(2 - gain - 1 / (gain + TINY) for gain in (3, 0.5))
    assert trainability(chain(3, 0.5), seed=0) == pytest.approx(exact, rel=1e-6)
    assert trainability(chain(1, 1, 1), seed=0) == pytest.approx(0, abs=1e-5)
    assert trainability(chain(1), seed=0) > trainability(chain(1, 1.5), seed=0)


def test_trainability_of_a_map() -> None:
    """The gain of many positions is the largest singular value."""
    matrix = torch.tensor([[2.0, 0], [1, 1], [0, 0.5]])
    before = torch.zeros(1, 2, 400, 400, requires_grad=True)
    after = torch.einsum("oc,nchw->nohw", matrix, before)
    gain = float(torch.linalg.matrix_norm(matrix.double(), 2))
    found = trainability([before, after], seed=0)
    assert found == pytest.approx(2 - gain - 1 / gain, rel=0.02)


def test_no_gradient_is_the_worst() -> None:
    before = torch.ones(2, 1, 3, 3, requires_grad=True)
    assert trainability([before, (0 * before).sign()], seed=0) < -1e5


def test_finer_positions_become_channels() -> None:
    images = torch.arange(2 * 3 * 4 * 6, dtype=torch.float32).reshape(2, 3, 4, 6)
    expected = functional.pixel_unshuffle(images, 2)
    assert torch.equal(_unshuffled(images, torch.Size((2, 3))), expected)
    assert torch.equal(_unshuffled(images, torch.Size((4, 6))), images)
    odd = _unshuffled(torch.ones(1, 1, 7), torch.Size((4,)))
    assert odd.shape == (1, 2, 4)
    assert odd.sum() == 7
    assert _unshuffled(torch.ones(1, 2, 4, 4, 4), torch.Size((2, 4, 1))).shape == (1, 16, 2, 4, 1)


def test_parts_of_a_program() -> None:
    """The stem, the transition and the block; neither what passes its input on, nor the head."""
    program = smashdsl.loads(CHAIN)
    assert isinstance(program, smashdsl.Program)
    images, _ = noise((1, 8, 8), 10).train[:3]
    found = parts(program.plan, images, seed=0)
    shapes = [tuple(each.shape) for each in found]
    assert shapes == [(3, 4, 8, 8), (3, 6, 4, 4), (3, 12, 4, 4)]
    assert trainability(found, seed=0) < 0
