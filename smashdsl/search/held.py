"""One writer for each run's folder, however many processes look at it.

The system lets go of the lock when the process ends, however it ends. Where a file system has no
locks, or the folder cannot be written anyway, there is none.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_bytes, unwritable

Result = TypeVar("Result")
Given = ParamSpec("Given")
Held = TypeVar("Held", bound="_OfRun")

NAME = ".lock"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_HOLDER = re.compile(rb"process \d{1,10} on [\w.-]{1,80}")
_FAR = 2**30  # of the file, which says who holds it, only this byte is locked on Windows

_holding: dict[Path, tuple[int, int]] = {}  # by folder: the handle that holds it, how many times


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """While the block runs, no other process holds this folder, which must exist. The same process
    may hold it again.

    Raises:
        SmashError: E946 another process holds it; E92x the lock cannot be made.
    """
    place = folder.resolve()
    handle, times = _holding.get(place, (-1, 0))
    _holding[place] = (handle if times else _acquired(place), times + 1)
    try:
        yield
    finally:
        handle, times = _holding.pop(place)
        if times > 1:
            _holding[place] = (handle, times - 1)
        else:
            _release(place / NAME, handle)


class _OfRun(Protocol):
    @property
    def folder(self) -> Path: ...


def holding(
    step: Callable[Concatenate[Held, Given], Result],
) -> Callable[Concatenate[Held, Given], Result]:
    """The same step of a run, which holds the run's folder."""

    @wraps(step)
    def holding_step(run: Held, /, *arguments: Given.args, **options: Given.kwargs) -> Result:
        with held(run.folder):
            return step(run, *arguments, **options)

    return holding_step


def _acquired(folder: Path) -> int:
    """A handle that holds the folder, or -1 where there is nothing to hold it by."""
    path = folder / NAME
    try:
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            if not _lock(handle):
                os.close(handle)
                raise _taken(folder)
            if _is_at(path, handle):
                os.ftruncate(handle, 0)
                os.write(handle, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
                return handle
            os.close(handle)  # who held it has just removed the file
    except OSError as error:
        if error.errno in _NO_RIGHT:
            return -1
        raise unwritable(path, error) from error


def _lock(handle: int) -> bool:
    """Whether this process has the lock now, or could not have one."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _taken(folder: Path) -> SmashError:
    who = "another process"
    with suppress(SmashError):
        if found := _HOLDER.match(read_bytes(folder / NAME, 1000)):
            who = found[0].decode()
    return fail("E946", f"`{folder}` is in use: {who} writes it",
                "wait until it has ended, or stop it")  # fmt: skip


def _release(path: Path, handle: int) -> None:
    if handle < 0:
        return
    with suppress(OSError):
        if os.name == "posix":
            path.unlink()  # before anyone else can hold it
        os.close(handle)
        if os.name != "posix":
            path.unlink()


def _forget() -> None:
    """In a new process that was forked: its parent holds what it holds."""
    for handle, _ in _holding.values():
        with suppress(OSError):
            os.close(handle)
    _holding.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
