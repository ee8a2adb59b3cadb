"""What `--data` says: names, paths and options."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from smashdsl.training.data import load_data
from smashdsl.training.sources.known import KNOWN, by
from smashdsl.training.sources.spec import absolute, parse_spec
from tests.training.sources.pictures import finding


def save(path: Path, shape: tuple[int, ...], classes: int) -> Path:
    labels = np.arange(10 * classes) % classes
    np.savez(path, images=np.zeros((len(labels), *shape), np.uint8), labels=labels)
    return path


@pytest.mark.parametrize(
    ("text", "place", "options"),
    [
        ("digits", "digits", {}),
        ("a/b?label=x&image=y", "a/b", {"label": "x", "image": "y"}),
        ("what?/d?label=a%20b", "what?/d", {"label": "a b"}),
    ],
)
def test_parts(text: str, place: str, options: dict[str, str]) -> None:
    spec = parse_spec(text)
    assert (spec.place, spec.options) == (place, options)


def test_a_path_may_have_a_question_mark(tmp_path: Path) -> None:
    path = save(tmp_path / "what?.npz", (1, 4, 4), 2)
    assert load_data(str(path)).shape == (1, 4, 4)
    assert load_data(f"{path}?channels=first").shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("label", "no options of data"),
        ("label=", "empty or given twice"),
        ("as=mnist&as=mnist", "empty or given twice"),
        ("colour=x", "has no option `colour`; it has channels, as"),
        ("channels=middle", "one of auto, none, first, last"),
        ("as=mnists", "names no known data set"),
        ("validation=1", "`validation=1` is no share of the training examples"),
        ("validation=nan", "no share"),
        ("validation=a", "no share"),
    ],
)
def test_bad_options(tmp_path: Path, query: str, part: str) -> None:
    path = save(tmp_path / "x.npz", (1, 28, 28), 10)
    found = finding(f"{path}?{query}")
    assert found.code == "E951"
    assert part in found.message


def test_options_of_other_places(tmp_path: Path) -> None:
    (tmp_path / "train/a").mkdir(parents=True)
    for spec in ("digits?as=mnist", "cifar10?as=cifar10", f"{tmp_path}?label=x"):
        assert finding(spec).code == "E951", spec


def test_nothing_there() -> None:
    found = finding("cifar-10")
    assert found.code == "E930"
    assert found.helps[0] == "did you mean `cifar10`?"
    assert finding("digit?label=x").code == "E930"
    assert len(finding("no/such/folder").helps) == 1


@pytest.mark.parametrize("name", ["", "a" * 5000, "a\0b", "a" * 300 + "?label=x", "/dev/null/x"])
def test_names_that_cannot_be_files(name: str) -> None:
    assert finding(name).code == "E930"


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert finding(tmp_path / "loop").code == "E930"
    assert absolute(str(tmp_path / "loop")) == str(tmp_path / "loop")


def test_copies_of_known_sets(tmp_path: Path) -> None:
    path = save(tmp_path / "x.npz", (1, 28, 28), 10)
    data = load_data(f"{path}?as=mnist")
    assert (data.name, data.mean, data.std) == ("mnist", (255 * 0.1307,), (255 * 0.3081,))
    for shape, classes, part in (
        ((1, 27, 28), 10, "images of 1x27x28"),
        ((1, 28, 28), 9, "9 classes"),
    ):
        save(path, shape, classes)
        found = finding(f"{path}?as=mnist")
        assert found.code == "E955"
        assert part in found.message
        assert "mnist has 10 classes and images of 1x28x28" in found.message
    save(path, (1, 32, 32, 32), 10)
    data = load_data(f"{path}?as=modelnet10")
    assert (data.mean, data.std) == ((0,), (1,))


def test_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("digits", "cifar10", "cifar10?revision=x", "hub:a/b?label=x"):
        assert absolute(name) == name
    assert absolute("./cifar10") == str(tmp_path / "cifar10")
    assert absolute("d/x.npz?channels=last") == f"{tmp_path / 'd/x.npz'}?channels=last"


def test_the_documentation_lists_the_known_sets() -> None:
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text()
    table = page.partition("| name | on the hub |")[2].partition("\n\n")[0]
    rows = [
        f"| `{known.name}` | {f'`{known.repository}`' if known.repository else '(none)'} | "
        f"{by(known.shape)} | {known.classes} |"
        for known in KNOWN.values()
    ]
    assert table.splitlines()[2:] == rows


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_is_consistent(name: str) -> None:
    known = KNOWN[name]
    assert known.name == name
    assert known.classes >= 10
    assert (known.mean is None) == (known.std is None)
    if known.mean and known.std:
        assert len(known.mean) == len(known.std) == known.shape[0]
        assert all(0 < value < 1 for value in (*known.mean, *known.std))


def test_the_share_that_is_held_out_can_be_said() -> None:
    few, usual = load_data("digits?validation=0.1"), load_data("digits", validation=0.3)
    assert len(few.test) == len(usual.test)
    there = len(few.train) + len(few.validation)
    assert there == len(usual.train) + len(usual.validation)
    assert len(few.validation) == pytest.approx(0.1 * there, abs=10)
    said = load_data("digits?validation=0.1", validation=0.3)
    assert torch.equal(said.validation.labels, few.validation.labels)


def test_examples_for_validation_are_not_held_out_twice(tmp_path: Path) -> None:
    images, labels = np.zeros((20, 4, 4), np.uint8), np.arange(20) % 2
    path = tmp_path / "own.npz"
    np.savez(path, train_images=images, train_labels=labels, val_images=images, val_labels=labels)
    assert len(load_data(str(path)).validation) == 20
    found = finding(f"{path}?validation=0.1")
    assert found.code == "E951"
    assert "has validation examples of its own" in found.message
