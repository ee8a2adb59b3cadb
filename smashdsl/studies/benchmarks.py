"""Public tables of measured networks: what their columns are called, and how a row names a network.

Each benchmark has a space of its own in `specs`; a row becomes the draws of that space, and so also
those of smaller copies with the same draws.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Genome = Mapping[str, Any]
Columns = Mapping[str, Any]

_201 = re.compile(
    r"\|(\w{1,40})~0\|\+\|(\w{1,40})~0\|(\w{1,40})~1\|\+"
    r"\|(\w{1,40})~0\|(\w{1,40})~1\|(\w{1,40})~2\|"
)
_MACRO = re.compile(r"[0-2]{8}")
_MACRO_OPS = {"0": "skip", "1": "mb3_k3", "2": "mb6_k5"}
_101_OPS = {"conv1x1-bn-relu": "conv1x1", "conv3x3-bn-relu": "conv3x3", "maxpool3x3": "maxpool3x3"}
_101_MOST = 7


@dataclass(frozen=True)
class Benchmark:
    """One public table.

    Attributes:
        name: of the benchmark.
        spec: the file in `specs` with its space.
        names: the columns that name a network.
        main: the column that is usually meant by the accuracy.
        truth: what the names of all columns with accuracies are like.
        most: the highest accuracy: 100 where they are per cent.
        genome: the draws that a row's naming columns stand for; ValueError says why there are none.
        repeats: the columns with single measurements that `main` is the mean of.
        group: the column by which rows can be told that are one network, measured anew.
    """

    name: str
    spec: str
    names: tuple[str, ...]
    main: str
    truth: str
    most: float
    genome: Callable[[Columns], Genome]
    repeats: tuple[str, ...] = ()
    group: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns by which the table is recognised."""
        return (*self.names, self.main)


def _nas_bench_201(row: Columns) -> Genome:
    match = _201.fullmatch(str(row["arch"]))
    if not match:
        raise ValueError("a cell is written like `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`")
    return {f"edge[{number}]": op for number, op in enumerate(match.groups())}


def _nas_bench_macro(row: Columns) -> Genome:
    arch = str(row["arch"])
    if not _MACRO.fullmatch(arch):
        raise ValueError("a network is eight digits from 0 to 2; leading zeros count")
    return {f"layer[{place}].chosen": _MACRO_OPS[digit] for place, digit in enumerate(arch)}


def nas_bench_101(row: Columns) -> Genome:
    """The draws of a cell: `adjacency` has the matrix of edges, row by row, and `ops` the vertices,
    with commas between.

    Raises:
        ValueError: it is no cell of the benchmark.
    """
    bits, ops = str(row["adjacency"]), str(row["ops"])[:1000].split(",")
    count = len(ops)
    if not 2 <= count <= _101_MOST:
        raise ValueError(f"a cell has 2 to {_101_MOST} vertices, not {count}")
    if not re.fullmatch(f"[01]{{{count * count}}}", bits):
        raise ValueError(f"{count} vertices have an adjacency of {count * count} zeros and ones")
    edges = [(i // count, i % count) for i, bit in enumerate(bits) if bit == "1"]
    if any(start >= end for start, end in edges):
        raise ValueError("edges lead from a vertex to a later one")
    inner = ops[1:-1]
    if (ops[0], ops[-1]) != ("input", "output") or not set(inner) <= set(_101_OPS):
        raise ValueError(f"vertices are `input`, any of {', '.join(_101_OPS)}, and `output`")
    last = _101_MOST - 1  # smaller cells leave out vertices before the output
    taken = {(start, last if end == count - 1 else end) for start, end in edges}
    reached = {0, *(end for _, end in taken)}
    genome: dict[str, Any] = {
        f"to{end}[{start}]": int((start, end) in taken)
        for end in range(1, _101_MOST)
        for start in range(end)
        if start in reached
    }
    return genome | {
        f"vertex[{place}]": _101_OPS[op] for place, op in enumerate(inner, 1) if place in reached
    }


BENCHMARKS = (
    Benchmark("NAS-Bench-201", "nas_bench_201", ("arch",), "cifar10-test",
              r"(cifar10|cifar100|imagenet)-(val|test)(-\w+)?", 100, _nas_bench_201,
              group="group"),
    Benchmark("NAS-Bench-Macro", "nas_bench_macro", ("arch",), "mean_acc", r"mean_acc|test_acc_\d",
              100, _nas_bench_macro, ("test_acc_0", "test_acc_1", "test_acc_2")),
    Benchmark("NAS-Bench-101", "nas_bench_101", ("adjacency", "ops"), "val_acc_108ep",
              r"(val|test)_acc_\d+ep", 1, nas_bench_101),
)  # fmt: skip
