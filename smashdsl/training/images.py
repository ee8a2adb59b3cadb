"""Encoded images → arrays."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.raw import optional
from smashdsl.training.splits import Rows

MAX_PIXELS = 2**24
# Below this size the interpreter's lock costs more than threads gain (measured: 32x32 JPEGs take
# 0.16 ms each in one thread, 0.35 ms in two).
_WORTH_THREADS = 2**14
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_GREY = {"1", "L", "LA"}
_COLOUR = {"P", "RGB", "RGBA", "CMYK", "YCbCr"}


def decode(images: Sequence[bytes | None], rows: Rows, path: Path) -> npt.NDArray[np.uint8]:
    """Encoded images of one size as `(n, channels, height, width)`: one channel when all are grey.

    `rows` are their numbers in the file `path`, for messages.

    Raises:
        SmashError: E933 an image cannot be decoded, E934 sizes differ.
    """
    library = optional("PIL.Image", "pillow")

    def one(index: int) -> npt.NDArray[np.uint8]:
        return _decode(library, images[index], f"row {rows[index]} of `{path}`")

    if sum(len(image or b"") for image in images) < _WORTH_THREADS * len(images):
        arrays = [one(index) for index in range(len(images))]
    else:
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as pool:
            arrays = list(pool.map(one, range(len(images))))
    for row, array in zip(rows, arrays, strict=True):
        if array.shape[1:] != arrays[0].shape[1:]:
            (height, width), (h, w) = arrays[0].shape[1:], array.shape[1:]
            raise fail(
                "E934", f"row {row} of `{path}` is {h}x{w}, but row {rows[0]} is {height}x{width}",
                "bring all images to one size first",
            )  # fmt: skip
    channels = max(array.shape[0] for array in arrays)
    return np.stack([np.broadcast_to(array, (channels, *array.shape[1:])) for array in arrays])


def _decode(library: Any, content: bytes | None, place: str) -> npt.NDArray[np.uint8]:
    if not content:
        raise fail("E933", f"{place} holds no image bytes",
                   "sets that only point to image files are not supported")  # fmt: skip
    try:
        with library.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise fail("E933", f"{place} is {image.height}x{image.width}, which is too large")
            if image.mode not in _GREY | _COLOUR:
                raise fail(
                    "E933", f"{place} has pixels of kind {image.mode}", "convert it to 8 bits"
                )
            array = np.asarray(image.convert("L" if image.mode in _GREY else "RGB"))
    except (OSError, ValueError, SyntaxError, EOFError, library.DecompressionBombError) as error:
        raise fail("E933", f"{place} is no image that can be read: {error}") from error
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
