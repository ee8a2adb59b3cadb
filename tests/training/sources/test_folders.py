"""Folders of image files: what is read, and what each kind of bad folder is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smashdsl.training.data import load_data
from tests.training.sources.pictures import finding, grey, sizes, values


def fill(folder: Path, classes: dict[str, list[int]]) -> None:
    for name, shades in classes.items():
        (folder / name).mkdir(parents=True)
        for shade in shades:
            (folder / name / f"{shade}.png").write_bytes(grey(shade))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "pets"
    fill(path / "train", {"dog": list(range(10)), "cat": list(range(10, 20))})
    return path


def test_train_alone(folder: Path) -> None:
    (folder / "train/.DS_Store").touch()
    (folder / "train/dog/Thumbs.db").touch()
    data = load_data(str(folder))
    assert (data.name, data.shape, data.class_names) == ("pets", (1, 4, 6), ("cat", "dog"))
    assert sizes(data) == [12, 4, 4]
    every = [value for split in ("train", "validation", "test") for value in values(data, split)]
    assert sorted(every) == list(range(20))
    shades = data.train.pixels[:, 0, 0, 0]
    assert ((shades < 10) == (data.train.labels == 1)).all()


def test_validation_and_test_folders(folder: Path) -> None:
    fill(folder / "val", {"cat": [100, 101]})
    fill(folder / "test", {"dog": [102], "cat": [103]})
    data = load_data(str(folder))
    assert sizes(data) == [20, 2, 2]
    assert values(data, "validation") == [100, 101]
    assert data.test.labels.tolist() == [0, 1]
    (folder / "val").rename(folder / "x")
    assert sizes(load_data(str(folder))) == [16, 4, 2]
    (folder / "x").rename(folder / "validation")
    assert sizes(load_data(str(folder), limit=10)) == [10, 2, 2]


def test_links_to_folders_and_files(folder: Path, tmp_path: Path) -> None:
    fill(tmp_path, {"elsewhere": [30, 31, 32]})
    (folder / "train/owl").symlink_to(tmp_path / "elsewhere")
    (folder / "train/dog/link.png").symlink_to(tmp_path / "elsewhere/30.png")
    data = load_data(str(folder))
    assert data.class_names == ("cat", "dog", "owl")
    assert sum(sizes(data)) == 24


def test_links_in_a_circle(folder: Path) -> None:
    for link, target, code in (
        ("train/loop", "loop", "E952"),
        ("train/up", "..", "E952"),
        ("train/dog/up", "..", "E952"),
        ("train/dog/loop.png", "loop.png", "E933"),
    ):
        (folder / link).symlink_to(target)
        assert finding(folder, seed=1).code == code, link
        (folder / link).unlink()
    assert sum(sizes(load_data(str(folder)))) == 20


def test_stray_files(folder: Path) -> None:
    for place, part in (("train/readme.txt", "is no folder"), ("train/dog/a.txt", "is no image")):
        (folder / place).touch()
        found = finding(folder)
        assert found.code == "E952"
        assert place in found.message
        assert part in found.message
        (folder / place).unlink()
    (folder / "train/dog/inner").mkdir()
    assert "is a folder" in finding(folder).message


def test_class_that_train_does_not_have(folder: Path) -> None:
    fill(folder / "test", {"owl": [1]})
    found = finding(folder)
    assert found.code == "E952"
    assert "`train` does not have" in found.message
    assert "cat, dog" in found.helps[0]


def test_two_folders_for_one_role(folder: Path) -> None:
    fill(folder / "val", {"cat": [1]})
    fill(folder / "valid", {"cat": [1]})
    found = finding(folder)
    assert found.code == "E952"
    assert "`val` and `valid`" in found.message


def replaced(folder: Path, content: bytes) -> None:
    for path in (folder / "train/dog").iterdir():
        path.write_bytes(content)


def test_bad_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content, code, part in (
        (b"", "E933", "holds no image bytes"),
        (b"%PDF-1.4", "E933", "no image that can be read"),
        (grey(1)[:40], "E933", "no image that can be read"),
        (grey(1, (8, 8)), "E934", "is 8x8, but"),
    ):
        replaced(folder, content)
        found = finding(folder)
        assert found.code == code
        assert part in found.message
        assert "train/dog/" in found.message
    monkeypatch.setattr("smashdsl.training.sources.folders.MAX_FILE", 10)
    assert "too large" in finding(folder).message


def test_pipes_do_not_block(folder: Path) -> None:
    for path in (folder / "train/dog").iterdir():
        path.unlink()
        os.mkfifo(path)
    found = finding(folder)
    assert found.code == "E933"
    assert "is no file" in found.message


def test_too_few(folder: Path) -> None:
    fill(folder / "train", {"owl": [1]})
    found = finding(folder)
    assert found.code == "E936"
    assert "'owl' has 1 of the 21" in found.message
    fill(folder / "test", {"owl": []})
    assert "holds no examples for test" in finding(folder).message
