"""Names of networks in public benchmarks → programs of the benchmarks' specs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from smashdsl.api import Space, loads
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import parse_json
from smashdsl.importing.imported import Imported, foreign, imported, short
from smashdsl.studies.benchmarks import BENCHMARKS, Benchmark

_KEYS_101 = (("matrix", "ops"), ("module_adjacency", "module_operations"), ("adjacency", "ops"))


def from_benchmark(kind: str, source: str) -> Imported:
    """The network that a benchmark calls by a string.

    Args:
        kind: `nas-bench-201`, `nas-bench-macro` or `nas-bench-101`.
        source: a cell such as `|nor_conv_3x3~0|+|…|`; eight digits; or JSON with `matrix` and
            `ops`.

    Raises:
        SmashError: E997, it names no network.

    >>> from_benchmark("nas-bench-macro", "00000000").program.costs.depth
    5
    """
    benchmark = next(each for each in BENCHMARKS if each.name.lower() == kind)
    row = _cell(source) if benchmark.names == ("adjacency", "ops") else {"arch": source}
    shown = ":".join(str(row[name]) for name in benchmark.names)
    try:
        genome = benchmark.genome(row)
        program = _space(benchmark).rebuild(genome)
    except ValueError as error:
        raise foreign(benchmark.name, f"`{short(shown)}`: {error}") from error
    except SmashError as error:
        reason = error.diagnostics[0].message
        raise foreign(benchmark.name, f"`{short(shown)}` is not in its space: {reason}") from error
    return imported(program.ir, [f"{benchmark.name}: {shown}"])


def _space(benchmark: Benchmark) -> Space:
    file = resources.files("smashdsl.specs") / f"{benchmark.spec}.smash"
    found = loads(file.read_text(encoding="utf-8"), filename=f"{benchmark.spec}.smash")
    assert isinstance(found, Space)
    return found


def _cell(source: str) -> Mapping[str, Any]:
    """A row of NAS-Bench-101's table from JSON."""
    what = "NAS-Bench-101"
    data = parse_json(source.encode(errors="replace"), "the cell")
    keys = next(
        (pair for pair in _KEYS_101 if isinstance(data, dict) and set(pair) <= set(data)), None
    )
    if keys is None:
        wanted = '{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}'
        raise foreign(what, "this is no cell", f"a cell is written like {wanted}")
    matrix, ops = data[keys[0]], data[keys[1]]
    if not isinstance(ops, list) or len(ops) > 16 or not all(isinstance(op, str) for op in ops):
        raise foreign(what, f"`{keys[1]}` is no list of at most 16 names of operations")
    if not isinstance(matrix, list) or len(matrix) != len(ops):
        raise foreign(what, f"`{keys[0]}` must have a row for each of the {len(ops)} operations")
    for row in matrix:
        if not isinstance(row, list) or len(row) != len(ops) or any(
            type(bit) not in (int, bool) or bit not in (0, 1) for bit in row
        ):  # fmt: skip
            raise foreign(what, f"the rows of `{keys[0]}` must be {len(ops)} zeros and ones each")
    bits = "".join(str(int(bit)) for row in matrix for bit in row)
    return {"adjacency": bits, "ops": ",".join(short(op) for op in ops)}
