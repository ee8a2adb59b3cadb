"""Tables of measured networks → programs of a space with their measured accuracies.

Takes a CSV or parquet file that is recognised by its columns. Files are read with limits, and what
is wrong with a row is said with its number, counted from 1 without the headings.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_bytes
from smashdsl.studies.benchmarks import BENCHMARKS, Benchmark, Genome
from smashdsl.training.sources.source import optional

MAX_BYTES = 64 * 2**20
MAX_ROWS = 1_000_000
MAX_OPENED = 256 * 2**20  # bytes of a parquet file, decompressed
_SHOWN = 60

Rows = Iterator[Mapping[str, Any]]


@dataclass(frozen=True)
class Measured:
    """One row: its number, the network as the table and as its space name it, and its accuracies by
    column, in the table's unit."""

    number: int
    arch: str
    genome: Genome
    truth: Mapping[str, float]


@dataclass(frozen=True)
class Table:
    """Measured networks of one benchmark.

    Attributes:
        path: of the file.
        benchmark: whose networks they are.
        rows: in the file's order.
        noise: by column the standard deviation of a measurement, where the table tells: that of
            networks measured several times.
    """

    path: str
    benchmark: Benchmark
    rows: tuple[Measured, ...]
    noise: Mapping[str, float]

    @property
    def main(self) -> str:
        """The column that is usually meant by the accuracy."""
        return self.benchmark.main

    def program(self, space: Space, row: Measured) -> Program:
        """A row's network, or its counterpart in a smaller copy of the benchmark's space.

        Raises:
            SmashError: E982 it is not in the space.
        """
        try:
            return space.rebuild(row.genome)
        except SmashError as error:
            reason = error.diagnostics[0].message
            raise fail(
                "E982", f"row {row.number} of `{self.path}`, {_short(row.arch)}, is not in "
                f"`{space.name}`: {reason}",
                f"{self.benchmark.name} is `{self.benchmark.spec}` among the specs; spaces with "
                "the same draws do as well",
            ) from error  # fmt: skip


def read_table(path: str | Path) -> Table:
    """The table in a file.

    Raises:
        SmashError: E923 the file cannot be read, E980 it is no table of a known benchmark, E981 a
            row is damaged; E938 a package for parquet files is missing.
    """
    name, content = str(path), read_bytes(path, MAX_BYTES)
    columns, found = _parquet(name, content) if content[:4] == b"PAR1" else _csv(name, content)
    benchmark = _recognised(name, columns)
    measured = [column for column in columns if re.fullmatch(benchmark.truth, column)]
    rows, groups = [], []
    for number, row in enumerate(found, 1):
        if number > MAX_ROWS:
            raise fail("E980", f"`{name}` has more than {MAX_ROWS:,} rows")
        rows.append(_measured(name, number, row, measured, benchmark))
        groups.append(row.get(benchmark.group))
    if not rows:
        raise fail("E980", f"`{name}` has no rows")
    return Table(name, benchmark, tuple(rows), _noise(benchmark, rows, groups))


def _recognised(name: str, columns: Sequence[str]) -> Benchmark:
    for benchmark in BENCHMARKS:
        if set(benchmark.needed) <= set(columns):
            return benchmark
    shown = ", ".join(f"`{_short(column)}`" for column in columns[:10]) or "none"
    known = "; ".join(f"{each.name}: {', '.join(each.needed)}" for each in BENCHMARKS)
    raise fail("E980", f"the columns of `{name}` are those of no known benchmark: {shown}",
               f"the columns that are needed are, for {known}")  # fmt: skip


def _measured(name: str, number: int, row: Mapping[str, Any], columns: Sequence[str],
              benchmark: Benchmark) -> Measured:  # fmt: skip
    arch = ":".join(str(row[column]) for column in benchmark.names)
    try:
        genome = benchmark.genome(row)
        truth = {column: _accuracy(row[column], column, benchmark.most) for column in columns}
    except ValueError as error:
        raise fail("E981", f"row {number} of `{name}`, {_short(arch)}: {error}") from error
    return Measured(number, arch, genome, truth)


def _accuracy(value: Any, column: str, most: float) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not 0 <= found <= most:
        raise ValueError(f"`{column}` is {_short(str(value))}, no accuracy from 0 to {most:g}")
    return found


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


# Noise ----------------------------------------------------------------------------------------


def _noise(benchmark: Benchmark, rows: Sequence[Measured],
           groups: Sequence[Any]) -> dict[str, float]:  # fmt: skip
    """By column the deviation of a measurement within what should be equal, pooled."""
    columns = list(rows[0].truth)
    if benchmark.repeats and set(benchmark.repeats) <= set(columns):
        values = np.array([[row.truth[column] for column in benchmark.repeats] for row in rows])
        single = math.sqrt(values.var(1, ddof=1).mean())
        noise = dict.fromkeys(benchmark.repeats, single)
        return noise | {benchmark.main: single / math.sqrt(len(benchmark.repeats))}
    known = [place for place, group in enumerate(groups) if group is not None]
    _, member = np.unique([str(groups[place]) for place in known], return_inverse=True)
    counts = np.bincount(member) if known else np.zeros(0, int)
    free = len(known) - len(counts)
    if not free:
        return {}
    values = np.array([list(rows[place].truth.values()) for place in known])
    means = np.stack([np.bincount(member, column) / counts for column in values.T], 1)
    squares = ((values - means[member]) ** 2).sum(0)
    return dict(zip(columns, np.sqrt(squares / free).tolist(), strict=True))


# Files ----------------------------------------------------------------------------------------


def _csv(name: str, content: bytes) -> tuple[list[str], Rows]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fail("E980", f"`{name}` is neither CSV in UTF-8 nor a parquet file") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader, [])
    except csv.Error as error:
        raise fail("E980", f"`{name}` is no CSV file: {error}") from error
    if len(set(columns)) < len(columns):
        raise fail("E980", f"`{name}` has two columns of one name")
    return columns, _csv_rows(name, columns, reader)


def _csv_rows(name: str, columns: Sequence[str], reader: Iterator[list[str]]) -> Rows:
    number = 0
    try:
        for values in reader:
            if not values:  # an empty line
                continue
            number += 1
            if len(values) != len(columns):
                raise fail("E981", f"row {number} of `{name}` has {len(values)} values for "
                           f"{len(columns)} columns")  # fmt: skip
            yield dict(zip(columns, values, strict=True))
    except csv.Error as error:
        raise fail("E981", f"row {number + 1} of `{name}` is damaged: {error}") from error


def _parquet(name: str, content: bytes) -> tuple[list[str], Rows]:
    pyarrow, parquet = optional("pyarrow", "pyarrow"), optional("pyarrow.parquet", "pyarrow")
    try:
        with parquet.ParquetFile(io.BytesIO(content)) as file:
            facts = file.metadata
            groups = [facts.row_group(i).total_byte_size for i in range(facts.num_row_groups)]
            if facts.num_rows > MAX_ROWS or sum(groups) > MAX_OPENED:
                raise fail("E980", f"`{name}` holds {facts.num_rows:,} rows in {sum(groups):,} "
                           f"bytes; the most are {MAX_ROWS:,} in {MAX_OPENED:,}")  # fmt: skip
            found = file.read()
    except (pyarrow.ArrowException, OSError) as error:
        raise fail("E980", f"`{name}` is not a readable parquet file: {error}") from error
    columns: list[str] = found.column_names
    if len(set(columns)) < len(columns):
        raise fail("E980", f"`{name}` has two columns of one name")
    return columns, iter(found.to_pylist())
