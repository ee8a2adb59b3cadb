"""Encodings for predictors as arrays, JSON data and text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smashdsl.backends.summary.columns import columns

if TYPE_CHECKING:
    from smashdsl.api import Program

KINDS = ("one-hot", "adjacency", "path", "hash")
_MOST = 2**62


def arrays(program: Program, kind: str, longest: int | None, size: int | None,
           whole: bool) -> dict[str, Any]:  # fmt: skip
    """The arrays of an encoding: `x`, with `names` of its entries where they have any; or `matrix`
    and `ops`. All have the program's `hash`, and none is pickled."""
    import numpy as np

    found: dict[str, Any] = {"hash": np.array(program.hash)}
    match kind:
        case "one-hot":
            x, names = program.one_hot()
            found |= {"x": x, "names": np.array(names, dtype=str)}
        case "adjacency":
            matrix, ops = program.adjacency()
            found |= {"matrix": matrix, "ops": np.array(ops, dtype=str)}
        case "path":
            paths = program.paths(longest, whole)
            if size is None:
                x = np.array([min(times, _MOST) for times in paths.values()], np.int64)
                found |= {"x": x, "names": np.array(list(paths), dtype=str)}
            else:
                from smashdsl.backends.features import hashed_paths

                found["x"] = hashed_paths(paths, size)
        case _:
            found["x"] = np.frombuffer(bytes.fromhex(program.hash), np.uint8)
    return found


def npz(found: Mapping[str, Any]) -> bytes:
    """The arrays as numpy writes them."""
    import numpy as np

    stream = io.BytesIO()
    np.savez_compressed(stream, **found)
    return stream.getvalue()


def data(found: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays as plain JSON data."""
    return {name: array.tolist() for name, array in found.items()}


def _number(value: float) -> str:
    """A count as it is, a number of an interval shortly."""
    return str(value) if isinstance(value, int) else f"{value:g}"


def text(found: Mapping[str, Any]) -> str:
    """The arrays for people."""
    if "matrix" in found:
        rows = [["step", "reads", "operation"]]
        for number, op in enumerate(found["ops"].tolist()):
            reads = [str(i) for i, n in enumerate(found["matrix"][:, number]) for _ in range(n)]
            rows.append([str(number), " ".join(reads), op])
        return columns(rows, (0,), widest=10_000)
    if "names" in found:
        rows = [["entry", "value", "of"]]
        pairs = zip(found["x"].tolist(), found["names"].tolist(), strict=True)
        rows += [[str(i), _number(value), name] for i, (value, name) in enumerate(pairs)]
        return columns(rows, (0, 1), widest=10_000)
    if len(found["x"]) == 32 and found["x"].dtype == "uint8":
        return f"{found['hash']}\n"
    return " ".join(map(str, found["x"].tolist())) + "\n"
