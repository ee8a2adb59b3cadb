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


class _Item(NamedTuple):
    step: Step
    call: Call
    slots: tuple[str, ...]
    done: tuple[int, ...]
    """Values that no later step reads."""


class Function:
    """The network of a plan, as a function of a batch and its weights.

    Batch normalisation uses the batch's own statistics. A value is let go as soon as no step needs
    it any more; what gradients need, autograd keeps.
    """

    def __init__(self, plan: Plan) -> None:
        steps = live_steps(plan)
        self._output = plan.output
        last = {index: step.index for step in steps for index in step.inputs}
        over = overwriting(plan, steps)
        self._items = [
            _Item(
                step,
                _relu_ if step.index in over else make_call(step, plan.steps[step.inputs[0]].shape),
                tuple([f"{step.path}.{slot.name}" for slot in step.slots]),
                tuple([index for index in set(step.inputs) if last[index] == step.index]),
            )
            for step in steps[1:]
        ]

    def __call__(self, images: Tensor, weights: Mapping[str, Tensor], *, training: bool = True,
                 watch: Watch | None = None) -> Tensor:  # fmt: skip
        """The network's output.

        Args:
            images: `(n, *plan.program.input)`.
            weights: a tensor for every slot of the plan, by its full name.
            training: whether dropout, drop_path and shake are random.
            watch: is given every step and its value, in order.
        """
        values = {0: images}
        for item in self._items:
            step = item.step
            inputs = [values[index] for index in step.inputs]
            value = item.call(inputs, [weights[name] for name in item.slots], training)
            if watch is not None:
                watch(step, value)
            values[step.index] = value
            for index in item.done:
                del values[index]
        return values[self._output]


def _relu_(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    return torch.relu_(x[0])
