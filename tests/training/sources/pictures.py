"""Small images, and what is said about bad ones."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.training.data import Dataset, load_data

Image = pytest.importorskip("PIL.Image")


def png(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def grey(value: int, size: tuple[int, int] = (4, 6)) -> bytes:
    return png(np.full(size, value, np.uint8))


def finding(spec: str | Path, **options: Any) -> Diagnostic:
    """The one mistake in some data."""
    with pytest.raises(SmashError) as error:
        load_data(str(spec), **options)
    (found,) = error.value.diagnostics
    return found


def values(data: Dataset, split: str) -> list[int]:
    """The first pixel of each image, sorted."""
    return sorted(getattr(data, split).pixels[:, 0].flatten(1)[:, 0].int().tolist())


def sizes(data: Dataset) -> list[int]:
    return [len(data.train), len(data.validation), len(data.test)]
