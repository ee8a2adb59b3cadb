"""Images as they come from a source, before they are divided and normalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail


@dataclass(frozen=True)
class Raw:
    """`pixels` is uint8 `(n, channels, *spatial)`, `labels` int64 `(n,)`, `names` the classes."""

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]


Sources = Mapping[str, Raw]
"""By role: `train`, and where the source has them `validation` and `test`."""


def read_digits() -> Sources:
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, grey levels 0 to 16."""
    bunch = optional("sklearn.datasets", "scikit-learn").load_digits()
    pixels = bunch.images.astype(np.uint8)[:, None]
    return {"train": Raw(pixels, bunch.target.astype(np.int64), tuple("0123456789"))}


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
