"""Scores by which units of a network are active for which images, with initial weights.

Only activations on paths from the input to the output count. Normalisation is by the statistics of
the images themselves, as in training.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from smashdsl.api import Program
from smashdsl.backends.module import Function
from smashdsl.hypernet.step import arranged
from smashdsl.plan import Plan, Step
from smashdsl.scoring.initial import initial_weights
from smashdsl.scoring.live import live_paths
from smashdsl.scoring.minibatch import minibatch
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.value import Value

ACTIVE = {
    "relu": 0.0, "relu6": 0.0, "leaky_relu": 0.0, "gelu": 0.0, "silu": 0.0, "tanh": 0.0,
    "sigmoid": 0.5,
}  # fmt: skip
"""The activation functions, and the value above which a unit of theirs counts as active."""


class NasWot:
    """The log-determinant of the kernel of activity codes (Mellor et al. 2021, as released, but of
    half as many images: most of the work grows with their square).

    An entry of the kernel is the number of units on which two images agree, summed over all
    activation functions. Minus infinity where the codes of some images depend on those of others.
    """

    images = 64

    def __init__(self, context: Context) -> None:
        self._images, _ = minibatch(context, "naswot", self.images)
        self._seed = context.seed

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        n = len(self._images)
        kernel = torch.zeros(n, n, dtype=torch.float64)
        for codes in activity(program.plan, self._images, self._seed) or []:
            kernel += agreement(codes).cpu()
        return Value(log_determinant(kernel), images=n)


class Swap:
    """The number of different patterns of activity that units have over the images (Peng et al.
    2024, without their regularisation, which is fitted to each space)."""

    images = 32

    def __init__(self, context: Context) -> None:
        self._images, _ = minibatch(context, "swap", self.images)
        self._seed = context.seed

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        active = activity(program.plan, self._images, self._seed)
        if active is None:
            return Value(-math.inf, images=len(self._images))
        found = [patterns(codes) for codes in active]
        count = len(np.unique(np.concatenate(found))) if found else 0
        return Value(float(count), images=len(self._images))


@torch.no_grad()
def activity(plan: Plan, images: Tensor, seed: int) -> list[Tensor] | None:
    """Which units are active, `(images, units)`, for each activation function on a live path; None
    where the network's outputs are not finite."""
    live = live_paths(plan)
    found: list[Tensor] = []

    def watch(step: Step, value: Tensor) -> None:
        if step.op in ACTIVE and step.index in live:
            found.append((value > ACTIVE[step.op]).flatten(1))

    weights = initial_weights(plan, seed, images.device)
    output = Function(plan)(arranged(images, plan), weights, training=False, watch=watch)
    return found if output.isfinite().all() else None


def agreement(codes: Tensor) -> Tensor:
    """The number of units on which each two images agree: exact whole numbers as float64."""
    signs = codes.to(torch.float32).mul_(2).sub_(1)  # agreements minus disagreements
    return ((signs @ signs.T).double() + signs.shape[1]) / 2


def log_determinant(kernel: Tensor) -> float:
    """Of a symmetric matrix without negative eigenvalues; minus infinity where the smallest is 0,
    up to rounding."""
    values = torch.linalg.eigvalsh(kernel)
    least = values[-1] * len(values) * torch.finfo(values.dtype).eps
    return float(values.log().sum()) if values[0] > least else -math.inf


def patterns(codes: Tensor) -> npt.NDArray[np.int64]:
    """The different patterns of `(images, units)`, 63 images at most, each as a whole number."""
    bits = 2 ** torch.arange(len(codes), device=codes.device)
    return np.unique((codes * bits[:, None]).sum(0).cpu().numpy())
