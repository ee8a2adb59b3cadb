"""Plan → a function of images and weights, cheap to make and to run once.

What `build_module` gives, without modules: for training with a new network in each step, where
building modules would cost as much as a small network itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from smashdsl.backends.module.calls import PLAIN, Call, make_call
from smashdsl.backends.module.live import overwrites
from smashdsl.plan import Plan, Step

Watch = Callable[[Step, Tensor], None]


STATISTICS = ("running_mean", "running_var")


_Item = tuple[Step, Call, tuple[str, ...], tuple[str, ...], Sequence[int]]
"""A step, its call, the full names of its weights, those of the statistics by which it normalises
(none for the batch's own), and the values that no later step reads."""


class Function:
    """The network of a plan, as a function of a batch and its weights.

    Batch normalisation uses the batch's own statistics, unless the function is made to take them
    as `statistics`: then they are among the weights, by the names that modules give them. A value
    is let go as soon as no step needs it any more; what gradients need, autograd keeps.
    """

    def __init__(self, plan: Plan, *, statistics: bool = False) -> None:
        self._output, steps = plan.output, plan.steps
        items: list[_Item] = []
        readers, done = plan.liveness
        for step, read, last in zip(steps[1:], readers[1:], done[1:], strict=True):
            if not read:
                continue
            call = PLAIN.get(step.op)
            if call is None:
                call = make_call(step, steps[step.inputs[0]].shape)
            elif step.op == "relu" and overwrites(plan, step):
                call = _relu_
            norms = _statistics_of(step) if statistics else ()
            items.append((step, call, step.names if step.slots else (), norms, last))
        self._items = items

    @property
    def norms(self) -> dict[str, int]:
        """The channels of every statistic that is taken, by name."""
        return {name: step.shape[0] for step, _, _, names, _ in self._items for name in names}

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
        for step, call, slots, statistics, done in self._items:
            inputs = [values[index] for index in step.inputs]
            given = [weights[name] for name in slots]
            if statistics:
                given += [weights[name] for name in statistics]
                value = call(inputs, given, collect)
            else:
                value = call(inputs, given, training)
            if watch is not None:
                watch(step, value)
            values[step.index] = value
            for index in done:
                del values[index]
        return values[self._output]


def _statistics_of(step: Step) -> tuple[str, ...]:
    return tuple(f"{step.path}.{name}" for name in STATISTICS) if step.op == "batch_norm" else ()


def _relu_(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    return torch.relu_(x[0])
