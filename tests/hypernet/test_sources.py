"""Where filters come from means the same in one, two and three dimensions."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.supernet import Supernet
from smashdsl.plan import filter_source, is_filter
from tests.hypernet.spaces import INPUTS, sources

SMALL = HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1))
RANKS = (1, 2, 3)


@pytest.fixture(scope="module", params=RANKS)
def rank(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def of(rank: int) -> smashdsl.Space:
    return sources(rank)


@pytest.fixture(scope="module")
def net(of: smashdsl.Space) -> Supernet:
    return Supernet(of.layout, SMALL, 0)


def filters(program: smashdsl.Program, source: str) -> list[str]:
    """The full names of a program's filters from one source, in order."""
    return [
        f"{step.path}.{slot.name}"
        for step in program.plan.steps
        for slot in step.slots
        if is_filter(slot) and filter_source(step).partition("(")[0] == source
    ]


def loop_slice(whole: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The front of the channels and the centre of the kernel, entry by entry."""
    part = torch.empty(shape)
    shifts = [0, 0, *((a - b) // 2 for a, b in zip(whole.shape[2:], shape[2:], strict=True))]
    for place in itertools.product(*map(range, shape)):
        part[place] = whole[tuple(i + shift for i, shift in zip(place, shifts, strict=True))]
    return part


def unscaled(weight: Tensor) -> Tensor:
    return weight / math.sqrt(2 / weight[0].numel())


def drawn(of: smashdsl.Space, count: int = 6) -> list[smashdsl.Program]:
    return [of.sample(seed) for seed in range(count)]


def test_every_filter_has_a_source(of: smashdsl.Space, net: Supernet, rank: int) -> None:
    for program in drawn(of, 4):
        weights = net(program)
        for source in ("generated", "shared", "own", "fixed"):
            names = filters(program, source)
            assert names
            assert all(weights[name].ndim == 2 + rank for name in names)


def test_shared_filters_are_centres_of_one(of: smashdsl.Space, net: Supernet) -> None:
    """One maximal filter for an operation of a block, whichever layer and program uses it."""
    shapes = set()
    for program in drawn(of):
        keys, weights = prepare(program).keys, net(program)
        block = [name for name in filters(program, "shared") if name.startswith("blocks.0")]
        assert len({keys[name] for name in block}) == 1
        whole = net.bank.tensors[keys[block[0]].replace(".", "|")]
        for name in block:
            shape = tuple(weights[name].shape)
            shapes.add(shape)
            torch.testing.assert_close(unscaled(weights[name]), loop_slice(whole, shape))
    assert {shape[2] for shape in shapes} == {1, 3, 5}
    assert {shape[0] for shape in shapes} == {4, 8}


def test_shared_filters_share_what_they_learn(of: smashdsl.Space, net: Supernet) -> None:
    program = next(p for p in drawn(of) if len(p.ir.blocks[0].layers) > 2)
    first, second, *_ = filters(program, "shared")
    weights = net(program)
    net.zero_grad()
    weights[first].sum().backward()
    touched = [name for name, p in net.named_parameters() if p.grad is not None]
    assert len(touched) == 1
    gradient = net.get_parameter(touched[0]).grad
    assert gradient is not None
    assert (gradient != 0).sum() == weights[first].numel()
    with torch.no_grad():
        net.get_parameter(touched[0]).mul_(2)
    assert torch.allclose(net(program)[second], 2 * weights[second])
    with torch.no_grad():
        net.get_parameter(touched[0]).div_(2)


def test_own_filters_belong_to_one_layer(of: smashdsl.Space, net: Supernet) -> None:
    for program in drawn(of):
        keys = prepare(program).keys
        names = filters(program, "own")
        assert len({keys[name] for name in names}) == len(names)
        weights = net(program)
        for name in names:
            whole = net.bank.tensors[keys[name].replace(".", "|")]
            expected = loop_slice(whole, tuple(weights[name].shape))
            torch.testing.assert_close(unscaled(weights[name]), expected)


def test_generated_filters_depend_on_the_encoding(of: smashdsl.Space, net: Supernet) -> None:
    kernels = set()
    for program in drawn(of):
        weights = net(program)
        for name in filters(program, "generated"):
            net.zero_grad()
            weights[name].square().sum().backward(retain_graph=True)
            moved = {n.split(".")[0] for n, p in net.named_parameters() if p.grad is not None}
            assert moved == {"hypernet"}
            kernels.add(tuple(weights[name].shape[2:]))
    assert {kernel[0] for kernel in kernels} == {1, 3, 5}


def test_fixed_filters_never_learn(of: smashdsl.Space, net: Supernet, rank: int) -> None:
    for program in drawn(of, 5):
        keys, weights = prepare(program).keys, net(program)
        for name in filters(program, "fixed"):
            assert name not in keys
            assert torch.equal(weights[name], gabor_bank(tuple(weights[name].shape)).float())
            assert not weights[name].requires_grad
    assert INPUTS[rank].count("x") == rank
