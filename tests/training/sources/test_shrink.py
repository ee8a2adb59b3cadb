"""Images averaged down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from smashdsl.training.data import load_data
from smashdsl.training.sources.shrink import averaged
from tests.training.sources.pictures import finding


def save(path: Path, images: np.ndarray, classes: int = 2) -> Path:
    np.savez(path, images=images, labels=np.arange(len(images)) % classes)
    return path


def test_bytes_are_rounded() -> None:
    images = np.array([[[[0, 1, 255, 255], [0, 1, 255, 254]]]], np.uint8)
    found = averaged(images, (2, 2))
    assert found.dtype == np.uint8
    assert found.tolist() == [[[[1, 255]]]]  # 0.5 and 254.75
    assert averaged(images, (2, 1)).tolist() == [[[[0, 1, 255, 255]]]]  # 254.5 goes up


def test_numbers_are_averaged() -> None:
    images = np.random.default_rng(0).normal(size=(1203, 2, 4, 6, 2)).astype(np.float32)
    found = averaged(images, (2, 3, 1))
    assert (found.dtype, found.shape) == (np.float32, (1203, 2, 2, 2, 2))
    assert np.allclose(found[7, 1, 1, 0, 1], images[7, 1, 2:4, :3, 1].mean(), atol=1e-6)
    assert np.allclose(found[1202, 0, 0, 1, 0], images[1202, 0, :2, 3:, 0].mean(), atol=1e-6)
    assert averaged(images, (1, 1, 1)) is images


def test_all_splits_shrink(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 8, 4), np.uint8)
    path = save(tmp_path / "x.npz", images)
    whole, small = load_data(str(path)), load_data(f"{path}?size=4x2")
    assert small.shape == (3, 4, 2)
    for role in ("train", "validation", "test"):
        full, part = getattr(whole, role), getattr(small, role)
        assert part.labels.tolist() == full.labels.tolist()
        assert (part.pixels.numpy() == averaged(full.pixels.numpy(), (2, 2))).all()
    assert abs(float(small.train.images.std()) - 1) < 0.01  # normalised by its own pixels
    assert load_data(f"{path}?size=2").shape == (3, 2, 2)
    assert load_data("digits?size=4").shape == (1, 4, 4)


def test_a_known_set_is_checked_before_it_shrinks(tmp_path: Path) -> None:
    images = np.zeros((40, 3, 32, 32), np.uint8)
    images[::2] = 99
    path = save(tmp_path / "x.npz", images, 10)
    small = load_data(f"{path}?as=cifar10&size=16")
    assert (small.name, small.shape) == ("cifar10", (3, 16, 16))
    assert small.mean[0] != load_data(f"{path}?as=cifar10").mean[0]
    wrong = save(tmp_path / "y.npz", np.zeros((40, 3, 64, 64), np.uint8), 10)
    assert finding(f"{wrong}?as=cifar10&size=16").code == "E955"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("3", "8x4, which does not shrink to `size=3`"),
        ("16", "does not shrink"),
        ("4x2x1", "does not shrink"),
        ("0", "no resolution"),
        ("-4", "no resolution"),
        ("4x", "no resolution"),
        ("four", "no resolution"),
        ("9" * 5000, "no resolution"),
    ],
)
def test_sizes_that_do_not_fit(tmp_path: Path, size: str, words: str) -> None:
    path = save(tmp_path / "x.npz", np.zeros((40, 3, 8, 4), np.uint8))
    found = finding(f"{path}?size={size}")
    assert found.code == "E951"
    assert words in found.message
