"""Reading `.smash` files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Source
from smashdsl.syntax.limits import MAX_FILE_BYTES


def load_source(path: str | Path, *, stdin: BinaryIO | None = None) -> Source:
    """The text of a file.

    Args:
        path: where it is; `-` stands for standard input.
        stdin: what to read for `-` instead of the standard input of this process.

    Raises:
        SmashError: E901 no such file, E902 a folder, E903 not UTF-8 text, E904 unreadable,
            E810 larger than 4 MiB.
    """
    name = str(path)
    if name == "-":
        stream = sys.stdin.buffer if stdin is None else stdin
        return _decode("<stdin>", _read(name, stream.read))
    return _decode(name, _read(name, lambda size: _read_file(Path(path), size)))


def _read_file(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _read(name: str, read: Callable[[int], bytes]) -> bytes:
    try:
        data = read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise _no_such_file(Path(name)) from None
    except IsADirectoryError:
        raise _failure("E902", f"`{name}` is a folder", "name a `.smash` file inside it") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise _failure("E904", f"cannot read `{name}`: {reason}") from None
    if len(data) > MAX_FILE_BYTES:
        raise _failure(
            "E810",
            f"`{name}` is larger than {MAX_FILE_BYTES // 2**20} MiB",
            "write the network with `repeat`, `for` and `op`, or split the file with `use`",
        )
    return data


def _decode(name: str, data: bytes) -> Source:
    if b"\0" in data:
        raise _failure("E903", f"`{name}` is not a text file: it holds NUL characters")
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _failure(
            "E903",
            f"`{name}` is not a text in UTF-8: byte {data[error.start]:#04x} at {error.start:,}",
            "save it in the encoding UTF-8",
        ) from None


def _no_such_file(path: Path) -> SmashError:
    try:
        near = did_you_mean(path.name, (other.name for other in path.parent.iterdir()))
    except OSError:
        near = None
    helps = (f"did you mean `{path.with_name(near)}`?",) if near else ()
    return _failure("E901", f"there is no file `{path}`", *helps)


def _failure(code: str, message: str, *helps: str) -> SmashError:
    return SmashError(Diagnostic(code, message, helps=helps))
