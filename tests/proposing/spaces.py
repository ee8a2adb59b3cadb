"""Spaces to propose from, and scores that need no training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import smashdsl
from smashdsl import Program, Space
from smashdsl.proposing.proposer import Proposer, Trial

HEAD = "head { global_avg_pool -> linear(2) }"
TINY = "space tiny { input 1x4 stem { conv(one_of(1, 2), one_of(1, 3, 5)) } " + HEAD + " }"
CONVOLUTIONS = " -> ".join(["conv(one_of(1, 2, 3, 4), one_of(1, 3, 5, 7))"] * 4)
FIXED = "space fixed { input 1x4 stem { " + CONVOLUTIONS + " } " + HEAD + " }"
NESTED = """
space nested {
  input 2x8
  block {
    banks b[4] of 2
    repeat 1..4 {
      read some(one_of(1..count(written)), written)
        -> conv(2, one_of(1, 3, 5)) -> relu -> write some(1, written, fresh(1))
    }
  }
  head { global_avg_pool -> linear(2) }
}
"""


@lru_cache
def space(text: str) -> Space:
    found = smashdsl.loads(text)
    assert isinstance(found, Space)
    return found


def trial(program: Program, score: float) -> Trial:
    costs = program.costs
    return Trial(
        dict(program.genome), program.hash, score, costs.params, costs.flops, costs.depth
    )  # fmt: skip


def agreement(genome: Mapping[str, Any]) -> float:
    """How many draws of `FIXED` are the last of their options: from 0 to 8, with one peak."""
    return float(sum(value in (4, 7) for value in genome.values()))


def run(proposer: Proposer, length: int, score: Callable[[Program], float]) -> list[Trial]:
    """The history of a search, one proposal after the other."""
    history: list[Trial] = []
    for number in range(length):
        program = proposer.propose(history, number)
        if program is None:
            break
        history.append(trial(program, score(program)))
    return history


class TowardsSize:
    """A guide that foresees `size` without error."""

    def gains(self, program: Program, others: Sequence[Program]) -> list[float]:
        return [size(other) - size(program) for other in others]


def size(program: Program) -> float:
    """A score that any space has: how near the parameters are to 60, on a logarithmic scale."""
    return -abs(math.log(program.costs.params / 60))


def distance(one: Mapping[str, Any], two: Mapping[str, Any]) -> int:
    """In how many draws two genomes differ."""
    return sum(one.get(path) != two.get(path) for path in {*one, *two})
