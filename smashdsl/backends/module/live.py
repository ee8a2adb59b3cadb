"""Which steps of a plan are needed, and which may overwrite their input."""

from __future__ import annotations

from collections import Counter

from smashdsl.plan import Plan, Step

# Steps whose gradients need no look at what they gave.
_NOT_KEPT = {"conv", "depthwise", "linear", "batch_norm", "sum", "cat"}


def live_steps(plan: Plan) -> list[Step]:
    """The steps that the output depends on, and the input, in order."""
    live = {0, plan.output}
    for step in reversed(plan.steps):
        if step.index in live:
            live.update(step.inputs)
    return [step for step in plan.steps if step.index in live]


def overwriting(plan: Plan, live: list[Step]) -> set[int]:
    """The indices of relus that alone read a value which its own backward pass does not need."""
    readers = Counter(index for step in live for index in step.inputs)
    return {
        step.index
        for step in live
        if step.op == "relu"
        and plan.steps[step.inputs[0]].op in _NOT_KEPT
        and readers[step.inputs[0]] == 1
    }
