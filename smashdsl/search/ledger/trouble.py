"""What can be wrong with the file of a ledger, as `SmashError`s."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, unwritable

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_REFUSED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
            sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL)  # fmt: skip


def code_of(error: sqlite3.Error) -> int:
    """The primary code of an error."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


def translated(path: Path, error: sqlite3.Error | OSError, *, read_only: bool) -> SmashError:
    """The `SmashError` for what SQLite or the system says of a ledger."""
    if isinstance(error, OSError):
        return _unreadable(path, error.strerror or str(error))
    code, said = code_of(error), str(error)
    if code in _BUSY:
        return busy(path, "another process is writing to it")
    if code == sqlite3.SQLITE_FULL:
        return unwritable(path, OSError(errno.ENOSPC, said))
    if code == sqlite3.SQLITE_NOTADB:
        return no_ledger(path, "it is no SQLite file")
    if code in _REFUSED and not path.exists():
        return _unreadable(path, "it does not exist")
    if code in _REFUSED:
        return _unreadable(path, said) if read_only else unwritable(path, OSError(said))
    if code == sqlite3.SQLITE_INTERRUPT:
        said = "reading it does not end"
    return damaged(path, said)


def damaged(path: Path, reason: str) -> SmashError:
    """E944: something in the file is not as it was written, or belongs to another run."""
    return fail("E944", f"`{path}` is damaged: {reason}",
                "put back the file, or start again with another folder")  # fmt: skip


def of_another_run(path: Path, differences: list[str]) -> SmashError:
    """E944: the scores are of another run."""
    return fail("E944", f"`{path}` is of another run: {'; '.join(differences)}",
                "scores of different runs cannot be compared")  # fmt: skip


def busy(path: Path, reason: str) -> SmashError:
    """E946: another process is at work on the same ledger."""
    return fail("E946", f"`{path}` is in use: {reason}",
                "wait until it has ended, then give the command again")  # fmt: skip


def no_ledger(path: Path, reason: str) -> SmashError:
    """E948: the file is something else, or of another version."""
    return fail("E948", f"`{path}` is no ledger that can be used: {reason}")


def _unreadable(path: Path, reason: str) -> SmashError:
    return fail("E923", f"cannot read `{path}`: {reason}")
