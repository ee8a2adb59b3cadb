"""Where an operation's filter comes from while a space is being searched."""

from __future__ import annotations

from smashdsl.ir import Op
from smashdsl.ops.table import per_dimension
from smashdsl.plan.steps import Step


def source_of(op: Op, in_block: bool) -> str:
    """`generated`, `shared`, `own` or `fixed(…)`.

    What the text says; without a word, inside blocks a 1x1 convolution without groups is
    generated and everything else shared, and outside blocks all is own (Brock et al. 2017,
    section 3).
    """
    if op.weights is not None:
        return op.weights
    if not in_block:
        return "own"
    pointwise = op.name == "conv" and op.attrs["kernel"] == 1 and op.attrs["groups"] == 1
    return "generated" if pointwise else "shared"


def filter_source(step: Step) -> str:
    """Where the weights of a plan's step come from."""
    return "own" if step.source is None else source_of(step.source, step.path.startswith("blocks."))


def filter_kernel(step: Step) -> tuple[int, ...]:
    """The kernel of a convolution's filter, per dimension."""
    return per_dimension(step.attrs["kernel"], len(step.shape) - 1)
