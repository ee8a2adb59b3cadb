"""How a ledger of many programs does, beside bare SQLite and bare CSV.

    python bench/ledger.py [--rows N] [--images N] [--folder DIR] [--json]

Fills a ledger with N programs of 25 draws, in large batches, and on the way measures small ones as
a ranking adds them; then opens, lists, filters, merges and exports it. Beside each is what takes
the same rows to or from tables of the same kind by single statements, without checks and without
objects. Times are wall times of single runs, except for lists: the least of 3.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from smashdsl.plan import Costs
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Filter, Ledger, Reading, export
from smashdsl.search.ledger.schema import make_tables

FACTS = {"space": "bench", "seed": 0}
SCORER = "hypernet"
TABLES = ("programs", "genomes", "scores", "likelihoods", "proposals")
DRAWS, BATCH, MANY, SMALL = 25, 8, 10_000, 1_000
LIST = """
SELECT * FROM scores s JOIN programs USING (program) JOIN genomes USING (program)
WHERE s.scorer = 1 {} ORDER BY s.score DESC, s.found {}
"""
HISTORY = """
SELECT * FROM proposals q CROSS JOIN scores s ON s.scorer = q.scorer AND s.program = q.program
JOIN programs p ON p.program = q.program JOIN genomes g ON g.program = q.program
WHERE q.scorer = 1 ORDER BY q.number
"""
FAR = 10**8  # beyond all numbers of programs and proposals
ATTACHED = {
    "genomes": "m.program, genome, t.checksum",
    "scores": """1, m.program, score, stderr, error, images, validation_images, stage, seconds,
                 time, seed, found, t.checksum""",
    "likelihoods": "1, m.program, likelihoods, t.checksum",
    "proposals": f"1, number + {FAR}, proposer, proposer_number, m.program, t.checksum",
}


@dataclass(frozen=True)
class Program:
    """What a ledger asks of a program."""

    hash: str
    genome: dict[str, int]
    costs: Costs


def program(number: int) -> Program:
    chance = random.Random(number)
    genome = {f"block[{i % 3}].layer[{i}].kernel": chance.choice((1, 3, 5)) for i in range(DRAWS)}
    costs = Costs(chance.randrange(10**6), chance.randrange(10**9), 1, chance.randrange(60))
    return Program(hashlib.sha256(str(number).encode()).hexdigest(), genome, costs)


def value(number: int, images: int) -> Value:
    score = random.Random(-number).gauss(-1, 0.3)
    if not images:
        return Value(score, 0.01, 0.3, 256)
    return Value(score, 0.01, 0.3, 256, np.full(images, score, np.float32))


def add(ledger: Ledger, start: int, stop: int, batch: int, images: int) -> float:
    """Add programs; gives the time without making them."""
    spent = 0.0
    for first in range(start, stop, batch):
        numbers = range(first, min(first + batch, stop))
        proposals: list[Any] = [(n, f"p{n % 3}", n, program(n)) for n in numbers]
        values = [value(n, images) for n in numbers]
        begin = time.perf_counter()
        ledger.add(SCORER, proposals, values, 0.1)
        spent += time.perf_counter() - begin
    return spent


def bare(path: Path) -> sqlite3.Connection:
    """A connection with the settings of a ledger's, and nothing else."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")
    return connection


def add_bare(source: Path, path: Path, programs: range) -> float:
    """The rows of these programs, put into tables of the same kind, batch by batch."""
    with_rows = sqlite3.connect(source)
    batches = []
    for first in range(programs.start, programs.stop, BATCH):
        where = f"WHERE program > {first} AND program <= {first + BATCH}"
        batches.append(
            {t: with_rows.execute(f"SELECT * FROM {t} {where}").fetchall() for t in TABLES}
        )
    with_rows.close()
    connection = bare(path)
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        make_tables(connection)
    begin = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.execute("COMMIT")
    spent = time.perf_counter() - begin
    connection.close()
    return spent


def timed(work: Callable[[], Any], times: int = 1) -> float:
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


@contextmanager
def working_in(folder: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        yield Path(made)


def fill(path: Path, rows: int, images: int) -> dict[str, tuple[float, float | None]]:
    """Fill a ledger; what small batches take at its beginning and at its end."""
    found: dict[str, tuple[float, float | None]] = {}
    with Ledger(path, FACTS) as ledger:
        first = add(ledger, 0, SMALL, BATCH, images)
        bulk = add(ledger, SMALL, rows - SMALL, MANY, images)
    found[f"add {SMALL:,} in batches of {BATCH}, to none"] = (
        first, add_bare(path, path.with_name("bare"), range(SMALL)),
    )  # fmt: skip
    found[f"add {rows - 2 * SMALL:,} in batches of {MANY:,}"] = (bulk, None)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    with Ledger(path, FACTS) as ledger:
        last = add(ledger, rows - SMALL, rows, BATCH, images)
    found[f"add {SMALL:,} in batches of {BATCH}, to {rows - SMALL:,}"] = (
        last, add_bare(path, copy, range(rows - SMALL, rows)),
    )  # fmt: skip
    copy.unlink()
    return found


def lists(path: Path) -> dict[str, tuple[float, float | None]]:
    """Opening, listing and filtering."""
    found: dict[str, tuple[float, float | None]] = {}
    found["open"] = timed(lambda: Reading(path).close(), 3), None
    connection = bare(path)
    run = lambda sql: timed(lambda: connection.execute(sql).fetchall(), 3)  # noqa: E731
    by_proposer = (
        "AND EXISTS (SELECT 1 FROM proposals q WHERE q.scorer = 1 AND q.program = s.program "
        "AND q.proposer = 'p1')"
    )
    cases: dict[str, tuple[Filter | None, str, str]] = {
        "the best 100": (None, "score", ""),
        "the best 100 of the smallest 1 %": (Filter(max_params=10_000), "score",
                                             "AND params <= 10000"),
        "the best 100 of the deeper half": (Filter(min_depth=30), "score", "AND depth >= 30"),
        "the best 100 of one proposer": (Filter(proposer="p1"), "score", by_proposer),
    }  # fmt: skip
    with Reading(path) as ledger:
        for name, (where, sort, condition) in cases.items():
            found[name] = (
                timed(lambda where=where, sort=sort: ledger.ranked(SCORER, 100, where, sort), 3),
                run(LIST.format(condition, "LIMIT 100")),
            )  # fmt: skip
        found["count"] = (
            timed(lambda: ledger.count(SCORER), 3), run("SELECT count(*) FROM scores"),
        )  # fmt: skip
        one = program(7).hash
        found["one program, by its hash"] = timed(lambda: ledger.entry(SCORER, one)), None
        found["the whole history"] = timed(lambda: ledger.trials(SCORER)), run(HISTORY)
    connection.close()
    return found


def tables(path: Path) -> dict[str, tuple[float, float | None]]:
    """Exporting everything."""
    found: dict[str, tuple[float, float | None]] = {}

    def written(name: str) -> Callable[[], None]:
        def work() -> None:
            with Reading(path) as ledger:
                export(path.with_name(name), SCORER, ledger.entries(SCORER))

        return work

    def plain() -> None:
        connection = bare(path)
        with path.with_name("plain.csv").open("w", newline="") as file:
            csv.writer(file).writerows(connection.execute(LIST.format("", "")))
        connection.close()

    found["export as CSV"] = timed(written("t.csv")), timed(plain)
    found["export as parquet"] = timed(written("t.parquet")), None
    return found


def merging(path: Path, rows: int, images: int) -> dict[str, tuple[float, float | None]]:
    """Taking a tenth as many programs into the ledger, half of which it has."""
    other, copy = path.with_name("other"), path.with_name("copy")
    tenth = rows // 10
    with Ledger(other, FACTS) as ledger:
        for first in range(rows - tenth // 2, rows + tenth // 2, MANY):
            numbers = range(first, min(first + MANY, rows + tenth // 2))
            proposals: list[Any] = [
                (n - rows + tenth // 2, f"p{n % 3}", n, program(n)) for n in numbers
            ]
            ledger.add(SCORER, proposals, [value(n, images) for n in numbers])
    copy.write_bytes(path.read_bytes())

    def merge() -> None:
        with Ledger(path, FACTS) as ledger:
            ledger.merge(other)

    def attach() -> None:
        connection = bare(copy)
        connection.execute("ATTACH ? AS o", (str(other),))
        connection.execute("BEGIN")
        connection.execute(
            f"INSERT OR IGNORE INTO programs SELECT program + {FAR}, hash, params, flops, depth, "
            "checksum FROM o.programs"
        )
        for table, columns in ATTACHED.items():
            connection.execute(
                f"INSERT OR IGNORE INTO {table} SELECT {columns} FROM o.{table} t JOIN o.programs "
                "p ON p.program = t.program JOIN main.programs m ON m.hash = p.hash"
            )
        connection.execute("COMMIT")
        connection.close()

    return {f"merge {2 * (tenth // 2):,} programs, half of them new": (timed(merge), timed(attach))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--images", type=int, default=0, help="likelihoods of each program")
    parser.add_argument("--folder", help="where to work (the system's for temporary files)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with working_in(options.folder) as folder:
        path = folder / "ledger.sqlite"
        found = fill(path, options.rows, options.images)
        size = path.stat().st_size
        for part in (lists, tables):
            found |= part(path)
            print(f"{part.__name__} done", file=sys.stderr)
        found |= merging(path, options.rows, options.images)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    machine = {
        "python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(), "load": os.getloadavg()[0], "bytes": size, "memory": memory,
    }  # fmt: skip
    if options.json:
        print(json.dumps({"machine": machine, "rows": options.rows, "seconds": found}, indent=2))
        return
    for name, (ours, theirs) in found.items():
        beside = f"{theirs:10.4f} s   {ours / theirs:5.1f}" if theirs else ""
        print(f"{name:45}{ours:10.4f} s{beside}")
    print(f"{options.rows:,} programs, {size / options.rows:.0f} bytes each   {machine}")


if __name__ == "__main__":
    main()
