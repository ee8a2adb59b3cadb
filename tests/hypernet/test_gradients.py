"""Gradients on copies of weights are those of autograd from end to end, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.bodies import DenseNetSettings, GraphSettings
from smashdsl.hypernet.clock import Clock
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.step import Recipe, accumulate
from smashdsl.hypernet.supernet import Supernet
from tests.hypernet.spaces import MIXED, TINY, sources, space

SMALL = {
    "graph": HyperNetSettings("graph", graph=GraphSettings(width=16, heads=2, layers=2)),
    "densenet": HyperNetSettings("densenet", densenet=DenseNetSettings(4, 3, (2, 2))),
}
# Dropout's noise depends on how memory is laid out.
CALM = MIXED.replace(" -> dropout(0.1)", "")
SPACES = {"tiny": TINY, "mixed": CALM}


@pytest.fixture(autouse=True)
def float64() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def supernet(of: smashdsl.Space, body: str, control: str) -> Supernet:
    net = Supernet(of.layout, SMALL[body], 0, control)
    with torch.no_grad():  # nothing is at a special value
        for name, parameter in net.named_parameters():
            noise = torch.Generator().manual_seed(len(name))
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=noise))
    return net


def end_to_end(net: Supernet, programs: Sequence[smashdsl.Program], images: Tensor,
               labels: Tensor, recipe: Recipe, factor: float) -> list[Tensor]:  # fmt: skip
    """The slow way: one graph from the HyperNet's weights to the loss."""
    losses: list[Tensor] = []
    teacher = None
    total = torch.zeros(())
    for program in programs:
        weights = net(program)
        module = build_module(program.plan, init=False, dtype=torch.float64)
        logits = functional_call(module, weights, (images,))
        if teacher is None:
            loss = functional.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
        else:
            loss = functional.cross_entropy(logits, teacher)
        if recipe.teach and teacher is None:
            teacher = logits.detach().softmax(1)
        losses.append(loss.detach())
        total = total + factor * loss
        if net.hypernet is not None:
            for place in program.encode().generated:
                penalty = weights[place.slot].square().sum() / 2
                total = total + factor * recipe.filter_decay * penalty
    total.backward()
    return losses


def check(of: smashdsl.Space, recipe: Recipe, body: str = "graph", control: str = "none",
          count: int = 3) -> None:  # fmt: skip
    programs = [of.sample(seed) for seed in range(count)]
    noise = torch.Generator().manual_seed(3)
    images = torch.randn(6, *programs[0].ir.input, generator=noise)
    labels = torch.randint(programs[0].ir.classes, (6,), generator=noise)
    ours, theirs = (supernet(of, body, control) for _ in range(2))
    before = accumulate(ours, [prepare(p) for p in programs], images, labels, recipe, 5,
                        1 / count, Clock())  # fmt: skip
    expected = end_to_end(theirs, programs, images, labels, recipe, 1 / count)
    assert torch.allclose(torch.stack(before), torch.stack(expected), rtol=1e-10)
    reached = 0
    for (name, one), two in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        found = torch.zeros_like(one) if one.grad is None else one.grad
        wanted = torch.zeros_like(two) if two.grad is None else two.grad
        assert found.dtype == torch.float64
        torch.testing.assert_close(found, wanted, rtol=1e-7, atol=1e-10, msg=name)
        reached += bool((wanted != 0).any())
    assert reached > len(list(ours.parameters())) / 2


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("text", SPACES)
@pytest.mark.parametrize("body", SMALL)
def test_as_end_to_end(text: str, body: str, decay: float) -> None:
    check(space(SPACES[text]), Recipe(label_smoothing=0.1, filter_decay=decay), body)


@pytest.mark.parametrize("text", SPACES)
def test_one_architecture_and_many(text: str) -> None:
    for count in (1, 8):
        check(space(SPACES[text]), Recipe(filter_decay=0.01), count=count)


@pytest.mark.parametrize("control", ["shared", "unconditional"])
def test_under_controls(control: str) -> None:
    check(space(TINY), Recipe(filter_decay=0.0), control=control)


def test_with_a_teacher() -> None:
    check(space(TINY), Recipe(label_smoothing=0.1, teach=True, filter_decay=0.1), count=4)


@pytest.mark.parametrize("rank", [1, 3])
def test_in_other_dimensions(rank: int) -> None:
    check(sources(rank), Recipe(filter_decay=0.1))


def test_gradients_add_up() -> None:
    """What is there already stays, as several replicas in one process need."""
    of = space(TINY)
    first, second = [of.sample(0), of.sample(1)], [of.sample(2)]
    images = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 2, 3])
    nets = [supernet(of, "graph", "none") for _ in range(3)]
    for net, groups in zip(nets, ((first,), (second,), (first, second)), strict=True):
        for group in groups:
            accumulate(net, [prepare(p) for p in group], images, labels, Recipe(), 0, 0.5, Clock())
    for a, b, both in zip(*(net.parameters() for net in nets), strict=True):
        parts = [p.grad for p in (a, b) if p.grad is not None]
        assert (both.grad is None) == (not parts)
        if parts:
            torch.testing.assert_close(both.grad, torch.stack(parts).sum(0))
