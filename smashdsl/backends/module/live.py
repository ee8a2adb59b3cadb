"""Which steps of a plan are needed, how long their values are, and which may overwrite them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from smashdsl.plan import Plan, Step

# Steps whose gradients need no look at what they gave.
_NOT_KEPT = {"conv", "depthwise", "linear", "batch_norm", "sum", "cat"}


class Liveness(NamedTuple):
    """What a plan's output depends on.

    Attributes:
        readers: how often each value is read by a step that is needed, or by who called; no step
            with 0 is needed.
        done: the values that no step after this one reads.
    """

    readers: list[int]
    done: list[Sequence[int]]

    def steps(self, plan: Plan) -> list[Step]:
        """Those that are needed, and the input, in order."""
        needed = zip(plan.steps, self.readers, strict=True)
        return [step for step, readers in needed if readers or not step.index]


def liveness(plan: Plan) -> Liveness:
    """One pass from the output back."""
    steps = plan.steps
    readers = [0] * len(steps)
    done: list[Sequence[int]] = [()] * len(steps)
    readers[plan.output] = 1
    for number in range(len(steps) - 1, 0, -1):
        if not readers[number]:
            continue
        inputs = steps[number].inputs
        if len(inputs) == 1:
            (index,) = inputs
            if not readers[index]:
                done[number] = inputs
            readers[index] += 1
            continue
        last = []
        for index in inputs:
            if not readers[index]:
                last.append(index)
            readers[index] += 1
        done[number] = last
    return Liveness(readers, done)


def overwrites(plan: Plan, step: Step, readers: Sequence[int]) -> bool:
    """Whether a relu alone reads a value which its own backward pass does not need."""
    (index,) = step.inputs
    return readers[index] == 1 and plan.steps[index].op in _NOT_KEPT
