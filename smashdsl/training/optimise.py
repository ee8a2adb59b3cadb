"""Optimisers, the learning rate over time, and one step of gradient descent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from smashdsl.files import fail


def parameter_groups(
    parameters: Iterable[nn.Parameter], rate: float, decay: float
) -> list[dict[str, Any]]:
    """Two groups for an optimiser: filters and matrices, and vectors, which are not decayed.

    Both learn at `rate` times whatever `set_factor` says.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    filters = [parameter for parameter in trained if parameter.ndim > 1]
    vectors = [parameter for parameter in trained if parameter.ndim <= 1]
    return [
        {"params": filters, "lr": rate, "rate": rate, "weight_decay": decay},
        {"params": vectors, "lr": rate, "rate": rate, "weight_decay": 0.0},
    ]


def cosine(step: int, steps: int, warmup: int) -> float:
    """The factor of the learning rate in a step: rises over `warmup` steps, then falls as a cosine.

    It is never 0, so that no step is lost.

    >>> [round(cosine(step, 6, 2), 2) for step in range(6)]
    [0.5, 1.0, 0.9, 0.65, 0.35, 0.1]
    """
    if step < warmup:
        return (step + 1) / warmup
    return (1 + math.cos(math.pi * (step - warmup + 1) / (steps - warmup + 1))) / 2


def set_factor(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Every group's learning rate becomes its own rate times `factor`."""
    for group in optimizer.param_groups:
        group["lr"] = group["rate"] * factor


def descend(loss: Tensor, optimizer: torch.optim.Optimizer, clip: float, step: int) -> float:
    """Back-propagate, clip the gradient's norm at `clip`, update; gives the loss.

    Raises:
        SmashError: E942 the loss is not finite; the parameters are those before the step.
    """
    value = loss.item()
    if not math.isfinite(value):
        raise fail("E942", f"training diverged: the loss is {value} in step {step + 1}",
                   "use a lower learning rate")  # fmt: skip
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    return value
