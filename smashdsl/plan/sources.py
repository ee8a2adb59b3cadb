"""Where an operation's filter comes from while a space is being searched."""

from __future__ import annotations

from smashdsl.ir import Op
from smashdsl.ops import Slot
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


def is_filter(slot: Slot) -> bool:
    """Whether a slot is a convolution's filter: `(units, channels per group, *kernel)`."""
    return slot.name == "weight" and len(slot.shape) > 2


def generated_filter(step: Step) -> Slot | None:
    """The filter that the HyperNet makes for a plan's step, where it makes one."""
    if filter_source(step) != "generated":
        return None
    return next(filter(is_filter, step.slots), None)
