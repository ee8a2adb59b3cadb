"""Local parquet files in the layout of the Hugging Face hub.

Takes a file, or a folder with `train-*.parquet` and perhaps `test-*` or `valid*`, and the names of
its classes in `classes.tsv` where the files do not tell them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from smashdsl.files import fail
from smashdsl.training.progress import Progress
from smashdsl.training.sources.columns import (
    Columns,
    Slice,
    choose_columns,
    class_names,
    labels_of,
    pixels_of,
)
from smashdsl.training.sources.labels import classes_file, numbered, require_same_names
from smashdsl.training.sources.source import ROLES, Part, Pixels, Source, optional
from smashdsl.training.splits import Rows

_BATCH = 1000


@dataclass(frozen=True)
class _Table:
    """One parquet file, its number of rows, and the columns that matter."""

    path: Path
    columns: Columns
    names: tuple[str, ...] | None
    rows: int

    @property
    def place(self) -> str:
        return f"`{self.path}`"


def read_parquet(path: Path, options: Mapping[str, str]) -> Source:
    """The images under a path; `options` may name the columns `image` and `label`.

    Raises:
        SmashError: E931 no readable parquet, E932 no such columns, E935 a bad label, E956 a bad
            `classes.tsv`.
    """
    found = _files(path)
    tables = {role: [_open(file, options) for file in files] for role, files in found.items()}
    _require_same_columns([table for some in tables.values() for table in some])
    told = next((t.names for some in tables.values() for t in some if t.names), None)
    folder = path if path.is_dir() else path.parent
    names = classes_file(folder)
    if names is not None:
        require_same_names(folder, names, told)
    names = names or told
    labels = {
        role: [_labels(table, names) for table in some] for role, some in tables.items()
    }  # fmt: skip
    if names is None:
        names = numbered(part for parts in labels.values() for part in parts)
    parts = {
        role: Part(np.concatenate(labels[role]), partial(_read, role, some))
        for role, some in tables.items()
    }
    return Source(path.resolve().name, parts, names)


def parquet_files(path: Path) -> list[Path]:
    """The parquet files in a folder and in two levels of folders below it, in order."""
    return sorted(file for depth in ("", "*/", "*/*/") for file in path.glob(depth + "*.parquet"))


def _files(path: Path) -> dict[str, list[Path]]:
    if path.is_file():
        return {"train": [path]}
    files = parquet_files(path)
    roles: dict[str, list[Path]] = {}
    for file in files:
        role = ROLES.get(file.stem.split("-")[0]) or ROLES.get(file.parent.name)
        if role:
            roles.setdefault(role, []).append(file)
    if "train" not in roles:
        raise fail(
            "E931", f"`{path}` holds no `train-*.parquet`, only `{files[0].name}`",
            "name a folder with `train-*.parquet` and `test-*.parquet`, or one parquet file",
        )  # fmt: skip
    folders = sorted({str(file.parent) for file in roles["train"]})
    if len(folders) > 1:
        shown = ", ".join(f"`{folder}`" for folder in folders[:4])
        raise fail("E931", f"`{path}` holds {len(folders)} data sets: {shown}", "name one of them")
    if "test" not in roles and "validation" in roles:
        roles["test"] = roles.pop("validation")
    return roles


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    """The open parquet file; what goes wrong with it is E931."""
    pyarrow, parquet = optional("pyarrow", "pyarrow"), optional("pyarrow.parquet", "pyarrow")
    try:
        with parquet.ParquetFile(path) as file:
            yield file
    except (pyarrow.ArrowException, OSError) as error:
        raise fail("E931", f"`{path}` is not a readable parquet file: {error}") from error


def _open(path: Path, options: Mapping[str, str]) -> _Table:
    with _reading(path) as file:
        schema = file.schema_arrow
        columns = choose_columns(schema, f"`{path}`", options)
        return _Table(path, columns, class_names(schema, columns.label), file.metadata.num_rows)


def _require_same_columns(tables: Sequence[_Table]) -> None:
    for table in tables:
        if table.columns != tables[0].columns:
            raise fail("E932", f"{table.place} has other columns than {tables[0].place}: "
                       f"{table.columns} and {tables[0].columns}")  # fmt: skip


def _labels(table: _Table, names: Sequence[str] | None) -> Rows:
    with _reading(table.path) as file:
        column = file.read(columns=[table.columns.label]).column(0)
    return labels_of(column, names, table.place)


def _read(role: str, tables: Sequence[_Table], rows: Rows, progress: Progress) -> Pixels:
    label = f"reading {role} images"
    return pixels_of(_slices(tables, rows), len(rows), tables[0].columns, label, progress)


def _slices(tables: Sequence[_Table], rows: Rows) -> Iterator[Slice]:
    start = 0
    for table in tables:
        inside = rows[(rows >= start) & (rows < start + table.rows)] - start
        start += table.rows
        if len(inside):
            with _reading(table.path) as file:
                for own, column in _batches(file, table.columns.image, inside):
                    yield table.place, own, column


def _batches(file: Any, image: str, rows: Rows) -> Iterator[tuple[Rows, Any]]:
    """Row numbers and their values; groups of rows that hold none are passed over."""
    start = 0
    for group in range(file.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        wanted = rows[(rows >= start) & (rows < start + count)]
        begin = start
        start += count
        if not len(wanted):
            continue
        for batch in file.iter_batches(_BATCH, row_groups=[group], columns=[image]):
            own = wanted[(wanted >= begin) & (wanted < begin + len(batch))]
            if len(own):
                yield own, batch.column(0).take((own - begin).tolist())
            begin += len(batch)
