"""Whether a file is a ledger, before anything in it is used."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from smashdsl.search.ledger.schema import APPLICATION, VERSION, expected_objects, objects_of
from smashdsl.search.ledger.trouble import damaged, no_ledger

SMALL = 8 * 2**20  # bytes up to which the whole file is checked each time


def require_ledger(connection: sqlite3.Connection, path: Path, size: int) -> None:
    """Refuse a file that is not exactly a ledger.

    Args:
        connection: to the file.
        path: of the file.
        size: of the file, in bytes. Of a large file, rows are checked as they are read, and
            whether its indices have all of them is not.

    Raises:
        SmashError: E948 it is another file or of another version, E944 it is damaged.
        sqlite3.Error: it cannot be read.
    """
    if size == 0:
        raise damaged(path, "it is empty")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise no_ledger(path, "another program has made it")
    if version != VERSION:
        raise no_ledger(path, f"it is of version {version}, and this smashdsl reads {VERSION}")
    _require_objects(connection, path)
    if size <= SMALL:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise damaged(path, " ".join(str(found).split()))


def _require_objects(connection: sqlite3.Connection, path: Path) -> None:
    found, expected = objects_of(connection), expected_objects()
    if found != expected:
        names = sorted({str(each[1])[:80] for each in found ^ expected})
        shown = ", ".join(name if name.isprintable() else repr(name) for name in names[:5])
        raise no_ledger(path, f"it defines other tables than a ledger ({shown})")
