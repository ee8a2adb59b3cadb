"""Scores by the spectra of what the parts of a network give, with initial weights.

Lee and Ham 2024 (AZ-NAS), sections 3.2 and 3.4. A part is the stem, a block or a transition: what
comes before the head. Parts that only pass their input on do not count. Normalisation is by the
statistics of the images themselves, as in training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.api import Program
from smashdsl.backends.module import Function
from smashdsl.hypernet.step import arranged
from smashdsl.plan import Plan, Step
from smashdsl.scoring.initial import initial_weights
from smashdsl.scoring.live import live_paths
from smashdsl.scoring.minibatch import minibatch
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.value import Value
from smashdsl.training.seeds import derive

IMAGES = 32
TINY = 1e-6


class Spectra:
    """Both scores of a network, from one pass of a minibatch."""

    images = IMAGES

    def __init__(self, context: Context) -> None:
        self._images, _ = minibatch(context, "spectra", self.images)
        self._seed = context.seed

    def __call__(self, program: Program) -> tuple[float, float]:
        """Expressivity and trainability; minus infinity where the output depends on no input, or
        is not finite."""
        found = parts(program.plan, self._images, self._seed)
        if not found:
            return -math.inf, -math.inf
        return expressivity(found), trainability(found, derive(self._seed, "signs"))


class Expressivity:
    """How evenly features spread over the directions they might take."""

    def __init__(self, context: Context) -> None:
        self._spectra = Spectra(context)

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        return Value(self._spectra(program)[0], images=self._spectra.images)


class Trainability:
    """How well gradients keep their size from part to part."""

    def __init__(self, context: Context) -> None:
        self._spectra = Spectra(context)

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        return Value(self._spectra(program)[1], images=self._spectra.images)


def parts(plan: Plan, images: Tensor, seed: int) -> list[Tensor]:
    """What each part gives, in order, with its history; none where the network's outputs are not
    finite or are the same for all inputs."""
    live = live_paths(plan)
    found: dict[str, Tensor] = {}

    def watch(step: Step, value: Tensor) -> None:
        name = _part(step.path)
        if step.index in live and name:
            found[name] = value

    weights = initial_weights(plan, seed, images.device)
    leaf = arranged(images, plan).requires_grad_()  # no gradients of weights are wanted
    output = Function(plan)(leaf, weights, training=False, watch=watch)
    return list(found.values()) if live and output.isfinite().all() else []


def _part(path: str) -> str:
    """The part to which a step belongs; empty for the input and the head."""
    first, _, rest = path.partition(".")
    if first in ("blocks", "transitions"):
        return f"{first}.{rest.partition('.')[0]}"
    return first if first == "stem" else ""


def expressivity(parts: Sequence[Tensor]) -> float:
    """The mean over parts of the entropy of the normalised spectrum of their covariance.

    The paper's equations 2 to 4, but a mean in place of a sum, which would only count the parts.

    Args:
        parts: features `(n, channels, *space)`.
    """
    return math.fsum(_entropy(_positions(part.detach())) for part in parts) / len(parts)


def _entropy(features: Tensor) -> float:
    """The entropy of the spectrum of the covariance of features `(positions, channels)`."""
    centered = features.double() - features.double().mean(0)
    spectrum = torch.linalg.eigvalsh(centered.T @ centered).clamp(min=0)
    total = spectrum.sum()
    if not total > 0:
        return 0.0
    shares = spectrum / total
    return float(torch.special.entr(shares).sum())


def trainability(parts: Sequence[Tensor], seed: int) -> float:
    """The sum over neighbouring parts of 2 - s - 1/s, at most 0, where s is the largest singular
    value of the mean map from random signs behind the later part to their gradient behind the
    earlier.

    The paper's equations 7 to 10, but a sum in place of a mean.

    Args:
        parts: features `(n, channels, *space)` with the history that leads from each to the next.
        seed: of the signs.
    """
    generator = torch.Generator().manual_seed(seed)
    total = 0.0
    for before, after in pairwise(parts):
        signs = torch.randint(0, 2, after.shape, generator=generator).to(after) * 2 - 1
        (gradient,) = torch.autograd.grad(after, before, signs, retain_graph=True,
                                          materialize_grads=True, allow_unused=True)  # fmt: skip
        total += _loss(_gain(gradient, signs))
    return total


def _gain(gradient: Tensor, signs: Tensor) -> float:
    """The largest singular value of the mean map."""
    rows = _positions(_unshuffled(gradient, signs.shape[2:]))
    columns = _positions(signs)
    mean = rows.double().T @ columns.double() / len(columns)
    return float(torch.linalg.matrix_norm(mean, 2))


def _loss(gain: float) -> float:
    return 2 - gain - 1 / (gain + TINY) if math.isfinite(gain) else -math.inf


def _positions(features: Tensor) -> Tensor:
    """`(n, channels, *space)` as `(n · positions, channels)`."""
    return features.movedim(1, -1).flatten(0, -2)


def _unshuffled(value: Tensor, space: torch.Size) -> Tensor:
    """A tensor of finer resolution in that of `space`, its finer positions as further channels."""
    for place, (own, wanted) in enumerate(zip(value.shape[2:], space, strict=False)):
        if own > wanted:
            ratio = -(-own // wanted)
            value = functional.pad(value, _padding(value.dim() - 2, place, ratio * wanted - own))
            value = torch.unflatten(value, 2 + place, (wanted, ratio))
            value = value.movedim(3 + place, 2).flatten(1, 2)
    return value


def _padding(dimensions: int, place: int, amount: int) -> list[int]:
    """The argument of `pad` that adds so many zeros behind one dimension of space."""
    padding = [0] * (2 * dimensions)
    padding[2 * (dimensions - 1 - place) + 1] = amount
    return padding
