"""Plan → a function of images and weights, cheap to make and to run once.

What `build_module` gives, without modules: for training with a new network in each step, where
building modules would cost as much as a small network itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from smashdsl.backends.module.calls import Call, make_call
from smashdsl.backends.module.live import live_steps, overwriting
from smashdsl.plan import Plan, Step

Watch = Callable[[Step, Tensor], None]


STATISTICS = ("running_mean", "running_var")


class _Item(NamedTuple):
    step: Step
    call: Call
    slots: tuple[str, ...]
    statistics: tuple[str, ...]
    """Names of the statistics by which it normalises; empty for those of the batch."""
    done: tuple[int, ...]
    """Values that no later step reads."""


class Function:
    """The network of a plan, as a function of a batch and its weights.

    Batch normalisation uses the batch's own statistics, unless the function is made to take them
    as `statistics`: then they are among the weights, by the names that modules give them. A value
    is let go as soon as no step needs it any more; what gradients need, autograd keeps.
    """

    def __init__(self, plan: Plan, *, statistics: bool = False) -> None:
        steps = live_steps(plan)
        self._output = plan.output
        last = {index: step.index for step in steps for index in step.inputs}
        over = overwriting(plan, steps)
        self._items = [
            _Item(
                step,
                _relu_ if step.index in over else make_call(step, plan.steps[step.inputs[0]].shape),
                tuple([f"{step.path}.{slot.name}" for slot in step.slots]),
                _statistics_of(step) if statistics else (),
                tuple([index for index in set(step.inputs) if last[index] == step.index]),
            )
            for step in steps[1:]
        ]

    @property
    def norms(self) -> dict[str, int]:
        """The channels of every statistic that is taken, by name."""
        return {
            name: item.step.shape[0] for item in self._items for name in item.statistics
        }  # fmt: skip

    def __call__(self, images: Tensor, weights: Mapping[str, Tensor], *, training: bool = True,
                 collect: bool = False, watch: Watch | None = None) -> Tensor:  # fmt: skip
        """The network's output.

        Args:
            images: `(n, *plan.program.input)`.
            weights: a tensor for every slot of the plan, by its full name.
            training: whether dropout, drop_path and shake are random.
            collect: normalise by the batch's statistics all the same, and write them into those
                that were given.
            watch: is given every step and its value, in order.
        """
        values = {0: images}
        for item in self._items:
            step = item.step
            inputs = [values[index] for index in step.inputs]
            given = [weights[name] for name in item.slots]
            if item.statistics:
                given += [weights[name] for name in item.statistics]
                value = item.call(inputs, given, collect)
            else:
                value = item.call(inputs, given, training)
            if watch is not None:
                watch(step, value)
            values[step.index] = value
            for index in item.done:
                del values[index]
        return values[self._output]


def _statistics_of(step: Step) -> tuple[str, ...]:
    return tuple(f"{step.path}.{name}" for name in STATISTICS) if step.op == "batch_norm" else ()


def _relu_(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    return torch.relu_(x[0])
