"""Labels as they come → checked class numbers; and the names of classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from smashdsl.files import fail, read_bytes
from smashdsl.training.splits import Rows

CLASSES_FILE = "classes.tsv"
_MAX_BYTES = 4 * 2**20
_MAX_CLASSES = 100_000


def require_labels(labels: Rows, names: Sequence[str] | None, place: str) -> Rows:
    """The labels, if each is a class: below `len(names)`, or where there are no names, at least 0.

    Raises:
        SmashError: E935 names the first row that has none.
    """
    top = len(names) if names else _MAX_CLASSES
    bad = np.flatnonzero((labels < 0) | (labels >= top))
    if len(bad):
        label = labels[bad[0]]
        rule = f"there are {top} classes" if names else f"no more than {top:,} classes are read"
        reason = rule if label >= 0 else "labels count from 0"
        raise fail("E935", f"row {bad[0]} of {place} has the label {label}, but {reason}")
    return labels


def numbered(labels: Iterable[Rows]) -> tuple[str, ...]:
    """Names for classes that have none: their numbers, up to the largest label.

    Raises:
        SmashError: E935 there are more classes than examples.
    """
    every = np.concatenate(list(labels))
    top = int(every.max(initial=-1)) + 1
    if top > len(every):
        raise fail("E935", f"labels reach {top - 1}, but there are only {len(every)} examples",
                   "number the classes from 0 without gaps")  # fmt: skip
    return tuple(map(str, range(top)))


def classes_file(folder: Path) -> tuple[str, ...] | None:
    """The names in a folder's `classes.tsv`: one line a class, its number first and its name last,
    below a line of headings. None where there is no such file.

    Raises:
        SmashError: E956 it does not number classes from 0, E923 it cannot be read.
    """
    path = folder / CLASSES_FILE
    if not path.exists():
        return None
    try:
        lines = read_bytes(path, _MAX_BYTES).decode().splitlines()
        rows = [line.split("\t") for line in lines[1:] if line.strip()]
        names = {int(row[0]): row[-1].strip() for row in rows if len(row) > 1}
    except ValueError as error:
        raise _bad_list(path, str(error)) from error
    if not names or len(names) < len(rows) or sorted(names) != list(range(len(names))):
        raise _bad_list(path, f"its {len(rows)} lines do not number classes from 0")
    return tuple(names[label] for label in range(len(names)))


def _bad_list(path: Path, reason: str) -> Exception:
    return fail(
        "E956", f"`{path}` is no list of classes: {reason}",
        "below a line of headings, write each class's number, a tab and its name",
    )  # fmt: skip


def require_same_names(path: Path, listed: Sequence[str], told: Sequence[str] | None) -> None:
    """Refuse a list of classes beside files that name another number of them.

    Raises:
        SmashError: E956.
    """
    if told is not None and len(told) != len(listed):
        raise fail("E956", f"`{path / CLASSES_FILE}` lists {len(listed)} classes, but the data "
                   f"files name {len(told)}")  # fmt: skip
