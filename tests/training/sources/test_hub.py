"""Sets of the hub. The library is real and reads local folders; only the network is left out."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smashdsl.training.data import load_data
from smashdsl.training.sources import hub, spec
from smashdsl.training.sources.known import KNOWN
from tests.training.sources.pictures import finding, grey, sizes, values

datasets = pytest.importorskip("datasets")

FEATURES = {
    "img": datasets.Image(),
    "fine_label": datasets.ClassLabel(names=["ant", "bee"]),
    "coarse_label": datasets.ClassLabel(names=["insect"]),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library keeps what it has read in a folder of the test, and shows no bars."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    shown = datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    yield
    if shown:
        datasets.enable_progress_bars()


def publish(folder: Path, splits: dict[str, list[bytes]], config: str = "data") -> str:
    """A repository with the layout of the hub; returns its name."""
    (folder / config).mkdir(parents=True)
    for split, images in splits.items():
        columns = {
            "img": [{"bytes": image, "path": None} for image in images],
            "fine_label": [index % 2 for index in range(len(images))],
            "coarse_label": [0] * len(images),
        }
        table = datasets.Dataset.from_dict(columns, features=datasets.Features(FEATURES))
        table.to_parquet(folder / config / f"{split}-00000-of-00001.parquet")
    return str(folder)


def shades(start: int, count: int) -> list[bytes]:
    return [grey(shade) for shade in range(start, start + count)]


def test_a_set_by_its_name(tmp_path: Path) -> None:
    name = publish(tmp_path / "ants", {"train": shades(0, 20), "test": shades(50, 4)})
    data = load_data(f"hub:{name}")
    assert (data.name, data.shape, data.class_names) == (name, (1, 4, 6), ("ant", "bee"))
    assert sizes(data) == [16, 4, 4]
    assert sorted(values(data, "train") + values(data, "validation")) == list(range(20))
    assert values(data, "test") == [50, 51, 52, 53]
    assert (data.train.pixels[:, 0, 0, 0] % 2 == data.train.labels).all()
    assert load_data(f"hub:{name}?label=coarse_label").class_names == ("insect",)
    assert sizes(load_data(f"hub:{name}", limit=10)) == [8, 2, 4]


def test_test_images_are_decoded_when_they_are_used(tmp_path: Path) -> None:
    name = publish(tmp_path / "ants", {"train": shades(0, 20), "test": [b"broken"] * 4})
    data = load_data(f"hub:{name}")
    assert data.facts()["test"] == 4
    broken = {"train": [b"broken"] * 20, "test": shades(0, 4)}
    found = finding(f"hub:{publish(tmp_path / 'bees', broken)}")
    assert found.code == "E933"
    assert "bees` (train)" in found.message


def test_known_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    splits = {"train": shades(0, 20), "validation": shades(50, 4), "test": shades(90, 2)}
    name = publish(tmp_path / "ants", splits)
    known = dataclasses.replace(
        KNOWN["cifar100"], name="ants", repository=name, shape=(1, 4, 6), classes=2,
        mean=(0.5,), std=(0.25,), roles={"train": "train", "validation": "test"},
    )  # fmt: skip
    for module in (hub, spec):
        monkeypatch.setattr(module, "KNOWN", {"ants": known})
    for text in ("ants", f"hub:{name}"):
        data = load_data(text)
        assert (data.name, data.mean, data.std) == ("ants", (127.5,), (63.75,))
        assert values(data, "test") == [50, 51, 52, 53]
    for change, part in (({"classes": 3}, "has 2 classes"), ({"shape": (3, 4, 6)}, "1x4x6")):
        wrong = dataclasses.replace(known, **change)
        for module in (hub, spec):
            monkeypatch.setattr(module, "KNOWN", {"ants": wrong})
        found = finding("ants")
        assert found.code == "E955"
        assert part in found.message


def test_repositories_that_do_not_fit(tmp_path: Path) -> None:
    found = finding(f"hub:{publish(tmp_path / 'a', {'test': shades(0, 4)})}")
    assert found.code == "E931"
    assert "no split `train`; it has test" in found.message
    name = publish(tmp_path / "b", {"train": shades(0, 9)})
    assert finding(f"hub:{name}?label=none").code == "E932"


@pytest.mark.parametrize(
    "error", [ConnectionError("Couldn't reach 'uoft-cs/cifar10' on the Hub"), RuntimeError("")]
)
def test_no_network(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    asked = []

    def refuse(*arguments: object, **options: object) -> None:
        asked.append((arguments, options))
        raise error

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    found = finding("cifar10?config=plain_text&revision=abc")
    assert asked == [(("uoft-cs/cifar10", "plain_text"), {"revision": "abc"})]
    assert found.code == "E950"
    assert (str(error) or "RuntimeError") in found.message
    assert "hf download uoft-cs/cifar10 --repo-type dataset --local-dir DIR" in found.helps[0]
    assert "--data 'DIR?as=cifar10'" in found.helps[0]


def test_no_such_repository(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert finding(f"hub:{tmp_path / 'empty'}").code == "E950"


def test_a_set_that_the_hub_does_not_have() -> None:
    found = finding("modelnet10")
    assert found.code == "E950"
    assert "PATH?as=modelnet10" in found.helps[0]


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    found = finding("cifar10")
    assert found.code == "E938"
    assert found.helps == ("pip install datasets",)
