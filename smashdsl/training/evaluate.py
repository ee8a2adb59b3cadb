"""How good a network is on a split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.training.data import Split


@dataclass(frozen=True)
class Score:
    """`mean_log_likelihood` of the right class in nats and its standard error, the share of wrong
    answers (`error`, 0 to 1), and the number of examples. Higher likelihood is better."""

    mean_log_likelihood: float
    error: float
    stderr: float
    n: int

    @property
    def accuracy(self) -> float:
        return 1 - self.error


@torch.no_grad()
def evaluate(forward: Callable[[Tensor], Tensor], split: Split, batch_size: int = 500) -> Score:
    """Score a function from images to logits `(n, classes)`; its module must be in evaluation mode.

    Log-likelihoods are summed in float64, so the score does not depend on the batch size beyond
    the network's own rounding. A network whose outputs are not finite scores minus infinity.
    """
    likelihoods, wrong = [], 0
    for start in range(0, len(split), batch_size):
        images, labels = split[start : start + batch_size]
        logits = forward(images).double()
        likelihoods.append(-functional.cross_entropy(logits, labels, reduction="none"))
        wrong += int((logits.argmax(1) != labels).sum())
    values = torch.cat(likelihoods)
    n = len(values)
    mean = values.mean().item()
    if not math.isfinite(mean):
        return Score(-math.inf, 1.0, math.inf, n)
    stderr = values.std().item() / math.sqrt(n) if n > 1 else math.inf
    return Score(mean, wrong / n, stderr, n)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """The module in evaluation mode, and afterwards in whatever mode it was."""
    before = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(before)
