"""Which steps of a plan run, and which may overwrite what they read."""

from __future__ import annotations

from smashdsl.plan import Plan, Step

# Steps whose gradients need no look at what they gave.
_NOT_KEPT = {"conv", "depthwise", "linear", "batch_norm", "sum", "cat"}


def needed(plan: Plan) -> list[Step]:
    """Those that the output depends on, and the input, in order."""
    readers = plan.liveness.readers
    return [step for step in plan.steps if readers[step.index] or not step.index]


def overwrites(plan: Plan, step: Step) -> bool:
    """Whether a relu alone reads a value which its own backward pass does not need."""
    (index,) = step.inputs
    return plan.liveness.readers[index] == 1 and plan.steps[index].op in _NOT_KEPT
