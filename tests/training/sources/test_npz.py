"""NumPy archives: what is read, and what each kind of bad archive is told."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training.data import load_data
from tests.training.sources.pictures import finding, sizes, values

LABELS = np.arange(20) % 2


def shades(count: int = 20, start: int = 0) -> np.ndarray:
    """Grey images `(count, 4, 6)` that are told apart by their first pixel."""
    return np.broadcast_to(np.arange(start, start + count)[:, None, None], (count, 4, 6))


def save(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, **arrays)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.npz"


def test_images_and_labels_alone(path: Path) -> None:
    save(path, images=shades(), labels=LABELS)
    data = load_data(str(path))
    assert (data.name, data.shape, data.class_names) == ("set", (1, 4, 6), ("0", "1"))
    assert data.train.pixels.dtype == torch.uint8
    assert sizes(data) == [12, 4, 4]
    every = [value for split in ("train", "validation", "test") for value in values(data, split)]
    assert sorted(every) == list(range(20))
    assert (data.train.pixels[:, 0, 0, 0] % 2 == data.train.labels).all()


def test_all_roles(path: Path) -> None:
    save(
        path, train_images=shades(), train_labels=LABELS, val_images=shades(4, 40),
        val_labels=np.array([[0], [1], [0], [1]]), test_images=shades(3, 50),
        test_labels=[1, 1, 1], class_names=["ant", "bee"], other=[1.0],
    )  # fmt: skip
    data = load_data(str(path))
    assert sizes(data) == [20, 4, 3]
    assert values(data, "validation") == [40, 41, 42, 43]
    assert values(data, "test") == [50, 51, 52]
    assert data.class_names == ("ant", "bee")


def test_test_images_are_read_when_they_are_used(path: Path) -> None:
    bad = np.full((4, 4, 6), np.nan)
    save(path, train_images=shades() / 255, train_labels=LABELS, test_images=bad,
         test_labels=[0] * 4)  # fmt: skip
    data = load_data(str(path))
    assert data.facts()["test"] == 4
    with pytest.raises(SmashError) as error:
        _ = data.test.images
    assert error.value.diagnostics[0].code == "E954"


@pytest.mark.parametrize(
    ("shape", "channels", "result"),
    [
        ((20, 3, 4, 6), None, (3, 4, 6)),
        ((20, 4, 6, 3), "last", (3, 4, 6)),
        ((20, 8, 4, 6), "first", (8, 4, 6)),
        ((20, 8, 4, 6), "none", (1, 8, 4, 6)),
        ((20, 1, 5, 4, 6), None, (1, 5, 4, 6)),
        ((20, 5, 4, 6, 2), "last", (2, 5, 4, 6)),
        ((20, 6), "none", (1, 6)),
        ((20, 2, 6), "first", (2, 6)),
    ],
)
def test_where_channels_are(path: Path, shape: tuple[int, ...], channels: str | None,
                            result: tuple[int, ...]) -> None:  # fmt: skip
    images = np.random.default_rng(0).integers(0, 256, shape)
    save(path, images=images, labels=LABELS)
    data = load_data(f"{path}?channels={channels}" if channels else str(path))
    assert data.shape == result
    moved = np.moveaxis(images, -1, 1) if channels == "last" else images.reshape(20, *result)
    every = torch.cat([data.train.pixels, data.validation.pixels, data.test.pixels])
    assert sorted(every.tolist()) == sorted(moved.tolist())


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int16, np.float16, np.float64])
def test_kinds_of_numbers(path: Path, kind: Any) -> None:
    save(path, images=(shades() % 2).astype(kind), labels=LABELS.astype(np.uint8))
    data = load_data(str(path))
    floats = np.dtype(kind).kind == "f"
    assert data.train.pixels.dtype == (torch.float32 if floats else torch.uint8)
    assert data.train.images.dtype == torch.float32
    assert data.train.images.mean().abs() < 1e-5
    assert data.train.images.std(correction=0) == pytest.approx(1, abs=1e-5)


def test_whole_numbers_that_are_no_bytes(path: Path) -> None:
    save(path, images=shades() - 10, labels=LABELS)
    data = load_data(str(path))
    assert data.train.pixels.dtype == torch.float32
    assert min(values(data, "train")) < 0


@pytest.mark.parametrize(
    ("arrays", "code", "part"),
    [
        ({"images": shades()}, "E953", "no `train_images` and `train_labels`; it has `images`"),
        ({}, "E953", "it has nothing"),
        ({"images": shades(), "labels": LABELS[:5]}, "E953", "5 labels for 20 images"),
        ({"images": shades(), "labels": LABELS / 2}, "E953", "labels are whole numbers"),
        ({"images": shades(), "labels": LABELS[None]}, "E953", "labels are whole numbers"),
        ({"images": shades(), "labels": LABELS - 1}, "E935", "row 0 of `labels`"),
        ({"images": shades()[:, 0], "labels": LABELS}, "E953", "the shape (20, 6)"),
        ({"images": np.zeros((20, 8, 8, 3)), "labels": LABELS}, "E953", "leaves open"),
        ({"images": shades().astype("S2"), "labels": LABELS}, "E953", "images are numbers"),
        ({"images": shades() * 1j, "labels": LABELS}, "E953", "images are numbers"),
        ({"images": shades()[:0], "labels": LABELS[:0]}, "E936", "is empty"),
        ({"images": shades()[:, :0], "labels": LABELS}, "E953", "is empty"),
        ({"images": shades() * 10**7, "labels": LABELS}, "E954", "numbers from 0"),
        ({"images": shades() * 1e300, "labels": LABELS}, "E954", "row 1 of `images`"),
        ({"images": shades() / np.where(shades() == 5, np.nan, 1), "labels": LABELS}, "E954",
         "row 5 of `images`"),
        ({"images": shades(), "labels": LABELS, "class_names": ["a"]}, "E935", "row 1 of"),
        ({"images": shades(), "labels": LABELS, "class_names": [1, 2]}, "E953", "names are text"),
        ({"images": shades(), "labels": LABELS, "train_images": shades(), "train_labels": LABELS},
         "E953", "mean the same"),
        ({"images": np.array([None] * 20), "labels": LABELS}, "E953", "not the array"),
    ],
)  # fmt: skip
def test_bad_arrays(path: Path, arrays: dict[str, Any], code: str, part: str) -> None:
    save(path, **arrays)
    found = finding(path)
    assert found.code == code
    assert part in found.message


def test_sizes_that_differ(path: Path) -> None:
    save(path, train_images=shades(), train_labels=LABELS, val_images=shades()[:, :3],
         val_labels=LABELS)  # fmt: skip
    assert finding(path).code == "E934"


def member(header: str, body: bytes = b"") -> bytes:
    """An array file with any header."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


@pytest.mark.parametrize(
    "content",
    [
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000, 3, 3), }"),
        member("{'descr': '<f8', 'fortran_order': False, 'shape': (20, -4, -6), }"),
        member("{'descr': '|O', 'fortran_order': False, 'shape': (20, 4, 6), }", b"x" * 9999),
        member("{'descr': '<f8', 'shape': (20,), }"),
        member("{" * 3000),
        member("__import__('os').abort()"),
        b"\x93NUMPY\x09\x00",
        b"junk",
        b"",
    ],
)
def test_headers_that_lie(path: Path, content: bytes) -> None:
    labels = io.BytesIO()
    np.save(labels, LABELS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", content)
        archive.writestr("labels.npy", labels.getvalue())
    found = finding(path)
    assert found.code == "E953"
    assert "is not a readable .npz archive" in found.message


def test_damaged_archives(path: Path) -> None:
    """Whatever is wrong, it is told as an error of the user's, or not noticed."""
    save(path, images=shades(), labels=LABELS)
    good = path.read_bytes()
    for content in (b"", b"junk", good[:100], good[:-30]):
        path.write_bytes(content)
        assert finding(path).code == "E953"
    for start in range(0, len(good), 7):
        path.write_bytes(good[:start] + b"\xff" * 7 + good[start + 7 :])
        with suppress(SmashError):
            load_data(str(path))


def test_too_many_images(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smashdsl.training.sources.source.MAX_BYTES", 100)
    save(path, images=shades(), labels=LABELS)
    found = finding(path)
    assert found.code == "E939"
    assert "20 images" in found.message
