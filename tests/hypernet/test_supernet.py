"""Where each weight of a network comes from, and that networks share what they should."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.supernet import Supernet
from tests.hypernet.spaces import MIXED, TINY, space

SMALL = HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1))
IMAGES = torch.randn(12, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def supernet(of: smashdsl.Space, seed: int = 0) -> Supernet:
    return Supernet(of.layout, SMALL, seed)


def slots(weights: dict[str, Tensor], ending: str) -> list[Tensor]:
    return [tensor for name, tensor in weights.items() if name.endswith(ending)]


def same(one: Tensor, two: Tensor) -> bool:
    """Whether two slices start at the same place of the same tensor's values."""
    size = [slice(min(a, b)) for a, b in zip(one.shape[:2], two.shape[:2], strict=True)]
    return torch.equal(torch.sign(one[tuple(size)]), torch.sign(two[tuple(size)]))


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_every_slot_of_every_network(text: str) -> None:
    of = space(text)
    net = supernet(of)
    for seed in range(40):
        program = of.sample(seed)
        shapes = {name: slot.shape for name, slot in program.plan.slots.items()}
        assert {name: tuple(w.shape) for name, w in net(program).items()} == shapes


@pytest.mark.parametrize("name", ["nas_bench_201", "nas_bench_macro"])
def test_spaces_of_the_corpus(corpus: Path, name: str) -> None:
    of = smashdsl.load(corpus / "valid" / f"{name}.smash")
    assert isinstance(of, smashdsl.Space)
    net = supernet(of)
    for seed in range(5):
        program = of.sample(seed)
        shapes = {name: slot.shape for name, slot in program.plan.slots.items()}
        assert {name: tuple(w.shape) for name, w in net(program).items()} == shapes


def test_generated_filters_come_from_the_encoding() -> None:
    of = space(TINY)
    net = supernet(of)
    program = next(p for p in map(of.sample, range(50)) if len(p.encode().generated) > 3)
    names = [place.slot for place in program.encode().generated]
    weights = net(program)
    assert all("conv1.weight" in name for name in names)
    for name in names:
        net.zero_grad()
        weights[name].square().sum().backward(retain_graph=True)
        moved = {n.split(".")[0] for n, p in net.named_parameters() if p.grad is not None}
        assert moved == {"hypernet"}
    with torch.no_grad():
        net.hypernet.heads["1x1"].weight.mul_(2)
    for name in names:
        assert torch.allclose(net(program)[name], 2 * weights[name])


def test_encodings_that_differ_give_other_filters() -> None:
    of = space(TINY)
    net = supernet(of)
    one, two = (p for p in (of.sample(0), of.sample(1)))
    name = "blocks.0.layers.0.conv1.weight"
    shape = [min(a, b) for a, b in zip(net(one)[name].shape, net(two)[name].shape, strict=True)]
    first, second = (net(p)[name][: shape[0], : shape[1]] for p in (one, two))
    assert not torch.allclose(first, second)


def test_shared_within_a_block_and_own_outside() -> None:
    of = space(TINY)
    net = supernet(of)
    long = [p for p in map(of.sample, range(60)) if min(len(b.layers) for b in p.ir.blocks) > 1]
    weights = net(long[0])
    block, other = (slots({n: w for n, w in weights.items() if n.startswith(f"blocks.{i}")},
                          "conv2.weight") for i in (0, 1))  # fmt: skip
    centre = [w[..., w.shape[2] // 2, w.shape[3] // 2] for w in (*block[:2], other[0])]
    assert same(centre[0], centre[1])
    assert not same(centre[0], centre[2])
    stem = net(long[1])["stem.conv1.weight"]
    assert torch.equal(stem, weights["stem.conv1.weight"])


def test_each_source_of_weights() -> None:
    of = space(MIXED)
    net = supernet(of)
    weights = net(of.sample(0))
    generated = {place.slot for place in of.sample(0).encode().generated}
    assert generated == {name for name in weights if name.endswith("layers.0.conv1.weight")} | {
        name for name in weights if name.startswith("blocks") and name.endswith("conv1.weight")
    }
    own = slots(weights, "conv2.weight")[-2:]
    assert not same(own[0][:, :, 1, 1], own[1][:, :, 1, 1])
    shared = slots(weights, "depthwise1.weight")
    assert same(*(w[:, :, w.shape[2] // 2, w.shape[3] // 2] for w in shared[:2]))
    for fixed in slots(weights, "conv3.weight"):
        assert torch.equal(fixed, gabor_bank(tuple(fixed.shape)).float())
    assert not same(weights["stem.conv1.weight"][:, :1], weights["stem.conv2.weight"][:, :1])
    scores = {name for name in weights if name.endswith("read.scores")}
    assert len(scores) == len(of.sample(0).ir.blocks[0].layers)


def test_order_of_networks_makes_no_difference() -> None:
    of = space(MIXED)
    programs = [of.sample(seed) for seed in range(6)]
    one, two = supernet(of), supernet(of)
    first = [one(program) for program in programs]
    second = [two(program) for program in reversed(programs)][::-1]
    for a, b in zip(first, second, strict=True):
        assert a.keys() == b.keys()
        assert all(torch.equal(a[name], b[name]) for name in a)
    assert not torch.equal(
        supernet(of, 1)(programs[0])["stem.conv1.weight"], first[0]["stem.conv1.weight"]
    )


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_network_is_the_function_that_was_trained(text: str) -> None:
    of = space(text)
    net = supernet(of)
    program = of.sample(3)
    module = net.network(program, IMAGES)
    assert not any(part.training for part in module.modules())
    with torch.no_grad():
        weights = net(program)
    assert all(torch.equal(p, weights[name]) for name, p in module.named_parameters())
    again = net.network(program, IMAGES)
    assert torch.equal(module(IMAGES), again(IMAGES))
    with torch.no_grad():
        values = {**weights, **dict(module.named_buffers())}
        trained = functional_call(build_module(program.plan, init=False).eval(), values, (IMAGES,))
    assert torch.equal(module(IMAGES), trained)


def test_gradients_reach_hypernet_and_bank() -> None:
    of = space(TINY)
    net = supernet(of)
    program = of.sample(2)
    module = build_module(program.plan, init=False)
    functional_call(module, net(program), (IMAGES,)).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
