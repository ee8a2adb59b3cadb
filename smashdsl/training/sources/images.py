"""Encoded images → one array."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.source import optional, require_memory

MAX_PIXELS = 2**24
_CHUNK = 1000
# Below this size the interpreter's lock costs more than threads gain (measured: 32x32 JPEGs take
# 0.1 ms each in one thread, twice that in two).
_WORTH_THREADS = 2**14
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_GREY = {"1", "L", "LA"}
_COLOUR = {"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}

Bytes = npt.NDArray[np.uint8]
Encoded = tuple[str, bytes | None]
"""Where an image is, for messages, and its bytes."""


def decode(images: Iterable[Encoded], count: int, label: str, progress: Progress) -> Bytes:
    """`count` encoded images of one size as `(count, channels, height, width)`: one channel when
    all are grey, three otherwise.

    Raises:
        SmashError: E933 an image cannot be decoded, E934 sizes differ, E939 too many.
    """
    library = optional("PIL.Image", "pillow")
    chunks: list[Bytes] = []
    first = ""
    with progress.task(label, count) as task, ThreadPoolExecutor(_threads()) as pool:
        for chunk in _chunks(images):
            arrays = _decoded(library, chunk, pool)
            if not chunks:
                first = chunk[0][0]
                size = arrays[0].shape[:2]
                require_memory(count, arrays[0].nbytes, f"the set of {first}")
            for (place, _), array in zip(chunk, arrays, strict=True):
                if array.shape[:2] != size:
                    (height, width), (h, w) = size, array.shape[:2]
                    raise fail(
                        "E934", f"{place} is {h}x{w}, but {first} is {height}x{width}",
                        "bring all images to one size first",
                    )  # fmt: skip
            chunks.append(_stacked(arrays))
            task.advance(len(chunk))
    return _joined(chunks)


def _threads() -> int:
    return min(os.cpu_count() or 1, 16)


def _chunks(images: Iterable[Encoded]) -> Iterator[list[Encoded]]:
    iterator = iter(images)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _decoded(library: Any, chunk: list[Encoded], pool: ThreadPoolExecutor) -> list[Bytes]:
    """Each image as `(height, width)` or `(height, width, 3)`."""
    if sum(len(content or b"") for _, content in chunk) < _WORTH_THREADS * len(chunk):
        return [_one(library, place, content) for place, content in chunk]
    return list(pool.map(lambda pair: _one(library, *pair), chunk))


def _one(library: Any, place: str, content: bytes | None) -> Bytes:
    if not content:
        raise fail("E933", f"{place} holds no image bytes",
                   "sets that only point to image files are not supported")  # fmt: skip
    try:
        image = library.open(io.BytesIO(content), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise fail("E933", f"{place} is {image.height}x{image.width}, which is too large")
        mode = image.mode
        if mode not in _GREY | _COLOUR:
            raise fail("E933", f"{place} has pixels of kind {mode}", "convert it to 8 bits")
        wanted = "L" if mode in _GREY else "RGB"
        return np.asarray(image if mode == wanted else image.convert(wanted))
    except (OSError, ValueError, SyntaxError, EOFError, library.DecompressionBombError) as error:
        raise fail("E933", f"{place} is no image that can be read: {error}") from error


def _stacked(arrays: list[Bytes]) -> Bytes:
    """Images of one size as `(n, height, width, 1 or 3)`; grey ones among coloured are repeated."""
    if all(array.ndim == 2 for array in arrays):
        return np.stack(arrays)[..., None]
    return np.stack([
        array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=2) for array in arrays
    ])  # fmt: skip


def _joined(chunks: list[Bytes]) -> Bytes:
    """All chunks with their channels first; each is let go as soon as it is copied."""
    channels = max(chunk.shape[3] for chunk in chunks)
    height, width = chunks[0].shape[1:3]
    out = np.empty((sum(map(len, chunks)), channels, height, width), np.uint8)
    end = len(out)
    while chunks:
        chunk = chunks.pop()
        out[end - len(chunk) : end] = chunk.transpose(0, 3, 1, 2)
        end -= len(chunk)
    return out
