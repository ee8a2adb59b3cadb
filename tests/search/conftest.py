"""A tiny space, and torch on one thread: on shared machines that is faster for tiny networks."""

from __future__ import annotations

import pytest

import smashdsl

TINY = """\
space tiny {
  input 1x8x8
  classes 10
  stem { conv(8, 3, stride=2) }
  block {
    banks b[2] of 8
    read b[0] -> norm -> relu -> conv(8, one_of(1, 3, 5)) -> write b[1]
    read b -> norm -> relu -> conv(one_of(8, 16), 1) -> write b by one_of(add, max)
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""


@pytest.fixture
def tiny() -> smashdsl.Space:
    space = smashdsl.loads(TINY)
    assert isinstance(space, smashdsl.Space)
    return space
