"""Real data sets, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from smashdsl.training.data import load_data
from tests.training.sources.pictures import finding

pytest.importorskip("pyarrow")


def place(shared_data: Path, folder: str) -> Path:
    path = shared_data / "data" / folder
    if not path.is_dir():
        pytest.skip(f"needs {path}")
    return path


@pytest.mark.parametrize(
    ("folder", "shape", "names", "test"),
    [
        ("cifar10", (3, 32, 32), {0: "airplane", 9: "truck"}, 400),
        ("fashion_mnist", (1, 28, 28), {1: "Trouser", 9: "Ankle boot"}, 400),
        ("tiny-imagenet-32", (3, 32, 32), {0: "goldfish, Carassius auratus", 199: None}, 400),
        ("modelnet-chair-monitor-voxels32", (1, 32, 32, 32), {0: "chair", 1: "monitor"}, 258),
    ],
)
def test_real_sets(shared_data: Path, folder: str, shape: tuple[int, ...],
                   names: dict[int, str | None], test: int) -> None:  # fmt: skip
    data = load_data(str(place(shared_data, folder)), limit=400)
    assert (data.name, data.shape, data.classes) == (folder, shape, max(names) + 1)
    for label, name in names.items():
        assert name is None or data.class_names[label] == name
    assert len(data.train) + len(data.validation) == 400
    assert len(data.validation.labels.unique()) == data.classes
    assert len(data.test) == data.facts()["test"] == test
    assert data.test.images.shape == (test, *shape)
    assert data.train.images.mean().abs() < 1e-3
    assert data.train.images.std() == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("name", ["cifar10", "fashion_mnist"])
def test_published_statistics(shared_data: Path, name: str) -> None:
    """What is known of a set is near to what its pixels say."""
    data = load_data(f"{place(shared_data, name)}?as={name}", limit=4000)
    mean = data.train.images.transpose(0, 1).flatten(1).mean(1)
    std = data.train.images.transpose(0, 1).flatten(1).std(1)
    assert mean.abs().max() < 0.05
    assert (std - 1).abs().max() < 0.05


def test_a_copy_of_something_else(shared_data: Path) -> None:
    path = place(shared_data, "tiny-imagenet-32")
    assert finding(f"{path}?as=cifar10", limit=400).code == "E955"
    assert "3x32x32" in finding(f"{path}?as=tiny_imagenet", limit=400).message
