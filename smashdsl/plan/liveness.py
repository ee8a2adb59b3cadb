"""Which steps of a plan are needed, and for how long their values are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from smashdsl.plan.steps import Step


class Liveness(NamedTuple):
    """What a plan's output depends on.

    Attributes:
        readers: how often each value is read by a step that is needed, or by who called; no step
            with 0 is needed.
        done: the values that no step after this one reads.
    """

    readers: list[int]
    done: list[Sequence[int]]


def liveness(steps: Sequence[Step], output: int) -> Liveness:
    """One pass from the output back."""
    readers = [0] * len(steps)
    done: list[Sequence[int]] = [()] * len(steps)
    readers[output] = 1
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
