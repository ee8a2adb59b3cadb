"""A ledger as a table for other programs: CSV or parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from smashdsl.files import fail, writing
from smashdsl.search.ledger.entry import Entry

COLUMNS: dict[str, tuple[str, Callable[[Entry], Any]]] = {
    "hash": ("string", lambda entry: entry.hash),
    "score": ("double", lambda entry: entry.score.score),
    "stderr": ("double", lambda entry: entry.score.stderr),
    "error": ("double", lambda entry: entry.score.error),
    "images": ("int64", lambda entry: entry.score.images),
    "validation_images": ("int64", lambda entry: entry.validation_images),
    "stage": ("int64", lambda entry: entry.stage),
    "params": ("int64", lambda entry: entry.params),
    "flops": ("int64", lambda entry: entry.flops),
    "depth": ("int64", lambda entry: entry.depth),
    "seed": ("int64", lambda entry: entry.seed),
    "seconds": ("double", lambda entry: entry.seconds),
    "time": ("string", lambda entry: entry.time),
    "proposer": ("string", lambda entry: entry.proposals[0].proposer),
    "proposals": ("string", lambda entry: "; ".join(map(str, entry.proposals))),
    "measures": ("string", lambda entry: json.dumps(dict(entry.measures))),
    "genome": ("string", lambda entry: entry.genome.text),
}
"""The columns of the table, of which `place` and `scorer` are the first: type and value."""

FORMATS = ("csv", "parquet")
ROWS = 10_000  # in a group of a parquet file


def export(path: Path, scorer: str, entries: Iterable[Entry]) -> int:
    """Write entries of a scorer to a file, whole or not at all; gives how many there were.

    Args:
        path: of the file, which ends in `.csv` or `.parquet`.
        scorer: whose entries.
        entries: in the order of the rows; numbers that are not finite become `inf` and `-inf`.

    Raises:
        SmashError: E920 to E922 the file cannot be written, E938 pyarrow is not installed.
        ValueError: the path ends in something else.
    """
    formats = {".csv": _csv, ".parquet": _parquet}
    write = formats.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"a table ends in {' or '.join(formats)}, not in {path.suffix!r}")
    return write(path, _rows(scorer, entries))


def _rows(scorer: str, entries: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    values = [value for _, value in COLUMNS.values()]
    for place, entry in enumerate(entries, 1):
        yield (place, scorer, *(value(entry) for value in values))


def _csv(path: Path, rows: Iterator[tuple[Any, ...]]) -> int:
    count = 0
    with writing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("place", "scorer", *COLUMNS))
        for row in rows:
            writer.writerow(row)
            count += 1
        text.flush()
        text.detach()
    return count


def _parquet(path: Path, rows: Iterator[tuple[Any, ...]]) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise fail("E938", f"writing parquet needs the package `pyarrow`: {error}",
                   "pip install pyarrow, or name a `.csv`") from error  # fmt: skip
    types = {"place": "int64", "scorer": "string", **{k: kind for k, (kind, _) in COLUMNS.items()}}
    schema = pyarrow.schema([(name, pyarrow.type_for_alias(kind)) for name, kind in types.items()])
    count = 0
    with writing(path) as file, parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, ROWS)):
            columns = dict(zip(types, zip(*some, strict=True), strict=True))
            writer.write_table(pyarrow.table(columns, schema))
            count += len(some)
    return count
