"""Images from local parquet files in the layout of the Hugging Face hub.

Takes a file or a folder with `train-*.parquet` and perhaps `test-*` or `valid*`; gives `Raw`
images. A set has a column of integers (`label`) and one of encoded images (a struct with `bytes`)
or of voxel grids (`fixed_size_binary`, one byte a voxel in C order).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.images import decode
from smashdsl.training.progress import Progress
from smashdsl.training.raw import Raw, Sources, optional
from smashdsl.training.splits import Rows, sample

_ROLES = {
    "train": "train", "test": "test",
    "valid": "validation", "validation": "validation", "val": "validation", "dev": "validation",
}  # fmt: skip
_LABELS = ("label", "labels", "fine_label")
MAX_BYTES = 4 * 2**30


@dataclass(frozen=True)
class _Table:
    """One parquet file and the columns that matter; `width` is a voxel grid's, 0 for images."""

    path: Path
    file: Any
    image: str
    label: str
    width: int

    @property
    def schema(self) -> Any:
        return self.file.schema_arrow

    @property
    def names(self) -> tuple[str, ...] | None:
        """The classes' names, where the file's metadata tell them."""
        metadata = self.schema.metadata or {}
        try:
            if b"label_names" in metadata:
                found = json.loads(metadata[b"label_names"])
            else:
                features = json.loads(metadata[b"huggingface"])["info"]["features"]
                found = features[self.label]["names"]
            return tuple(map(str, found))
        except (KeyError, TypeError, ValueError):
            return None


def read_parquet(path: Path, limit: int | None, seed: int, progress: Progress) -> Sources:
    """The images under a path, by role; at most `limit` of each role, evenly over the classes.

    Raises:
        SmashError: E931 no readable parquet, E932 no such columns, E933 a broken image, E934 images
            of several shapes, E935 a bad label, E939 more than fits into memory.
    """
    found = {role: [_open(file) for file in files] for role, files in _files(path).items()}
    names = next((t.names for tables in found.values() for t in tables if t.names), None)
    labels = {role: [_labels(table, names) for table in tables] for role, tables in found.items()}
    if names is None:
        names = _numbered(labels)
    return {
        role: _read(role, tables, labels[role], names, limit, seed, progress)
        for role, tables in found.items()
    }


def _read(role: str, tables: Sequence[_Table], labels: Sequence[Rows], names: tuple[str, ...],
          limit: int | None, seed: int, progress: Progress) -> Raw:  # fmt: skip
    together = np.concatenate(labels)
    chosen = np.arange(len(together)) if limit is None else sample(together, limit, seed)
    parts, start = [], 0
    with progress.task(f"reading {role} images", len(chosen)) as task:
        for table, own in zip(tables, labels, strict=True):
            inside = chosen[(chosen >= start) & (chosen < start + len(own))] - start
            start += len(own)
            for rows, column in _batches(table, inside):
                parts.append(_pixels(table, rows, column))
                task.advance(len(rows))
                if sum(part.nbytes for part in parts) > MAX_BYTES:
                    raise fail("E939", f"the images of `{table.path.parent}` need more than "
                               f"{MAX_BYTES:,} bytes", "read fewer of them")  # fmt: skip
    return Raw(_stacked(parts, tables[0].path.parent), together[chosen], names)


def _files(path: Path) -> dict[str, list[Path]]:
    if path.is_file():
        return {"train": [path]}
    files = sorted(f for depth in ("", "*/", "*/*/") for f in path.glob(depth + "*.parquet"))
    roles: dict[str, list[Path]] = {}
    for file in files:
        role = _ROLES.get(file.stem.split("-")[0]) or _ROLES.get(file.parent.name)
        if role:
            roles.setdefault(role, []).append(file)
    if "train" not in roles:
        raise fail(
            "E931",
            f"`{path}` holds no `train-*.parquet`" + (f", only `{files[0].name}`" if files else ""),
            "name a folder with `train-*.parquet` and `test-*.parquet`, or one parquet file",
        )
    folders = sorted({str(file.parent) for file in roles["train"]})
    if len(folders) > 1:
        shown = ", ".join(f"`{folder}`" for folder in folders[:4])
        raise fail("E931", f"`{path}` holds {len(folders)} data sets: {shown}", "name one of them")
    if "test" not in roles and "validation" in roles:
        roles["test"] = roles.pop("validation")
    return roles


def _open(path: Path) -> _Table:
    pyarrow, parquet = optional("pyarrow", "pyarrow"), optional("pyarrow.parquet", "pyarrow")
    try:
        file = parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise fail("E931", f"`{path}` is not a readable parquet file: {error}") from error
    types = pyarrow.types
    columns = {field.name: field.type for field in file.schema_arrow}
    images = [name for name, kind in columns.items()
              if types.is_fixed_size_binary(kind)
              or (types.is_struct(kind) and kind.get_field_index("bytes") >= 0)]  # fmt: skip
    integers = [name for name, kind in columns.items() if types.is_integer(kind)]
    labels = [name for name in _LABELS if name in integers] or integers
    shown = ", ".join(f"`{name}` ({kind})" for name, kind in columns.items())
    if len(images) != 1:
        raise fail(
            "E932",
            f"`{path}` has {len(images) or 'no'} columns of images; it has {shown}",
            "an image column is a struct with a field `bytes`, or fixed_size_binary",
        )
    if not labels or (labels == integers and len(integers) > 1):
        raise fail("E932", f"`{path}` has {len(labels) or 'no'} columns that could be the label; "
                   f"it has {shown}", "call the integer column of classes `label`")  # fmt: skip
    kind = columns[images[0]]
    width = kind.byte_width if types.is_fixed_size_binary(kind) else 0
    return _Table(path, file, images[0], labels[0], width)


def _labels(table: _Table, names: tuple[str, ...] | None) -> Rows:
    column = table.file.read(columns=[table.label]).column(0)
    if column.null_count:
        raise fail("E935", f"`{table.path}` has {column.null_count} rows without a label")
    labels: Rows = column.to_numpy().astype(np.int64)
    top = len(names) if names else np.iinfo(np.int32).max
    bad = np.flatnonzero((labels < 0) | (labels >= top))
    if len(bad):
        known = f"the file names {top} classes" if names else "labels count from 0"
        raise fail("E935", f"row {bad[0]} of `{table.path}` has the label {labels[bad[0]]}, "
                   f"but {known}")  # fmt: skip
    return labels


def _numbered(labels: dict[str, list[Rows]]) -> tuple[str, ...]:
    every = np.concatenate([part for parts in labels.values() for part in parts])
    top = int(every.max(initial=-1)) + 1
    if top > len(every):
        raise fail("E935", f"labels reach {top - 1}, but there are only {len(every)} examples",
                   "number the classes from 0 without gaps")  # fmt: skip
    return tuple(map(str, range(top)))


def _batches(table: _Table, rows: Rows) -> Any:
    """Pairs of row numbers and their values, one row group at a time."""
    start = 0
    for group in range(table.file.num_row_groups):
        count = table.file.metadata.row_group(group).num_rows
        inside = rows[(rows >= start) & (rows < start + count)]
        if len(inside):
            column = table.file.read_row_group(group, columns=[table.image]).column(0)
            yield inside, column.take((inside - start).tolist())
        start += count


def _pixels(table: _Table, rows: Rows, column: Any) -> npt.NDArray[np.uint8]:
    values = column.to_pylist()
    if not table.width:
        return decode([value and value["bytes"] for value in values], rows, table.path)
    if column.null_count:
        row = rows[values.index(None)]
        raise fail("E933", f"row {row} of `{table.path}` holds no voxels")
    return np.frombuffer(b"".join(values), np.uint8).reshape(len(rows), 1, *_grid(table))


def _grid(table: _Table) -> tuple[int, ...]:
    """The shape of one voxel grid: what the metadata say, a cube otherwise."""
    told = (table.schema.metadata or {}).get(b"shape")
    edge = round(table.width ** (1 / 3))
    try:
        shape = tuple(map(int, told.split(b","))) if told else (edge,) * 3
    except ValueError:
        shape = ()
    if not 1 <= len(shape) <= 3 or min(shape) < 1 or math.prod(shape) != table.width:
        raise fail(
            "E932",
            f"`{table.path}` holds grids of {table.width} bytes, whose shape is unknown",
            "write it into the file's metadata, as in `shape: 32,32,32`",
        )
    return shape


def _stacked(parts: Sequence[npt.NDArray[np.uint8]], place: Path) -> npt.NDArray[np.uint8]:
    """All parts as one array; grey images among coloured ones become coloured."""
    if not parts:
        raise fail("E936", f"`{place}` holds no examples")
    channels = max(part.shape[1] for part in parts)
    shapes = {part.shape[2:] for part in parts}
    if len(shapes) > 1:
        first, second = ("x".join(map(str, shape)) for shape in sorted(shapes)[:2])
        raise fail("E934", f"`{place}` holds images of {first} and of {second} pixels",
                   "bring all images to one size first")  # fmt: skip
    return np.concatenate([np.repeat(part, channels // part.shape[1], axis=1) for part in parts])
