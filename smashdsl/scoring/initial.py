"""Initial weights by common rules: slots of one name and shape have the same in all programs."""

from __future__ import annotations

import torch
from torch import Tensor

from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.hypernet.bank import initial, scale
from smashdsl.plan import Plan, filter_source, is_filter
from smashdsl.training.seeds import derive


def initial_weights(plan: Plan, seed: int,
                    device: torch.device | str = "cpu") -> dict[str, Tensor]:  # fmt: skip
    """A float32 tensor for every slot of a plan, by its full name.

    Filters and matrices are normal, filters with variance 2 / fan-in (He et al. 2015) and matrices
    with 1 / (3 fan-in); scales are 1, shifts, biases and scores 0; fixed filters are what they are.
    """
    fixed = fixed_filters(plan)
    weights = {}
    for name, slot in plan.slots.items():
        if name in fixed:
            weight = gabor_bank(slot.shape)
        else:
            weight = initial(name, slot.shape, derive(seed, "initial"))
            if len(slot.shape) > 1:
                weight *= scale(slot.shape)
        weights[name] = weight.to(device, torch.float32)
    return weights


def fixed_filters(plan: Plan) -> set[str]:
    """The full names of the filters that are never trained."""
    return {
        name
        for step in plan.steps
        for name, slot in zip(step.names, step.slots, strict=True)
        if is_filter(slot) and filter_source(step).startswith("fixed")
    }


def matrices(plan: Plan) -> list[str]:
    """The full names of the trained filters and matrices."""
    fixed = fixed_filters(plan)
    return [name for name, slot in plan.slots.items() if len(slot.shape) > 1 and name not in fixed]
