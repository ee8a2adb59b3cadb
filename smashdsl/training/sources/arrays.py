"""Arrays → checked pixels and labels.

Images are `(n, height, width)`, `(n, channels, *spatial)` or `(n, *spatial, channels)`, of whole
numbers, truth values or finite floats; labels whole numbers `(n,)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.sources.labels import require_labels
from smashdsl.training.sources.source import Pixels, require_memory
from smashdsl.training.splits import Rows

Channels = Literal["auto", "none", "first", "last"]
CHANNELS: tuple[str, ...] = get_args(Channels)
_EXACT = 2**24  # whole numbers up to here are exact in float32


def require_images(shape: Sequence[int], kind: np.dtype[Any], channels: str, place: str) -> None:
    """Refuse arrays that cannot be images, from their shape and type alone.

    Raises:
        SmashError: E953 the type or shape is another, E939 too many.
    """
    if kind.kind not in "buif":
        raise fail("E953", f"{place} is an array of {kind}, but images are numbers")
    if not 3 <= len(shape) + (channels == "none") <= 5 or (channels == "auto" and len(shape) < 3):
        raise fail("E953", f"{place} has the shape {tuple(shape)}, but images are "
                   "(n, channels, height, width) or (n, height, width)")  # fmt: skip
    if not all(shape):
        raise fail("E936" if not shape[0] else "E953", f"{place} is empty: {tuple(shape)}")
    if channels == "auto" and len(shape) > 3 and shape[1] > 4:
        raise fail(
            "E953", f"{place} has the shape {tuple(shape)}, which leaves open where channels are",
            "say `channels=last` or `first`, or `none` where there are none",
        )  # fmt: skip
    each = int(np.prod(shape[1:])) * (1 if kind.itemsize == 1 else 4)
    require_memory(shape[0], each, place)


def as_pixels(array: npt.NDArray[Any], channels: str, place: str) -> Pixels:
    """Images as `(n, channels, *spatial)`: uint8 where whole numbers from 0 to 255 were given,
    float32 otherwise.

    Args:
        array: that `require_images` lets through.
        channels: where they are; `auto` is `none` for three dimensions and `first` for more.
        place: what errors call the array.

    Raises:
        SmashError: E954 a number is not finite, or too large for float32.
    """
    if channels == "none" or (channels == "auto" and array.ndim == 3):
        array = array[:, None]
    elif channels == "last":
        array = np.moveaxis(array, -1, 1)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    elif array.dtype.kind in "ui":
        low, high = int(array.min()), int(array.max())
        if max(-low, high) > _EXACT:
            raise fail("E954", f"{place} has numbers from {low} to {high}",
                       f"whole numbers beyond {_EXACT:,} are not exact; scale them")  # fmt: skip
        array = array.astype(np.uint8 if 0 <= low <= high <= 255 else np.float32)
    else:
        with np.errstate(over="ignore"):
            array = array.astype(np.float32)
        _require_finite(array, place)
    return np.ascontiguousarray(array)


def _require_finite(array: npt.NDArray[np.float32], place: str) -> None:
    for start in range(0, len(array), 1000):
        finite = np.isfinite(array[start : start + 1000]).all(axis=tuple(range(1, array.ndim)))
        if not finite.all():
            row = start + int(np.flatnonzero(~finite)[0])
            raise fail("E954", f"row {row} of {place} has numbers that are not finite",
                       "replace them, or leave the row out")  # fmt: skip


def as_labels(array: npt.NDArray[Any], count: int, names: Sequence[str] | None,
              place: str) -> Rows:  # fmt: skip
    """Checked labels of `count` images.

    Raises:
        SmashError: E953 they are no whole numbers, or not one for each image; E935 out of range.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "ui":
        raise fail("E953", f"{place} is an array of {array.dtype} of the shape {array.shape}, but "
                   "labels are whole numbers (n,)")  # fmt: skip
    if len(array) != count:
        raise fail("E953", f"{place} has {len(array)} labels for {count} images")
    if array.dtype == np.uint64:  # what does not fit into int64 must not become small
        array = np.minimum(array, np.iinfo(np.int64).max)
    return require_labels(array.astype(np.int64), names, place)
