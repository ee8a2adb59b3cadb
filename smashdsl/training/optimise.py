"""Optimisers, the learning rate over time, and one step of gradient descent."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from smashdsl.files import fail


def make_optimizer(
    name: str, parameters: Iterable[nn.Parameter], rate: float, decay: float, momentum: float = 0.9
) -> torch.optim.Optimizer:
    """`sgd` (with Nesterov momentum) or `adamw`; vectors and scalars are not decayed.

    Raises:
        ValueError: another name.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=momentum > 0)
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=rate)
    raise ValueError(f"the optimiser must be sgd or adamw, not {name!r}")


def adopt(optimizer: torch.optim.Optimizer, parameters: Iterable[nn.Parameter]) -> None:
    """Let an optimiser of `make_optimizer` also train the parameters that it does not know yet."""
    known = {id(p) for group in optimizer.param_groups for p in group["params"]}
    for parameter in parameters:
        if id(parameter) not in known:
            optimizer.param_groups[parameter.ndim <= 1]["params"].append(parameter)


def cosine(step: int, steps: int, warmup: int) -> float:
    """The factor of the learning rate in a step: rises over `warmup` steps, then falls as a cosine.

    It is never 0, so that no step is lost.

    >>> [round(cosine(step, 6, 2), 2) for step in range(6)]
    [0.5, 1.0, 0.9, 0.65, 0.35, 0.1]
    """
    if step < warmup:
        return (step + 1) / warmup
    return (1 + math.cos(math.pi * (step - warmup + 1) / (steps - warmup + 1))) / 2


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The same learning rate for all parameters."""
    for group in optimizer.param_groups:
        group["lr"] = rate


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
