"""`_archs.npz` of the released SMASH code (github.com/ajbrock/SMASH, 2017), read as data.

Its `evaluate.py` saves a list `archs` of tuples, the best first, as an object array, which numpy
pickles; see `pickles` for how that is read. `architecture` says what the fields of a tuple are.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

from smashdsl.files import fail, read_bytes
from smashdsl.importing.pickles import UnsafePickle, read_pickle

MAX_BYTES = 256 * 2**20
MAX_OPENED = 512 * 2**20
_ORDERS = {"best": "archs", "run": "unsorted_archs"}


def read_archs(path: str, order: str = "best") -> list[Any]:
    """The architectures in an archive.

    Args:
        path: of the file.
        order: `best` first, or as they were scored in their `run`.

    Raises:
        SmashError: E923 the file cannot be read, E997 it is no such archive, E999 it holds more
            than data.
    """
    member = f"{_ORDERS[order]}.npy"
    content = read_bytes(path, MAX_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            info = archive.getinfo(member)
            if info.file_size > MAX_OPENED:
                raise fail("E997", f"`{path}`: `{member}` is larger than {MAX_OPENED:,} bytes")
            with archive.open(info) as file:
                array = file.read(MAX_OPENED + 1)
    except KeyError as error:
        raise fail("E997", f"`{path}` has no `{member}`", "the released code of SMASH writes "
                   "architectures to files called `…_archs.npz`") from error  # fmt: skip
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError,
            NotImplementedError, struct.error) as error:  # fmt: skip
        raise fail("E997", f"`{path}` is no archive of numpy: {error}") from error
    return _rows(path, array)


def _rows(path: str, array: bytes) -> list[Any]:
    start = _body(array)
    if start is None:
        raise fail("E997", f"`{path}` does not hold an array of objects")
    try:
        found = read_pickle(array[start:])
    except UnsafePickle as error:
        raise fail("E999", f"`{path}` was not read: {error}",
                   "nothing in it has been executed") from error  # fmt: skip
    if not isinstance(found, list):
        raise fail("E997", f"`{path}` does not hold a list of architectures")
    return found


def _body(array: bytes) -> int | None:
    """Where an array of objects starts in the bytes of an .npy file; None if there is none."""
    if array[:6] != b"\x93NUMPY" or len(array) < 12:
        return None
    wide = array[6] > 1
    (length,) = struct.unpack_from("<I" if wide else "<H", array, 8)
    start = (12 if wide else 10) + int(length)
    header = array[8:start]
    return start if start <= len(array) and (b"'|O'" in header or b"'O'" in header) else None
