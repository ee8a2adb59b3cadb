"""Folders of image files: `train/<class>/*.png`, and perhaps `validation` (or `val`) and `test`.

The classes are the folders in `train`, in the order of their names. Folders and files may be links;
as no deeper folder is entered, links in a circle do no harm.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.images import decode
from smashdsl.training.sources.source import ROLES, Part, Pixels, Source
from smashdsl.training.splits import Rows

MAX_FILE = 64 * 2**20
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
_DEBRIS = {"Thumbs.db", "desktop.ini"}


def is_image_folder(path: Path) -> bool:
    """Whether a folder has a `train` folder with folders in it."""
    try:
        return any(entry.is_dir() for entry in os.scandir(path / "train"))
    except OSError:
        return False


def read_folder(path: Path, progress: Progress) -> Source:
    """The images in a folder's folders.

    Raises:
        SmashError: E952 there is something else than images of classes in them, E931 a folder
            cannot be read.
    """
    roles = _roles(path)
    names = tuple(entry.name for entry in _entries(roles["train"]))
    parts: dict[str, Part] = {}
    for role, folder in roles.items():
        files, labels = _listed(folder, role, names, progress)
        parts[role] = Part(np.array(labels, np.int64), partial(_read, role, files))
    return Source(path.resolve().name, parts, names)


def _roles(path: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for entry in _entries(path):
        role = ROLES.get(entry.name)
        if role in found:
            raise fail("E952", f"`{path}` has `{found[role].name}` and `{entry.name}`, which mean "
                       "the same", "keep one of them")  # fmt: skip
        if role and entry.is_dir():
            found[role] = Path(entry)
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, by name, without hidden files."""
    try:
        found = [e for e in os.scandir(folder) if e.name not in _DEBRIS and e.name[0] != "."]
    except OSError as error:
        raise fail("E931", f"the folder `{folder}` cannot be read: {error.strerror}") from error
    return sorted(found, key=lambda entry: entry.name)


def _listed(folder: Path, role: str, names: Sequence[str],
            progress: Progress) -> tuple[list[str], list[int]]:  # fmt: skip
    """The files of a role and their labels, class by class."""
    files: list[str] = []
    labels: list[int] = []
    numbers = {name: label for label, name in enumerate(names)}
    entries = _entries(folder)
    with progress.task(f"listing {role} images", len(entries)) as task:
        for entry in entries:
            if not _is_folder(entry):
                raise fail("E952", f"`{entry.path}` is no folder, but what lies in "
                           f"`{folder}` must be a folder for each class")  # fmt: skip
            if entry.name not in numbers:
                raise fail("E952", f"`{entry.path}` is for a class that `train` does not have",
                           f"the classes are {', '.join(names[:10])}")  # fmt: skip
            own = _images(entry.path)
            files += own
            labels += [numbers[entry.name]] * len(own)
            task.advance()
    return files, labels


def _images(folder: str) -> list[str]:
    found = []
    for entry in _entries(Path(folder)):
        if not entry.name.lower().endswith(_SUFFIXES):
            what = "a folder" if _is_folder(entry) else "no image"
            raise fail(
                "E952", f"`{entry.path}` is {what}, but a class's folder must hold images only",
                "the names of images end in " + " ".join(_SUFFIXES),
            )  # fmt: skip
        found.append(entry.path)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links in a circle
        return False


def _read(role: str, files: Sequence[str], rows: Rows, progress: Progress) -> Pixels:
    return decode(_contents(files, rows), len(rows), f"reading {role} images", progress)


def _contents(files: Sequence[str], rows: Rows) -> Iterator[tuple[str, bytes]]:
    for row in rows.tolist():
        yield f"`{files[row]}`", _content(files[row])


def _content(file: str) -> bytes:
    """A file's bytes; pipes, which would block, and huge files are refused."""
    try:
        found = os.stat(file)
        if not stat.S_ISREG(found.st_mode):
            raise fail("E933", f"`{file}` is no file")
        if found.st_size > MAX_FILE:
            raise fail("E933", f"`{file}` has {found.st_size:,} bytes, which is too large")
        return Path(file).read_bytes()
    except OSError as error:
        raise fail("E933", f"`{file}` cannot be read: {error.strerror}") from error
