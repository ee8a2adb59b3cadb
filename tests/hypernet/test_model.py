"""The HyperNet's form: sizes, initial values, what an output depends on."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.bodies import DenseNetSettings, GraphSettings
from smashdsl.hypernet.controls import FIELDS, corrupted, unconditional
from smashdsl.hypernet.model import HyperNet, HyperNetSettings, filters_of
from tests.hypernet.spaces import MIXED, TINY, space

SMALL = {
    "graph": HyperNetSettings("graph", graph=GraphSettings(width=16, heads=2, layers=2)),
    "densenet": HyperNetSettings("densenet", densenet=DenseNetSettings(4, 3, (2, 2))),
}

SOMETIMES = """
space sometimes {
  input 1x8x8
  classes 10
  stem { conv(8, 3, stride=2) }
  block {
    bank x of 8
    read x -> conv(8, one_of(1, 3)) -> norm -> write x
  }
  head { global_avg_pool -> linear(classes) }
}
"""


# Two generated filters a layer, which only their position tells apart.
TWICE = TINY.replace("conv(units, 1) -> norm", "conv(units, 1) -> conv(units, 1) -> norm")


@pytest.fixture(params=SMALL)
def settings(request: pytest.FixtureRequest) -> HyperNetSettings:
    return SMALL[request.param]


def net_of(of: smashdsl.Space, settings: HyperNetSettings, seed: int = 0) -> HyperNet:
    """With bodies whose every part has an effect."""
    net = HyperNet(of.layout, settings, seed)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "bias" in name and parameter.ndim == 2:
                parameter.normal_(generator=torch.Generator().manual_seed(1))
    return net


def architectures(of: smashdsl.Space, count: int = 6) -> list[Architecture]:
    return [prepare(of.sample(seed)) for seed in range(count)]


def made_by(net: HyperNet, some: list[Architecture]) -> list[dict[str, Tensor]]:
    return [filters_of(each, entries) for each, entries in zip(some, net(some), strict=True)]


def close(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(
        torch.allclose(one[name], two[name], atol=1e-5) for name in one
    )


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_every_filter_at_its_true_size(text: str, settings: HyperNetSettings) -> None:
    """The released code cuts generated filters off at a fixed width."""
    of = space(text)
    made = made_by(net_of(of, settings), architectures(of))
    for architecture, filters in zip(architectures(of), made, strict=True):
        slots = architecture.plan.slots
        assert filters.keys() == {each.place.slot for each in architecture.filters}
        assert {name: tuple(w.shape) for name, w in filters.items()} == {
            name: slots[name].shape for name in filters
        }
        for weight in filters.values():
            assert (weight != 0).all()


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_together_as_alone(text: str, settings: HyperNetSettings) -> None:
    of = space(text)
    net = net_of(of, settings)
    some = architectures(of)
    for architecture, together in zip(some, made_by(net, some), strict=True):
        (alone,) = made_by(net, [architecture])
        assert close(alone, together)


def test_values_come_from_the_seed(settings: HyperNetSettings) -> None:
    of = space(TINY)
    some = architectures(of, 2)
    torch.manual_seed(5)
    one = HyperNet(of.layout, settings, seed=0)
    torch.manual_seed(6)
    two, other = (HyperNet(of.layout, settings, seed) for seed in (0, 1))
    assert torch.equal(one(some)[0], two(some)[0])
    assert not torch.equal(one(some)[0], other(some)[0])


@pytest.mark.parametrize("gain", [0.1, 1.0])
def test_first_filters_have_the_gain_at_every_width(gain: float) -> None:
    of = space(TINY)
    for settings in (HyperNetSettings("graph", gain=gain), HyperNetSettings("densenet", gain=gain)):
        for filters in made_by(HyperNet(of.layout, settings, 0), architectures(of)):
            for weight in filters.values():
                he = (2 / weight.shape[1]) ** 0.5
                assert weight.std().item() == pytest.approx(gain * he, rel=0.6)


def test_every_weight_is_trained(settings: HyperNetSettings) -> None:
    of = space(MIXED)
    net = net_of(of, settings)
    torch.cat(net(architectures(of))).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_a_constant_encoding_tells_nothing() -> None:
    """Filters of one shape are one filter, whatever the network around them. (A picture would still
    tell by its edges.)"""
    of = space(TINY)
    net = net_of(of, SMALL["graph"])
    blind = [unconditional(each) for each in architectures(of, 12)]
    kinds: dict[tuple[int, ...], list[Tensor]] = {}
    for made in made_by(net, blind):
        for weight in made.values():
            kinds.setdefault(tuple(weight.shape), []).append(weight)
    repeated = [weights for weights in kinds.values() if len(weights) > 1]
    assert repeated
    assert all(torch.allclose(ws[0], w, atol=1e-5) for ws in repeated for w in ws)


@pytest.mark.parametrize("field", FIELDS)
def test_a_corrupt_field_changes_the_filters(field: str) -> None:
    of = space(TWICE if field == "position" else TINY)
    net = net_of(of, SMALL["graph"])
    changed = 0
    for architecture in architectures(of, 12):
        wrong = corrupted(architecture, of.layout, field, seed=0)
        assert wrong.plan is architecture.plan
        again = corrupted(architecture, of.layout, field, seed=0)
        assert (wrong.entries == again.entries).all()
        changed += not torch.allclose(net([architecture])[0], net([wrong])[0])
    assert changed > 0


def test_corruption_keeps_how_often_each_value_occurs() -> None:
    of = space(TINY)
    for architecture in architectures(of):
        wrong = corrupted(architecture, of.layout, "draws", seed=1)
        assert (wrong.entries.sum(0) == architecture.entries.sum(0)).all()


def test_wrong_settings() -> None:
    of = space(TINY)
    with pytest.raises(ValueError, match="one of graph, densenet"):
        HyperNet(of.layout, HyperNetSettings("resnet"), 0)
    with pytest.raises(ValueError, match="3 heads do not divide"):
        HyperNet(of.layout, HyperNetSettings(graph=GraphSettings(heads=3, width=16)), 0)
    with pytest.raises(ValueError, match="the field is one of"):
        corrupted(architectures(of, 1)[0], of.layout, "nothing", 0)


def test_the_graph_is_seen() -> None:
    """Filters change with the relations of layers alone."""
    of = space(TINY)
    net = net_of(of, SMALL["graph"])
    architecture = max(architectures(of), key=lambda each: len(each.filters))
    other = dataclasses.replace(architecture, relations=architecture.relations.T.copy())
    assert not torch.allclose(net([architecture])[0], net([other])[0])


def test_networks_without_generated_filters_beside_others(settings: HyperNetSettings) -> None:
    """Only convolutions of size 1 are generated, and some draws have none."""
    of = space(SOMETIMES)
    some = architectures(of, 8)
    assert {bool(each.filters) for each in some} == {True, False}
    net = net_of(of, settings)
    for each, made in zip(some, made_by(net, some), strict=True):
        assert close(made, made_by(net, [each])[0])
