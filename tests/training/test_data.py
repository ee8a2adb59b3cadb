"""Digits, splits and normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.plan import Plan
from smashdsl.training.data import Dataset, Split, from_arrays, load_data, require_match
from smashdsl.training.moments import moments
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
    for kind in (np.uint8, np.float32):
        scale = moments(pixels.astype(kind))
        assert scale.mean == pytest.approx((pixels[:, 0].mean(), 7))
        assert scale.std == pytest.approx((pixels[:, 0].std(), 1))


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


def arrays(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    images = np.random.default_rng(0).integers(0, 256, (count, 3, 5, 7)).astype(np.uint8)
    return images, np.arange(count) % 4


def test_arrays() -> None:
    images, labels = arrays()
    data = smashdsl.from_arrays(images, labels, class_names="abcd", name="noise")
    assert (data.name, data.shape, data.class_names) == ("noise", (3, 5, 7), tuple("abcd"))
    parts = (data.train, data.validation, data.test)
    assert [len(part) for part in parts] == [24, 8, 8]
    pixels = np.concatenate([part.pixels.numpy() for part in parts])
    assert sorted(pixels.tolist()) == sorted(images.tolist())
    again = from_arrays(torch.from_numpy(images), torch.from_numpy(labels))
    assert torch.equal(again.train.images, data.train.images)
    assert len(from_arrays(images, labels, limit=20).train) == 12


def test_arrays_with_their_own_splits() -> None:
    images, labels = arrays()
    data = from_arrays(images, labels, validation_set=(images[:4], labels[:4]),
                       test_set=(images[:2], [3, 3]))  # fmt: skip
    assert [len(part) for part in (data.train, data.validation, data.test)] == [40, 4, 2]
    assert data.test.labels.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"images": np.full((40, 4, 4), np.inf)}, "E954"),
        ({"labels": [0, 1, 2]}, "E953"),
        ({"class_names": "abc"}, "E935"),
        ({"validation_set": (arrays()[0][:, :, 1:], arrays()[1])}, "E934"),
    ],
)
def test_bad_arrays(change: dict[str, Any], code: str) -> None:
    images, labels = arrays()
    with pytest.raises(SmashError) as error:
        from_arrays(**{"images": images, "labels": labels, **change})
    assert error.value.diagnostics[0].code == code


def test_wrong_use_of_arrays() -> None:
    images, labels = arrays()
    with pytest.raises(ValueError, match="channels must be"):
        from_arrays(images, labels, channels="middle")
    with pytest.raises(ValueError, match="limit must be"):
        from_arrays(images, labels, limit=0)


def test_split_normalises_what_is_taken() -> None:
    data = from_arrays(*arrays())
    split = data.train
    view = (3, 1, 1)
    mean, std = (torch.tensor(values).view(view) for values in (data.mean, data.std))
    expected = (split.pixels.float() - mean) / std
    assert split.pixels.dtype == torch.uint8
    before = split.pixels.clone()
    rows = torch.tensor([3, 0, 3])
    for taken, wanted in ((rows, rows), (slice(2, 5), torch.arange(2, 5))):
        images, labels = split[taken]
        assert torch.equal(images, expected[wanted])
        assert torch.equal(labels, split.labels[wanted])
    assert torch.equal(split.images, expected)
    assert torch.equal(split.first(6).images, expected[::4])
    assert torch.equal(split.pixels, before)
    assert split.images is split.images


def test_floats_are_not_changed_where_they_are() -> None:
    images, labels = arrays()
    data = from_arrays(images / 255, labels)
    before = data.train.pixels.clone()
    _ = data.train[:4], data.train.images
    assert data.train.pixels.dtype == torch.float32
    assert torch.equal(data.train.pixels, before)


def test_split_that_is_read_late() -> None:
    calls = []

    def read() -> torch.Tensor:
        calls.append(1)
        return torch.ones(3, 1, 2, 2)

    split = Split(read, torch.tensor([0, 1, 2]))
    moved = split.to("cpu")
    assert (len(moved), calls) == (3, [])
    assert moved.first(2)[:][0].shape == (2, 1, 2, 2)
    assert moved.shape == split.shape == (1, 2, 2)
    assert moved[torch.tensor([1])][1].tolist() == [1]
    assert calls == [1]
