"""The gradient of the HyperNet's loss as a guide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from proposing.spaces import FIXED, NESTED, TowardsSize, run, size, space, trial
from torch.nn import functional

from smashdsl import SmashError, Space
from smashdsl.backends.module import Function
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.bodies import DenseNetSettings, GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShot, OneShotSettings
from smashdsl.hypernet.slope import slope
from smashdsl.hypernet.supernet import Supernet
from smashdsl.proposing.gradient import EncodingGuide, Gradient
from smashdsl.proposing.perturb import Perturb
from smashdsl.proposing.registry import make_proposer
from smashdsl.training.data import Dataset, from_arrays
from tests.hypernet.spaces import TINY

TWO = TINY.replace("(units, kernel) }", "(units, kernel, weights=generated) }")
SETTINGS = {
    "graph": HyperNetSettings("graph", GraphSettings(width=16, heads=2, layers=1)),
    "densenet": HyperNetSettings("densenet", densenet=DenseNetSettings(stem=4, growth=4)),
}


@pytest.fixture(scope="module")
def tiny() -> Space:
    return space(TINY)


@pytest.fixture(scope="module")
def data() -> Dataset:
    random = np.random.default_rng(0)
    return from_arrays(random.integers(0, 256, (120, 8, 8), np.uint8), np.arange(120) % 10)


def loss(supernet: Supernet, architecture: Architecture, told: Any, data: Dataset) -> float:
    """The loss of a network whose HyperNet is told `told`."""
    with torch.no_grad():
        (entries,) = supernet.generate([replace(architecture, entries=told)])
        weights = supernet.weights(architecture, entries)
        batch = data.train.first(40)
        logits = Function(architecture.plan)(batch.images.double(), weights, training=False)
        return float(functional.cross_entropy(logits, batch.labels))


@pytest.mark.parametrize("body", SETTINGS)
def test_the_slope_is_that_of_the_loss(body: str, tiny: Space, data: Dataset):
    """Against differences of the loss, in float64, along random directions."""
    supernet = Supernet(tiny.layout, SETTINGS[body], 0).double().requires_grad_(False)
    architecture = prepare(tiny.sample(3))
    batch = data.train.first(40)
    found = slope(supernet, architecture, batch.images.double(), batch.labels)
    random = np.random.default_rng(1)
    told, step = architecture.entries.astype(np.float64), 1e-7
    for _ in range(4):
        direction = random.standard_normal(told.shape)
        ahead, behind = (
            loss(supernet, architecture, told + sign * step * direction, data) for sign in (1, -1)
        )
        assert (ahead - behind) / (2 * step) == pytest.approx(
            float((found * direction).sum()), rel=1e-3
        )


def test_a_network_without_generated_filters_has_no_slope(data: Dataset):
    drawn = space("space s { input 1x8x8 classes 10 stem { conv(one_of(2, 4), 3) } "
                  "head { global_avg_pool -> linear(classes) } }")  # fmt: skip
    supernet = Supernet(drawn.layout, SETTINGS["graph"], 0)
    batch = data.train.first(10)
    found = slope(supernet, prepare(drawn.sample(0)), batch.images, batch.labels)
    assert found.shape == prepare(drawn.sample(0)).entries.shape
    assert not found.any()


def test_what_is_random_in_training_is_left_out(data: Dataset):
    drawn = space(TINY.replace("linear(classes)", "dropout(0.5) -> linear(classes)"))
    supernet, architecture = Supernet(drawn.layout, SETTINGS["graph"], 0), prepare(drawn.sample(0))
    batch = data.train.first(10)
    one, two = (slope(supernet, architecture, batch.images, batch.labels) for _ in range(2))
    assert one.any()
    assert (one == two).all()


def guide(of: Space, data: Dataset, control: str = "none") -> EncodingGuide:
    supernet = Supernet(of.layout, SETTINGS["graph"], 0, control)
    return EncodingGuide(OneShot(supernet, data, OneShotSettings()), images=40)


@pytest.mark.parametrize("text", [TINY, TWO])
def test_a_gain_is_the_change_of_the_encoding_along_the_slope(text: str, data: Dataset):
    drawn = space(text)
    here, *others = (drawn.sample(seed) for seed in range(8))
    made = guide(drawn, data)
    assert made.gains(here, [here]) == [0.0]
    batch = data.train.first(40)
    found = slope(made._oneshot.supernet, prepare(here), batch.images, batch.labels)
    owners = [stretch.owner for stretch in here.encode().stretches]
    for other, gain in zip(others, made.gains(here, others), strict=True):
        expected, theirs = 0.0, other.encode()
        left = list(zip(theirs.stretches, theirs.entries, strict=True))
        for owner, mine, along in zip(owners, here.encode().entries, found, strict=True):
            match = next((each for each in left if each[0].owner == owner), None)
            if match is not None:
                left.remove(match)
                expected -= float(along.astype(float) @ (match[1].astype(float) - mine))
        assert gain == pytest.approx(expected, rel=1e-6)
        assert gain != 0


def test_the_slope_is_that_of_training_images(tiny: Space, data: Dataset):
    here, other = tiny.sample(0), tiny.sample(1)
    alike = replace(data, validation=data.train.first(10), test=data.train.first(10))
    unlike = replace(data, train=data.validation)
    found = [guide(tiny, each).gains(here, [other]) for each in (data, alike, unlike)]
    assert found[0] == found[1] != found[2]


def test_the_mutation_that_gains_most_is_proposed():
    """Of as many as the pool holds; and the one that gains least, as a control."""
    drawn = space(FIXED)
    history = [trial(drawn.sample(seed), 1.0) for seed in range(3)]

    def reached(**options: Any) -> float:
        made = Gradient(drawn, 0, TowardsSize(), parents=1, **options)
        programs = [made.propose(history, number) for number in range(10)]
        return sum(size(program) for program in programs if program is not None) / 10

    chance = [Perturb(drawn, 0, parents=1).propose(history, number) for number in range(10)]
    mean = sum(size(program) for program in chance if program is not None) / 10
    assert reached(pool=1) == pytest.approx(mean, abs=0.2)
    assert reached(pool=24) > reached(pool=4) > mean + 0.1
    assert reached(pool=24, against=True) < mean - 0.1


def test_a_guide_that_knows_finds_more_than_chance():
    drawn = space(NESTED)
    guided = run(make_proposer("gradient", drawn, 0, TowardsSize()), 12, size)
    plain = run(make_proposer("perturb", drawn, 0), 12, size)
    assert max(each.score for each in guided) > max(each.score for each in plain)


def test_what_cannot_be_followed_is_refused(tiny: Space, data: Dataset):
    with pytest.raises(SmashError) as caught:
        make_proposer("gradient", tiny)
    assert caught.value.diagnostics[0].code == "E989"
    for control in ("shared", "unconditional"):
        with pytest.raises(ValueError, match="there is no encoding to follow"):
            guide(tiny, data, control)
    with pytest.raises(SmashError, match="pool must be at least 1"):
        make_proposer("gradient", tiny, 0, TowardsSize(), pool=0)
    with pytest.raises(ValueError, match="images must be at least 1"):
        EncodingGuide(guide(tiny, data)._oneshot, images=0)
