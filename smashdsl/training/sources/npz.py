"""NumPy archives: `train_images` and `train_labels`, perhaps the same for `validation` (or `val`)
and `test`, and `class_names`; or `images` and `labels` alone.

Nothing in them is unpickled, and what they claim is checked before memory is taken.
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.arrays import as_labels, as_pixels, require_images
from smashdsl.training.sources.labels import numbered
from smashdsl.training.sources.source import ROLES, Part, Pixels, Source
from smashdsl.training.splits import Rows

_MAX_HEADER = 10_000
_MAX_SMALL = 256 * 2**20  # labels and names


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, ...]
    kind: np.dtype[Any]

    @property
    def size(self) -> int:
        size = self.kind.itemsize
        for edge in self.shape:
            size *= edge
        return size


def read_npz(path: Path, channels: str) -> Source:
    """The arrays in an archive; `channels` says where those of the images are.

    Raises:
        SmashError: E953 it is no archive of images and labels, E935 a bad label, E936 no images,
            E939 too many.
    """
    headers = _headers(path)
    roles = _roles(path, headers)
    names = _names(path, headers)
    labels: dict[str, Rows] = {}
    for role, prefix in roles.items():
        images = headers[prefix + "images"]
        require_images(images.shape, images.kind, channels, f"`{prefix}images` of `{path}`")
        values = _small(path, headers, prefix + "labels")
        place = f"`{prefix}labels` of `{path}`"
        labels[role] = as_labels(values, images.shape[0], names, place)
    names = names or numbered(labels.values())
    parts = {
        role: Part(labels[role], partial(_read, path, f"{prefix}images", channels))
        for role, prefix in roles.items()
    }
    return Source(path.resolve().name.removesuffix(".npz"), parts, names)


def _roles(path: Path, headers: dict[str, _Header]) -> dict[str, str]:
    """What the names of a role's arrays begin with, by role."""
    found: dict[str, str] = {}
    for prefix, role in (("", "train"), *((name + "_", role) for name, role in ROLES.items())):
        if prefix + "images" in headers and prefix + "labels" in headers:
            if role in found:
                raise fail("E953", f"`{path}` has `{found[role]}images` and `{prefix}images`, "
                           "which mean the same", "keep one of them")  # fmt: skip
            found[role] = prefix
    if "train" not in found:
        shown = ", ".join(f"`{name}`" for name in list(headers)[:10]) or "nothing"
        raise fail(
            "E953", f"`{path}` has no `train_images` and `train_labels`; it has {shown}",
            "np.savez(path, train_images=..., train_labels=..., test_images=..., test_labels=...)",
        )  # fmt: skip
    return found


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The open archive; what goes wrong with it is E953."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError,
            RuntimeError, MemoryError) as error:  # fmt: skip
        raise fail("E953", f"`{path}` is not a readable .npz archive: {error}") from error


def _headers(path: Path) -> dict[str, _Header]:
    """The shape and type of each array, which cost no more than a look at its first bytes."""
    with _archive(path) as archive:
        infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        return {info.filename.removesuffix(".npy"): _header(archive, info) for info in infos}


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Header:
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0
    }  # fmt: skip
    with archive.open(info) as file:
        version = np.lib.format.read_magic(file)
        if version not in readers:
            raise ValueError(f"`{info.filename}` has an unknown format {version}")
        try:
            shape, _, kind = readers[version](file, _MAX_HEADER)
        except (tokenize.TokenError, SyntaxError, TypeError, RecursionError) as error:
            raise ValueError(f"`{info.filename}` has a damaged header: {error}") from error
        header = _Header(shape, kind)
        if kind.hasobject or min(shape, default=0) < 0 or header.size > info.file_size:
            raise ValueError(f"`{info.filename}` is not the array that it claims to be")
        return header


def _array(path: Path, name: str) -> npt.NDArray[Any]:
    with _archive(path) as archive, archive.open(name + ".npy") as file:
        found: npt.NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return found


def _small(path: Path, headers: dict[str, _Header], name: str) -> npt.NDArray[Any]:
    if headers[name].size > _MAX_SMALL:
        raise fail("E953", f"`{name}` of `{path}` has {headers[name].size:,} bytes")
    return _array(path, name)


def _names(path: Path, headers: dict[str, _Header]) -> tuple[str, ...] | None:
    if "class_names" not in headers:
        return None
    found = _small(path, headers, "class_names")
    if found.ndim != 1 or found.dtype.kind != "U" or not len(found):
        raise fail("E953", f"`class_names` of `{path}` is an array of {found.dtype} of the shape "
                   f"{found.shape}, but names are text (classes,)")  # fmt: skip
    return tuple(map(str, found))


def _read(path: Path, name: str, channels: str, rows: Rows, progress: Progress) -> Pixels:
    with progress.task(f"reading {name.replace('_', ' ')}", 1) as task:
        pixels = as_pixels(_array(path, name), channels, f"`{name}` of `{path}`")
        task.advance()
    return pixels[rows]
