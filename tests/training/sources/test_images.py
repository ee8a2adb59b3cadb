"""Decoding: kinds of pixels, and progress."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from smashdsl.training.data import load_data
from smashdsl.training.progress import Silent, Task
from smashdsl.training.sources.images import decode
from tests.training.sources.pictures import Image, grey

NOISE = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)


def encoded(mode: str, form: str) -> tuple[bytes, np.ndarray]:
    """An image of some mode in some format, and what its pixels are."""
    image = Image.fromarray(NOISE).convert(mode)
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue(), np.asarray(image.convert("L" if mode in {"1", "L", "LA"} else "RGB"))


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"),
        ("L", "BMP"), ("RGB", "PPM"), ("RGB", "TIFF"), ("P", "GIF"), ("CMYK", "TIFF"),
    ],
)  # fmt: skip
def test_modes(mode: str, form: str) -> None:
    content, expected = encoded(mode, form)
    pixels = decode([("x", content)] * 2, 2, "reading", Silent())
    assert pixels.dtype == np.uint8
    wanted = expected[None] if expected.ndim == 2 else expected.transpose(2, 0, 1)
    assert np.array_equal(pixels, np.stack([wanted] * 2))


def test_lossy_formats_are_near() -> None:
    smooth = np.broadcast_to(np.arange(16, dtype=np.uint8)[:, None, None] * 9, (16, 16, 3))
    for form in ("JPEG", "WEBP"):
        out = io.BytesIO()
        Image.fromarray(smooth).save(out, form)
        pixels = decode([("x", out.getvalue())], 1, "reading", Silent())
        assert np.abs(pixels[0].astype(int) - smooth.transpose(2, 0, 1)).max() < 24


def test_order_and_mixture_over_many_chunks() -> None:
    images = [("x", grey(i % 251)) for i in range(2500)]
    pixels = decode(iter(images), 2500, "reading", Silent())
    assert pixels.shape == (2500, 1, 4, 6)
    assert pixels[:, 0, 2, 3].tolist() == [i % 251 for i in range(2500)]
    colour = encoded("RGB", "PNG")[0]
    size = NOISE.shape[:2]
    mixed = decode([("x", grey(9, size))] * 1500 + [("y", colour)], 1501, "reading", Silent())
    assert mixed.shape == (1501, 3, *size)
    assert (mixed[:1500] == 9).all()
    assert np.array_equal(mixed[1500], NOISE.transpose(2, 0, 1))


class Told:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.tasks: dict[str, list[int]] = {}

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Task]:
        done = self.tasks.setdefault(label, [0, total])

        class Counting:
            def advance(self, count: int = 1, note: str = "") -> None:
                done[0] += count

        yield Counting()


def test_progress_is_told(tmp_path: Path) -> None:
    for role, count in (("train", 20), ("test", 4)):
        for name in ("a", "b"):
            (tmp_path / role / name).mkdir(parents=True)
            for number in range(count // 2):
                (tmp_path / role / name / f"{number}.png").write_bytes(grey(number))
    told = Told()
    data = load_data(str(tmp_path), progress=told)
    expected = {
        "listing train images": [2, 2], "listing test images": [2, 2],
        "reading train images": [20, 20],
    }  # fmt: skip
    assert told.tasks == expected
    _ = data.test.pixels
    assert told.tasks == {**expected, "reading test images": [4, 4]}
