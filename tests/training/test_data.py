"""Digits, splits and normalisation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.plan import Plan
from smashdsl.training.data import Dataset, load_data, moments, require_match
from smashdsl.training.splits import cut, sample


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


def test_digits(digits: Dataset) -> None:
    assert digits.shape == (1, 8, 8)
    assert digits.classes == 10
    sizes = [len(digits.train), len(digits.validation), len(digits.test)]
    assert sum(sizes) == 1797
    assert sizes[2] == pytest.approx(1797 / 5, abs=5)
    assert digits.train.images.dtype == torch.float32
    assert digits.train.labels.dtype == torch.int64
    assert digits.train.images.mean().abs() < 1e-6
    assert digits.train.images.std(correction=0) == pytest.approx(1, abs=1e-6)


def test_splits_share_no_image_and_hold_all_pixels(digits: Dataset) -> None:
    from sklearn.datasets import load_digits

    parts = (digits.train, digits.validation, digits.test)
    images = torch.cat([part.images for part in parts])
    pixels = (images * digits.std[0] + digits.mean[0]).round().flatten(1)
    labels = torch.cat([part.labels for part in parts])
    ours = sorted(map(tuple, torch.cat([pixels, labels[:, None]], 1).int().tolist()))
    bunch = load_digits()
    theirs = np.concatenate([bunch.data, bunch.target[:, None]], axis=1).astype(int)
    assert ours == sorted(map(tuple, theirs.tolist()))


def test_splits_are_stratified(digits: Dataset) -> None:
    whole = torch.cat([digits.train.labels, digits.validation.labels, digits.test.labels])
    shares = whole.bincount() / len(whole)
    for part in (digits.train, digits.validation, digits.test):
        assert (part.labels.bincount() / len(part) - shares).abs().max() < 0.01


def test_seed_decides_the_split(digits: Dataset) -> None:
    again, other = load_data("digits"), load_data("digits", seed=1)
    assert torch.equal(again.train.images, digits.train.images)
    assert not torch.equal(other.train.labels, digits.train.labels)
    assert int(digits.train.labels[:40].sum()) == 168


def test_limit_and_first() -> None:
    data = load_data("digits", limit=100)
    assert len(data.train) + len(data.validation) + len(data.test) == 100
    part = data.train.first(10)
    assert len(part) == 10
    assert torch.equal(part.images[0], data.train.images[0])
    assert data.train.first(10**6) is data.train


@pytest.mark.parametrize("options", [{"validation": 0.0}, {"validation": 1.0}, {"limit": 0}])
def test_wrong_use(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        load_data("digits", **options)


def test_unknown_name() -> None:
    with pytest.raises(SmashError) as error:
        load_data("digit")
    assert error.value.diagnostics[0].code == "E930"


def plan(text: str) -> Plan:
    return smashdsl.loads("program p {" + text + "}").plan


def test_match_with_a_network(digits: Dataset) -> None:
    head = "head { global_avg_pool -> linear(%s) }"
    require_match(digits, plan("input 1x8x8 classes 10 " + head % "classes"))
    require_match(digits, plan("input 1x8x8 " + head % 10))
    with pytest.raises(SmashError) as error:
        require_match(digits, plan("input 3x32x32 classes 100 " + head % "classes"))
    (found,) = error.value.diagnostics
    assert found.code == "E937"
    for part in ("takes 3x32x32", "are 1x8x8", "has 100 classes", "have 10"):
        assert part in found.message
    assert found.helps == ("write `input 1x8x8`", "write `classes 10`")


@pytest.mark.parametrize("stages", ["global_avg_pool -> linear(9)", "conv(10, 3)"])
def test_network_that_does_not_end_in_classes(digits: Dataset, stages: str) -> None:
    with pytest.raises(SmashError) as error:
        require_match(digits, plan("input 1x8x8 head {" + stages + "}"))
    (found,) = error.value.diagnostics
    assert found.code == "E937"
    assert "ends in" in found.message
    assert "linear(classes)" in found.helps[0]


def test_moments_agree_with_numpy() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2500, 2, 3, 4)).astype(np.uint8)
    pixels[:, 1] = 7
    mean, std = moments(pixels)
    assert mean == pytest.approx((pixels[:, 0].mean(), 7))
    assert std == pytest.approx((pixels[:, 0].std(), 1))


def test_cut_by_class() -> None:
    labels = np.array([0] * 10 + [1] * 2 + [2] * 50)
    rows = np.arange(100, 162)
    kept, held = cut(rows, labels, 0.2, 0, "test", "abc")
    assert sorted([*kept, *held]) == rows.tolist()
    assert np.bincount(labels[held - 100]).tolist() == [2, 1, 10]
    with pytest.raises(SmashError) as error:
        cut(rows[:11], labels[:11], 0.2, 0, "test", "ab")
    assert error.value.diagnostics[0].code == "E936"
    assert "'b' has 1 of the 11" in error.value.diagnostics[0].message


def test_sample_is_even_over_classes() -> None:
    labels = np.array([0] * 100 + [1] * 3 + [3] * 100)
    rows = sample(labels, 23, seed=0)
    assert np.bincount(labels[rows]).tolist() == [10, 3, 0, 10]
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert sample(labels, 999, seed=0).tolist() == list(range(203))
