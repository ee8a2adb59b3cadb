"""Compiled costs against the public tables of NAS-Bench-101, -201 and -Macro, row by row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pyarrow.parquet import read_table as read_parquet
from reference.nas_bench_201 import NASBench201, parse_arch
from reference.nas_bench_macro import NASBenchMacro

import smashdsl
from smashdsl.studies.tables import read_table

SPECS = Path(__file__).parents[2] / "specs"
MACRO_OPS = {"0": "skip", "1": "mb3_k3", "2": "mb6_k5"}
SAMPLED = 25  # every so manieth row of NAS-Bench-201


def rows(shared_data: Path, table: str) -> list[dict[str, str]]:
    with (shared_data / "data" / "arch-benchmarks" / table / "dev.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def space(name: str) -> smashdsl.Space:
    loaded = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(loaded, smashdsl.Space)
    return loaded


def check_nas_bench_macro(table: list[dict[str, str]]) -> None:
    macro = space("nas_bench_macro")
    for row in table:
        digits = enumerate(row["arch"])
        costs = macro.rebuild({f"layer[{i}].chosen": MACRO_OPS[digit] for i, digit in digits}).costs
        assert (costs.params, costs.flops) == (int(row["params"]), int(row["flops"])), row["arch"]


def test_nas_bench_macro(shared_data: Path) -> None:
    check_nas_bench_macro(rows(shared_data, "nasbench-macro")[::5])


@pytest.mark.slow
def test_nas_bench_macro_in_full(shared_data: Path) -> None:
    table = rows(shared_data, "nasbench-macro")
    assert len(table) == 1312
    check_nas_bench_macro(table)


def check_nas_bench_201(table: list[dict[str, str]]) -> None:
    """`conv_macs` counts the linear layer too, as `flops` does."""
    cells = space("nas_bench_201")
    for row in table:
        ops = [op for node in parse_arch(row["arch"]) for op, _ in node]
        costs = cells.rebuild({f"edge[{i}]": op for i, op in enumerate(ops)}).costs
        assert (costs.params, costs.flops) == (int(row["params"]), int(row["conv_macs"])), row[
            "arch"
        ]


def test_nas_bench_201(shared_data: Path) -> None:
    check_nas_bench_201(rows(shared_data, "nasbench201")[::SAMPLED])


@pytest.mark.slow
def test_nas_bench_201_in_full(shared_data: Path) -> None:
    table = rows(shared_data, "nasbench201")
    assert len(table) == 3125
    check_nas_bench_201(table)


def check_nas_bench_101(shared_data: Path, every: int) -> None:
    table = read_table(shared_data / "data" / "arch-benchmarks" / "nasbench101-sample/dev.parquet")
    counted = read_parquet(table.path, columns=["params"]).column(0).to_pylist()
    assert len(table.rows) == len(counted) == 5961
    cells = space("nas_bench_101")
    for row, params in list(zip(table.rows, counted, strict=True))[::every]:
        assert table.program(cells, row).costs.params == params, row.arch


def test_nas_bench_101(shared_data: Path) -> None:
    check_nas_bench_101(shared_data, 200)


@pytest.mark.slow
def test_nas_bench_101_in_full(shared_data: Path) -> None:
    check_nas_bench_101(shared_data, 1)


def test_the_hand_written_networks_are_the_benchmarks(shared_data: Path) -> None:
    for row in rows(shared_data, "nasbench-macro")[::200]:
        network = NASBenchMacro(row["arch"])
        assert sum(p.numel() for p in network.parameters()) == int(row["params"])
    for row in rows(shared_data, "nasbench201")[::500]:
        network = NASBench201(row["arch"])
        assert sum(p.numel() for p in network.parameters()) == int(row["params"])
