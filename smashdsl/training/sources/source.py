"""What every kind of source gives: labels at once, images when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.known import Known
from smashdsl.training.splits import Rows

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.float32]
MAX_BYTES = 4 * 2**30

ROLES = {
    "train": "train", "test": "test",
    "valid": "validation", "validation": "validation", "val": "validation", "dev": "validation",
}  # fmt: skip
"""What folders, files, splits and arrays are called, and the role that each name stands for."""


@dataclass(frozen=True)
class Part:
    """The examples of one role.

    `labels` is int64 `(n,)`; `read` gives the pixels of some rows, in ascending order, as
    `(rows, channels, *spatial)`, and raises E933, E934 or E939 about what is wrong with them.
    """

    labels: Rows
    read: Callable[[Rows, Progress], Pixels]


@dataclass(frozen=True)
class Source:
    """A data set that was opened.

    `parts` has `train`, and `validation` and `test` where the source has such; `names` are the
    classes'; `known` what is known of a set of that name; `validation` the share of each class that
    is to be held out for choosing, where the user said so.
    """

    name: str
    parts: Mapping[str, Part]
    names: tuple[str, ...]
    known: Known | None = None
    validation: float | None = None


def require_memory(count: int, bytes_each: int, place: str) -> None:
    """Refuse what would fill the memory.

    Raises:
        SmashError: E939.
    """
    if count * bytes_each > MAX_BYTES:
        raise fail("E939", f"the {count:,} images of {place} need {count * bytes_each:,} bytes, "
                   f"more than {MAX_BYTES:,}", "read fewer of them (`--limit`)")  # fmt: skip


def optional(module: str, package: str) -> Any:
    """A module of a package that only data needs.

    Raises:
        SmashError: E938 it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise fail(
            "E938", f"reading these data needs the package `{package}`: {error}",
            f"pip install {package}",
        ) from error  # fmt: skip
