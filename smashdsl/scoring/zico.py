"""The inverse coefficient of variation of gradients (ZiCo: Li et al. 2023)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.api import Program
from smashdsl.backends.module import Function
from smashdsl.hypernet.step import arranged
from smashdsl.plan import Plan
from smashdsl.scoring.initial import initial_weights, matrices
from smashdsl.scoring.minibatch import minibatch
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.value import Value

IMAGES, BATCHES = 128, 2


class Zico:
    """The sum over layers of the logarithm of the sum over weights of mean |g| / std(g).

    g is the gradient of the loss at the initial weights, of which two minibatches of training
    images give two samples. Layers without a gradient are passed over.
    """

    def __init__(self, context: Context) -> None:
        images, labels = minibatch(context, "zico", IMAGES)
        self._batches = list(
            zip(images.tensor_split(BATCHES), labels.tensor_split(BATCHES), strict=True)
        )
        self._seed = context.seed

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        plan = program.plan
        weights = initial_weights(plan, self._seed, self._batches[0][0].device)
        samples = [gradients(plan, weights, *batch) for batch in self._batches]
        layers = [layer_value(torch.stack(layer)) for layer in zip(*samples, strict=True)]
        found = [value for value in layers if value != 0]
        score = sum(map(math.log, found)) if found else -math.inf
        images = sum(len(labels) for _, labels in self._batches)
        return Value(score if math.isfinite(score) else -math.inf, images=images)


def gradients(plan: Plan, weights: dict[str, Tensor], images: Tensor,
              labels: Tensor) -> list[Tensor]:  # fmt: skip
    """The gradients of the cross-entropy by each trained filter and matrix; 0 where the output does
    not depend on one."""
    leaves = {name: weights[name].detach().requires_grad_() for name in matrices(plan)}
    logits = Function(plan)(arranged(images, plan), weights | leaves, training=False)
    if not logits.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves.values()]
    loss = functional.cross_entropy(logits, labels)
    found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return [
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(leaves.values(), found, strict=True)
    ]


def layer_value(gradients: Tensor) -> float:
    """The sum over a layer's weights of the mean of |g| by its deviation, where there is one.

    Args:
        gradients: samples of the layer's gradient, `(samples, *shape)`.
    """
    deviation = gradients.std(0, correction=0)
    ratio = gradients.abs().mean(0) / deviation
    return float(ratio[deviation != 0].double().sum())
