"""One connection to a ledger's file, whose troubles are `SmashError`s.

The file may come from anywhere: it is used only if it defines exactly the tables of a ledger, so
that no view or trigger of somebody else's runs, and within limits, so that reading it ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from smashdsl.files import new_file
from smashdsl.search.ledger.rows import COLUMNS, Row, checked, with_checksum
from smashdsl.search.ledger.schema import make_tables
from smashdsl.search.ledger.trouble import code_of, damaged, translated
from smashdsl.search.ledger.verify import require_ledger

TIMEOUT = 30.0  # seconds to wait for another process
CHUNK = 500  # rows that are looked up in one query
STEPS = 1_000_000  # of SQLite's machine between two looks at how many there were
BUDGET = 100  # such looks that any file gets
BYTES = 100_000  # of the file for which it gets one more
_INDEXED = {"proposals": "INDEXED BY found_as"}  # SQLite would look through all of a scorer's
_DEFENSIVE = 1010  # SQLITE_DBCONFIG_DEFENSIVE
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 64 * 2**20, sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}  # fmt: skip
_NO_LOG = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL,
           sqlite3.SQLITE_READONLY)  # fmt: skip
_PRAGMAS = ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "cache_size=-65536",
            "temp_store=MEMORY", "synchronous=FULL")  # fmt: skip


@dataclass(frozen=True)
class _Attempt:
    """How to open a file. `alone`, a log that was left behind needs no memory that is shared with
    others, which not every file system has: it is taken into the file."""

    mode: str
    alone: bool = False


_ALONE = _Attempt("rw", alone=True)
_READ = (_Attempt("ro"), _Attempt("rw"), _ALONE)
_WRITE = (_Attempt("rw"), _ALONE)


class Database:
    """An open ledger.

    Args:
        path: of the file, which must exist; None for an empty ledger in memory.
        read_only: nothing will be written.
        timeout: seconds to wait while another process writes.

    Raises:
        SmashError: E920, E923, E944, E946 or E948, it cannot be used.
    """

    def __init__(self, path: Path | None, *, read_only: bool, timeout: float = TIMEOUT) -> None:
        self.read_only = read_only
        self._path, self._timeout = path or Path(":memory:"), timeout
        self._looks, self._log = 0, False
        with self._troubles():
            self._connection = _empty() if path is None else self._opened(path)

    def run(self, sql: str, *values: object) -> list[Row]:
        """What a statement finds."""
        with self._troubles():
            return self._connection.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> int:
        """The whole number that a query finds; 0 for none."""
        found = self.run(sql, *values)
        return int(found[0][0] or 0) if found else 0

    def rows(self, table: str, rest: str = "", *values: object) -> list[Row]:
        """Whole rows of a table, which are as they should be, without their checksums.

        Args:
            table: of which.
            rest: of the query, such as `WHERE program = ?`.
            values: to put into it.

        Raises:
            SmashError: E944, a row is damaged; else as for everything.
        """
        try:
            return [
                checked(table, row) for row in self.run(f"SELECT * FROM {table} {rest}", *values)
            ]
        except ValueError as error:
            raise damaged(self._path, str(error)) from error

    def among(self, table: str, column: str, values: Collection[object],
              scorer: int | None = None) -> list[Row]:  # fmt: skip
        """The rows that have one of so many values in a column, in no order, of all scorers or of
        one."""
        rest = f"{_INDEXED.get(table, '')} WHERE {column} IN ({','.join('?' * len(values))})"
        if scorer is None:
            return self.rows(table, rest, *values)
        return self.rows(table, f"{rest} AND scorer = ?", *values, scorer)

    def chunks(self, table: str, key: str, scorer: int | None = None,
               after: int = -1) -> Iterator[list[Row]]:  # fmt: skip
        """All rows in order of a column that tells them apart, some at a time, from beyond a
        value."""
        of_scorer = "" if scorer is None else "scorer = ? AND "
        rest = f"WHERE {of_scorer}{key} > ? ORDER BY {key} LIMIT {CHUNK}"
        place = COLUMNS[table].index(key)
        while rows := self.rows(table, rest, *(() if scorer is None else (scorer,)), after):
            yield rows
            after = rows[-1][place]

    def changes(self) -> int:
        """A number that is another one when another connection has written something."""
        if not self.read_only:
            with self._troubles():
                self._keep_log()  # which changes it once
        return self.number("PRAGMA data_version")

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Write rows with their checksums."""
        marks = ", ".join("?" * (len(COLUMNS[table]) + 1))
        with self._troubles():
            self._connection.executemany(
                f"INSERT INTO {table} VALUES ({marks})", (with_checksum(table, row) for row in rows)
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is in the file when the block ends, or not at all.

        Raises:
            SmashError: E920, E922 or E946, it cannot be written.
            ValueError: the ledger is open for reading.
        """
        if self.read_only:
            raise ValueError(f"the ledger `{self._path}` is open for reading")
        with self._troubles():
            self._keep_log()
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._troubles():
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):  # what has gone wrong before is what is told
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; where nobody else has it open, it is then the only one."""
        with suppress(sqlite3.Error):
            if self._log:
                self._connection.execute("PRAGMA busy_timeout=0")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._connection.execute("PRAGMA journal_mode=DELETE")
        with suppress(sqlite3.Error):
            self._connection.close()

    def _opened(self, path: Path) -> sqlite3.Connection:
        """A connection. For reading, it may write where it takes that to undo or to complete what a
        writer has left that was killed."""
        for attempt in _READ if self.read_only else _WRITE:
            try:
                return self._connected(path, attempt)
            except sqlite3.OperationalError as error:
                if code_of(error) not in _NO_LOG or attempt is _ALONE:
                    raise
        raise AssertionError("the last attempt succeeds or raises")

    def _connected(self, path: Path, attempt: _Attempt) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={attempt.mode}", uri=True, isolation_level=None,
            timeout=self._timeout,
        )  # fmt: skip
        try:
            if attempt.alone:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            _harden(connection)
            size = path.stat().st_size
            most = BUDGET + size // BYTES
            connection.set_progress_handler(lambda: self._too_long(most), STEPS)
            require_ledger(connection, path, size)
            if attempt.alone:
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("PRAGMA locking_mode=NORMAL")
                connection.execute("SELECT count(*) FROM sqlite_master")
            if self.read_only:
                connection.execute("PRAGMA query_only=ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep_log(self) -> None:
        """Write transactions into a log first, so that others may read meanwhile; where the file
        system cannot do that, keep what they change in a journal."""
        if self._log:
            return
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as error:
            if code_of(error) not in _NO_LOG:
                raise
            self._connection.close()
            self._connection = self._connected(self._path, _ALONE)
        self._log = True

    def _too_long(self, most: int) -> bool:
        self._looks += 1
        return self._looks > most

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        self._looks = 0
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise translated(self._path, error, read_only=self.read_only) from error
        except UnicodeDecodeError as error:  # even of a message that quotes the file
            raise damaged(self._path, "a text in it is not UTF-8") from error


def create(path: Path, facts: Mapping[str, str]) -> None:
    """Make the file of a new ledger, whole, unless another process is faster; `facts` are JSON.

    Raises:
        SmashError: E920 to E922, it cannot be written.
    """
    with new_file(path) as made:
        try:
            connection = sqlite3.connect(made)
            try:
                connection.execute("PRAGMA journal_mode=MEMORY")
                make_tables(connection)
                rows = [with_checksum("facts", (name, value)) for name, value in facts.items()]
                connection.executemany("INSERT INTO facts VALUES (?, ?, ?)", rows)
                connection.commit()
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise translated(path, error, read_only=False) from error


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(connection)
    return connection


def _harden(connection: sqlite3.Connection) -> None:
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    if hasattr(connection, "setconfig"):  # Python 3.12
        connection.setconfig(_DEFENSIVE, True)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
