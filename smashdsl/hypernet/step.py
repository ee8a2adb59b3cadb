"""The gradients of one-shot training: some architectures on the same images.

Each network runs on leaves: copies of its weights, whose gradients are then added to those of the
maximal tensors and handed to the HyperNet in one go. So the cost beyond the networks' own does not
grow with the size of the maximal tensors, and one network is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.backends.module import Function
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.bank import Shape
from smashdsl.hypernet.clock import Clock
from smashdsl.hypernet.supernet import Supernet, Weights
from smashdsl.plan import Plan
from smashdsl.training.devices import mixed
from smashdsl.training.memory_format import channels_last, safe_channels_last


@dataclass(frozen=True)
class Recipe:
    """`teach`: the first architecture's outputs are what the others learn (in place of labels);
    `filter_decay` pulls generated filters to zero; `half` is the type of automatic mixed precision,
    if any."""

    label_smoothing: float = 0.0
    teach: bool = False
    filter_decay: float = 0.0
    half: torch.dtype | None = None


def arranged(images: Tensor, plan: Plan) -> Tensor:
    """Images in the memory format in which a plan's network is fastest."""
    grouped = any(step.op == "group_norm" for step in plan.steps)
    return safe_channels_last(images, grouped)


def accumulate(
    supernet: Supernet,
    architectures: Sequence[Architecture],
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    seed: int,
    factor: float,
    clock: Clock,
) -> list[Tensor]:
    """Add `factor` times the gradients of some architectures' losses to the supernet's.

    Args:
        supernet: whose parameters' `grad` is added to.
        architectures: networks to run, one after the other.
        images: `(n, *input)`.
        labels: `(n,)`.
        recipe: the loss.
        seed: of dropout and the like.
        factor: for an average over architectures.
        clock: takes the time for `generation` and `network`.

    Returns:
        The loss of each architecture, not yet looked at.
    """
    with clock("generation"):
        entries = supernet.generate(architectures)
    losses, gradients = [], []
    teacher = None
    for number, architecture in enumerate(architectures):
        with clock("generation"):
            leaves = Leaves(supernet, architecture, entries[number])
        with clock("network"):
            torch.manual_seed(seed + number)
            logits = run(architecture.plan, leaves.weights, images, recipe.half)
            loss = loss_of(logits, labels, recipe, architecture, teacher)
            (loss * factor).backward()  # type: ignore[no-untyped-call]
        if recipe.teach and number == 0:
            teacher = logits.detach().softmax(1)
        losses.append(loss.detach())
        with clock("generation"):
            gradients.append(leaves.collect(recipe.filter_decay * factor))
    with clock("generation"):
        made = [each for each, found in zip(entries, gradients, strict=True) if found is not None]
        torch.autograd.backward(made, [found for found in gradients if found is not None])
    return losses


class Leaves:
    """An architecture's weights as leaves that collect gradients: `weights` by full name."""

    def __init__(self, supernet: Supernet, architecture: Architecture, entries: Tensor) -> None:
        self._bank, self._keys = supernet.bank, architecture.keys
        self._entries = entries.detach().requires_grad_()
        with torch.no_grad():
            self._kept = supernet.kept(architecture, self._take)
        self.weights = self._kept | supernet.generated(architecture, self._entries)

    def _take(self, key: str, shape: Shape) -> Tensor:
        return channels_last(self._bank.take(key, shape)).detach().requires_grad_()

    def collect(self, decay: float) -> Tensor | None:
        """Add the gradients of kept weights to the bank's; gives that of the generated entries,
        with a pull of strength `decay` to zero, or None where there are none."""
        for name, leaf in self._kept.items():
            if leaf.grad is not None:
                self._bank.collect(self._keys[name], leaf.grad)
        gradient = self._entries.grad
        if gradient is not None and decay:
            gradient.add_(self._entries.detach(), alpha=decay)
        return gradient


def run(plan: Plan, weights: Weights, images: Tensor, half: torch.dtype | None = None) -> Tensor:
    """A network's output in training, in float32 if the network itself ran in half precision."""
    function = Function(plan)
    return mixed(lambda these: function(these, weights), arranged(images, plan), half)


def loss_of(logits: Tensor, labels: Tensor, recipe: Recipe, architecture: Architecture,
            teacher: Tensor | None = None) -> Tensor:  # fmt: skip
    """The cross-entropy with the labels, or with the teacher's probabilities `(n, classes)`."""
    if teacher is not None:
        return functional.cross_entropy(logits, teacher)
    own = architecture.label_smoothing
    smoothing = recipe.label_smoothing if own is None else own
    return functional.cross_entropy(logits, labels, label_smoothing=smoothing)


class Totals:
    """Sums of the gradients of several replicas, each complete before it is added: so one process
    adds in the order in which several do."""

    def __init__(self, module: nn.Module) -> None:
        self._parameters = list(module.parameters())
        self._sums: list[Tensor | None] = [None] * len(self._parameters)
        module.zero_grad(set_to_none=True)

    def add(self) -> None:
        """Take the gradients of a replica from the parameters."""
        for place, parameter in enumerate(self._parameters):
            found, total = parameter.grad, self._sums[place]
            parameter.grad = None
            if found is not None:
                self._sums[place] = found if total is None else total.add_(found)

    def put_back(self) -> None:
        """Give the sums to the parameters."""
        for parameter, total in zip(self._parameters, self._sums, strict=True):
            parameter.grad = total
