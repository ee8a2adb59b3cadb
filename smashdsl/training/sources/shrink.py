"""Smaller images: each pixel is the average of a box of pixels."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.known import require_known
from smashdsl.training.sources.source import Part, Pixels, Source
from smashdsl.training.splits import Rows

_CHUNK = 1000
_MOST, _LONGEST = 65_536, 30


def parse_size(text: str) -> tuple[int, ...]:
    """A resolution: one number for all dimensions, or one for each, as in `16` or `16x8`.

    Raises:
        SmashError: E951 it is none.

    >>> parse_size("16x8")
    (16, 8)
    """
    parts = text[:_LONGEST].split("x")
    whole = len(text) < _LONGEST and all(part.isascii() and part.isdecimal() for part in parts)
    if not whole or not all(1 <= int(part) <= _MOST for part in parts):
        raise fail("E951", f"`size={text[:_LONGEST]}` is no resolution",
                   "write it as `size=16` or `size=16x8`")  # fmt: skip
    return tuple(map(int, parts))


def shrunk(source: Source, size: tuple[int, ...]) -> Source:
    """A source with images of another resolution, `size`, that theirs is a multiple of.

    Of a known set, the published means and deviations are forgotten: averaging changes them. The
    parts raise E951 where the images' resolution does not divide.
    """
    parts = {role: _shrunk(source, part, size) for role, part in source.parts.items()}
    known = source.known
    if known is not None:
        shape = (known.shape[0], *_whole(size, known.shape[1:]))
        known = replace(known, shape=shape, mean=None, std=None)
    return replace(source, parts=parts, known=known)


def _shrunk(source: Source, part: Part, size: tuple[int, ...]) -> Part:
    def read(rows: Rows, progress: Progress) -> Pixels:
        pixels = part.read(rows, progress)
        if source.known is not None:
            require_known(source.name, source.known, pixels.shape[1:])
        return averaged(pixels, _factors(source.name, pixels.shape[2:], size))

    return Part(part.labels, read)


def _whole(size: tuple[int, ...], spatial: tuple[int, ...]) -> tuple[int, ...]:
    return size * len(spatial) if len(size) == 1 else size


def _factors(name: str, spatial: tuple[int, ...], size: tuple[int, ...]) -> tuple[int, ...]:
    wanted = _whole(size, spatial)
    if len(wanted) != len(spatial) or any(
        old % new for old, new in zip(spatial, wanted, strict=True)
    ):
        told, had = ("x".join(map(str, sizes)) for sizes in (size, spatial))
        raise fail(
            "E951", f"the images of `{name}` are {had}, which does not shrink to `size={told}`",
            "name a size that divides theirs in each dimension",
        )  # fmt: skip
    return tuple(old // new for old, new in zip(spatial, wanted, strict=True))


def averaged(pixels: Pixels, factors: tuple[int, ...]) -> Pixels:
    """Images `(n, channels, *spatial)` with each box of `factors` pixels as one: bytes stay bytes,
    rounded to the nearest (halves up)."""
    if prod(factors) == 1:
        return pixels
    chunks = [_averaged(pixels[i : i + _CHUNK], factors) for i in range(0, len(pixels), _CHUNK)]
    together: npt.NDArray[Any] = np.concatenate(chunks)
    return together


def _averaged(pixels: Pixels, factors: tuple[int, ...]) -> Pixels:
    shape, axes = list(pixels.shape[:2]), []
    for size, factor in zip(pixels.shape[2:], factors, strict=True):
        axes.append(len(shape) + 1)
        shape += [size // factor, factor]
    boxes: npt.NDArray[Any] = pixels.reshape(shape)
    if pixels.dtype != np.uint8:
        means: Pixels = boxes.mean(axis=tuple(axes), dtype=np.float64).astype(np.float32)
        return means
    count = prod(factors)
    total = boxes.sum(axis=tuple(axes), dtype=np.uint64)
    rounded: Pixels = ((2 * total + count) // (2 * count)).astype(np.uint8)
    return rounded
