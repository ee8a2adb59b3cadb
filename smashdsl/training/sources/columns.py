"""Tables of images: which columns they are in, and a column's values as pixels.

A set has a column of integers (`label`) and one of encoded images (a struct with `bytes`, or plain
binary values) or of voxel grids (`fixed_size_binary`, one byte a voxel in C order).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.images import decode
from smashdsl.training.sources.labels import require_labels
from smashdsl.training.sources.source import Pixels, optional, require_memory
from smashdsl.training.splits import Rows

_IMAGES = ("image", "img", "images", "voxels")
_LABELS = ("label", "labels", "fine_label", "class", "target")


@dataclass(frozen=True)
class Columns:
    """Where a table has its images and labels. `grid` is the shape of its voxel grids, and empty
    for encoded images."""

    image: str
    label: str
    grid: tuple[int, ...] = ()


def choose_columns(schema: Any, place: str, options: Mapping[str, str]) -> Columns:
    """The columns of an Arrow schema that hold images and labels.

    Args:
        schema: of the table.
        place: what errors call it.
        options: `image` and `label` name the columns where there are several.

    Raises:
        SmashError: E932 there are none, or several and none with a usual name.
    """
    types = optional("pyarrow", "pyarrow").types
    kinds = {field.name: field.type for field in schema}
    structs = [name for name, kind in kinds.items()
               if types.is_struct(kind) and kind.get_field_index("bytes") >= 0]  # fmt: skip
    grids = [name for name, kind in kinds.items() if types.is_fixed_size_binary(kind)]
    binary = [name for name, kind in kinds.items()
              if types.is_binary(kind) or types.is_large_binary(kind)]  # fmt: skip
    integers = [name for name, kind in kinds.items() if types.is_integer(kind)]
    shown = ", ".join(f"`{name}` ({kind})" for name, kind in kinds.items()) or "none"
    pictures = (structs + grids) or binary
    image = _choice("image", pictures, structs + grids + binary, _IMAGES, place, shown, options)
    label = _choice("label", integers, integers, _LABELS, place, shown, options)
    kind = kinds[image]
    if not types.is_fixed_size_binary(kind):
        return Columns(image, label)
    return Columns(image, label, _grid(schema, kind.byte_width, place))


def _choice(role: str, likely: Sequence[str], possible: Sequence[str], usual: Sequence[str],
            place: str, shown: str, options: Mapping[str, str]) -> str:  # fmt: skip
    kinds = {
        "image": "an image column is a struct with a field `bytes`, binary or fixed_size_binary",
        "label": "a label column holds integers",
    }
    asked = options.get(role)
    if asked is not None:
        if asked in possible:
            return asked
        raise fail("E932", f"{place} has no column `{asked}` that could be the {role}; it has "
                   f"{shown}", kinds[role])  # fmt: skip
    found = [name for name in usual if name in likely] or likely
    if len(found) == 1 or (found and found[0] in usual):
        return found[0]
    some = f"{len(found)} columns" if found else "no column"
    help_ = f"say which with `?{role}=NAME` after the path" if found else kinds[role]
    raise fail("E932", f"{place} has {some} that could be the {role}; it has {shown}", help_)


def _grid(schema: Any, width: int, place: str) -> tuple[int, ...]:
    """The shape of one voxel grid: what the metadata say, a cube otherwise."""
    told = (schema.metadata or {}).get(b"shape")
    edge = round(width ** (1 / 3))
    try:
        shape = tuple(map(int, told.split(b","))) if told else (edge,) * 3
    except ValueError:
        shape = ()
    if not 1 <= len(shape) <= 3 or min(shape) < 1 or math.prod(shape) != width:
        raise fail(
            "E932", f"{place} holds grids of {width} bytes, whose shape is unknown",
            "write it into the file's metadata, as in `shape: 32,32,32`",
        )  # fmt: skip
    return shape


def class_names(schema: Any, label: str) -> tuple[str, ...] | None:
    """The classes' names, where the schema's metadata tell them."""
    metadata = schema.metadata or {}
    try:
        if b"label_names" in metadata:
            found = json.loads(metadata[b"label_names"])
        else:
            features = json.loads(metadata[b"huggingface"])["info"]["features"]
            found = features[label]["names"]
        return tuple(map(str, found)) or None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def labels_of(column: Any, names: Sequence[str] | None, place: str) -> Rows:
    """A column of integers as checked labels.

    Raises:
        SmashError: E935 a row has none, or one out of range.
    """
    if column.null_count:
        raise fail("E935", f"{place} has {column.null_count} rows without a label")
    values = column.to_numpy()
    if values.dtype == np.uint64:  # what does not fit into int64 must not become small
        values = np.minimum(values, np.iinfo(np.int64).max)
    return require_labels(values.astype(np.int64), names, place)


Slice = tuple[str, Rows, Any]
"""The table's name for messages, row numbers, and the column's values in these rows."""


def pixels_of(slices: Iterable[Slice], count: int, columns: Columns, label: str,
              progress: Progress) -> Pixels:  # fmt: skip
    """The images of `count` rows, which come in slices.

    Raises:
        SmashError: E933 a row has no image that can be read, E934 sizes differ, E939 too many.
    """
    if columns.grid:
        return _voxels(slices, count, columns.grid, label, progress)
    return decode(_encoded(slices), count, label, progress)


def _encoded(slices: Iterable[Slice]) -> Iterator[tuple[str, bytes | None]]:
    compute, types = optional("pyarrow.compute", "pyarrow"), optional("pyarrow", "pyarrow").types
    for place, rows, column in slices:
        inner = compute.struct_field(column, "bytes") if types.is_struct(column.type) else column
        for row, content in zip(rows.tolist(), inner.to_pylist(), strict=True):
            yield f"row {row} of {place}", content


def _voxels(slices: Iterable[Slice], count: int, grid: tuple[int, ...], label: str,
            progress: Progress) -> Pixels:  # fmt: skip
    require_memory(count, math.prod(grid), "the set")
    out = np.empty((count, 1, *grid), np.uint8)
    done = 0
    with progress.task(label, count) as task:
        for place, rows, column in slices:
            values = column.to_pylist()
            if column.null_count:
                raise fail("E933", f"row {rows[values.index(None)]} of {place} holds no voxels")
            part = np.frombuffer(b"".join(values), np.uint8)
            out[done : done + len(rows)] = part.reshape(len(rows), 1, *grid)
            done += len(rows)
            task.advance(len(rows))
    return out
