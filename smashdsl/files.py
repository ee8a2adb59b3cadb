"""Reading and writing files so that a failure leaves nothing half-written.

Takes paths and bytes, text or plain JSON data; gives them back, or raises `SmashError` with the
cause and a way out. A written file is either the old one or the new one, never a part.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError

MAX_JSON = 64 * 2**20
MAX_FILE = 16 * 2**30

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


def write_atomic(
    path: str | os.PathLike[str], data: bytes | str, previous: str | os.PathLike[str] | None = None
) -> None:
    """Write a whole file at once: on any failure the old file, if any, is still there.

    With `previous`, that is where the old file is then found.

    Text is written as UTF-8 with its line ends as they are. A link is followed; a device or pipe is
    written directly.

    Raises:
        SmashError: E921 a folder stands there, E922 no space is left, E920 anything else.
    """
    with writing(path, previous) as file:
        file.write(data.encode() if isinstance(data, str) else data)


@contextmanager
def writing(
    path: str | os.PathLike[str], previous: str | os.PathLike[str] | None = None
) -> Iterator[IO[bytes]]:
    """A file to write to, which takes its place when the block ends without an error; else like
    `write_atomic`."""
    target = Path(path).resolve()
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as file:
                yield file
        else:
            with _replacing(target, Path(previous) if previous else None) as file:
                yield file
    except OSError as error:
        raise unwritable(Path(path), error) from error


@contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """An empty file beside a path, which takes that name when the block ends without an error,
    unless there is a file of that name by then: of several processes, one makes it.

    Raises:
        SmashError: E920 to E922, it cannot be written.
    """
    target = Path(path).resolve()
    temporary = _temporary(target)
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        _name(temporary, target)
        _settle(target.parent)
    except OSError as error:
        raise unwritable(Path(path), error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _name(temporary: Path, target: Path) -> None:
    """Give a file a name that is free; where it is not, do nothing."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return
    except OSError:  # not every file system has hard links
        if not target.exists():
            temporary.replace(target)


@contextmanager
def _replacing(target: Path, previous: Path | None) -> Iterator[IO[bytes]]:
    temporary = _temporary(target)
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "write-protected")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666
    handle = os.open(
        temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode
    )
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if previous is not None and target.exists():
            _keep(target, previous)
        temporary.replace(target)
        _settle(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _keep(target: Path, previous: Path) -> None:
    """Give a file a second name, where possible without ever taking its first."""
    link = _temporary(previous)
    try:
        os.link(target, link)
    except OSError:  # not every file system has hard links
        target.replace(previous)
        return
    try:
        link.replace(previous)
    finally:
        link.unlink(missing_ok=True)  # it stays where both names were the same file's


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name[:64]}.{secrets.token_hex(4)}.tmp")


def sweep(path: str | os.PathLike[str]) -> None:
    """Remove what writers of a file that were killed have left beside it, as far as possible."""
    target = Path(path)
    leftover = re.compile(re.escape(f".{target.name[:64]}.") + r"[0-9a-f]{8}\.tmp")
    with suppress(OSError):
        for found in target.parent.iterdir():
            if leftover.fullmatch(found.name):
                found.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Make sure that renamed files are found under their new names after a power failure."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems cannot
            raise
    finally:
        os.close(handle)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write plain data as indented JSON, atomically; raises like `write_atomic`."""
    write_atomic(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def make_folder(path: str | os.PathLike[str]) -> Path:
    """Make a folder and those above it, unless they exist.

    Raises:
        SmashError: E920 or E922, with the cause.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def read_bytes(path: str | os.PathLike[str], limit: int = MAX_FILE) -> bytes:
    """A file's bytes.

    Raises:
        SmashError: E923 when it cannot be read or is longer than `limit` bytes.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        with file.open("rb") as handle:
            content = handle.read(limit + 1)
    except OSError as error:
        reason = "it does not exist" if isinstance(error, FileNotFoundError) else _reason(error)
        raise fail("E923", f"cannot read `{file}`: {reason}") from error
    if len(content) > limit:
        raise fail("E923", f"cannot read `{file}`: it is larger than {limit:,} bytes")
    return content


def read_json(path: str | os.PathLike[str], limit: int = MAX_JSON) -> Any:
    """The plain data of a JSON file.

    Raises:
        SmashError: E923 when it cannot be read, E924 when it does not hold JSON.
    """
    return parse_json(read_bytes(path, limit), str(path))


def parse_json(content: bytes, name: str) -> Any:
    """The plain data that bytes hold; `name` is what errors call them.

    Raises:
        SmashError: E924, they do not hold JSON.
    """
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError:
        reason = "it is not text in UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        reason = str(error)
    raise fail("E924", f"`{name}` does not hold JSON: {reason}")


def fail(code: str, message: str, *helps: str) -> SmashError:
    """A `SmashError` about a file or a run, which has no place in a program's text."""
    return SmashError(Diagnostic(code, message, helps=helps))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def unwritable(path: Path, error: OSError) -> SmashError:
    """The error for a path that the system refused to write."""
    if error.errno == errno.EISDIR:
        return fail("E921", f"cannot write `{path}`: it is a folder", "name a file inside it")
    if error.errno in _NO_SPACE:
        return fail(
            "E922", f"cannot write `{path}`: no space is left",
            "free some space, or write to another disk; the old file is unharmed",
        )  # fmt: skip
    if isinstance(error, FileNotFoundError):
        there = path.parent.is_dir()
        help_ = "choose another place" if there else f"make the folder `{path.parent}` first"
    elif isinstance(error, FileExistsError):
        help_ = "a file of that name is in the way: choose another name, or move it"
    elif isinstance(error, NotADirectoryError):
        help_ = f"`{path.parent}` is not a folder"
    elif error.errno in _NO_RIGHT:
        help_ = "choose a place where you may write, or change the permissions"
    else:
        help_ = "choose another place or name"
    return fail("E920", f"cannot write `{path}`: {_reason(error)}", help_)
