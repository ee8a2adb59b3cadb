"""Tables of measured networks: read, recognised, refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from language.texts import spec

from smashdsl import SmashError
from smashdsl.diagnostics import Diagnostic
from smashdsl.studies import tables
from smashdsl.studies.tables import Table, read_table

CELL = "|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|"
OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "none")
ARCH = CELL.format(*OPS)
HEAD_201 = "arch,group,cifar10-test,cifar10-val-12ep"
HEAD_MACRO = "arch,test_acc_0,test_acc_1,test_acc_2,mean_acc,std"
SMALL_101 = "0110 0011 0001 0000".replace(" ", "")  # 0 → 1, 0 → 2, 1 → 2, 1 → 3, 2 → 3


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def cells(path: Path, **columns: list[object]) -> Path:
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def refused(path: Path) -> Diagnostic:
    with pytest.raises(SmashError) as caught:
        read_table(path)
    (found,) = caught.value.diagnostics
    return found


def words(found: Diagnostic) -> str:
    return "\n".join((found.message, *found.helps))


def test_nas_bench_201(tmp_path: Path) -> None:
    lines = (f"x,{ARCH},1,90.5,80", f"x,{ARCH},1,91.5,82", "", f"x,{ARCH},2,10,10")
    path = written(tmp_path / "t.csv", "note," + HEAD_201, *lines)
    table = read_table(path)
    assert (table.benchmark.name, table.main) == ("NAS-Bench-201", "cifar10-test")
    assert [row.number for row in table.rows] == [1, 2, 3]
    assert table.rows[0].arch == ARCH
    assert table.rows[0].genome == {f"edge[{i}]": op for i, op in enumerate(OPS)}
    assert table.rows[1].truth == {"cifar10-test": 91.5, "cifar10-val-12ep": 82}
    # One network, measured twice: the deviation has one degree of freedom.
    assert table.noise == pytest.approx({"cifar10-test": 0.5**0.5, "cifar10-val-12ep": 2**0.5})


def test_nas_bench_macro(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.csv", HEAD_MACRO, "00000012,80,81,82,81,1", "21000000,60,60,63,61,2"
    )
    table = read_table(path)
    assert table.main == "mean_acc"
    assert table.rows[0].arch == "00000012"
    assert table.rows[0].genome["layer[7].chosen"] == "mb6_k5"
    assert table.rows[0].truth == {"test_acc_0": 80, "test_acc_1": 81, "test_acc_2": 82,
                                   "mean_acc": 81}  # fmt: skip
    single = math.sqrt((1 + 3) / 2)
    assert table.noise["test_acc_1"] == pytest.approx(single)
    assert table.noise["mean_acc"] == pytest.approx(single / math.sqrt(3))


def test_nas_bench_101(tmp_path: Path) -> None:
    path = cells(tmp_path / "t.parquet", adjacency=[SMALL_101],
                 ops=["input,conv3x3-bn-relu,maxpool3x3,output"], val_acc_108ep=[0.9])  # fmt: skip
    (row,) = (table := read_table(path)).rows
    assert table.noise == {}
    assert row.truth == {"val_acc_108ep": 0.9}
    assert row.genome == {
        "to1[0]": 1, "to2[0]": 1, "to2[1]": 1, "to3[0]": 0, "to3[1]": 0, "to3[2]": 0,
        "to4[0]": 0, "to4[1]": 0, "to4[2]": 0, "to5[0]": 0, "to5[1]": 0, "to5[2]": 0,
        "to6[0]": 0, "to6[1]": 1, "to6[2]": 1,  # the output is vertex 6 in cells of any size
        "vertex[1]": "conv3x3", "vertex[2]": "maxpool3x3",
    }  # fmt: skip
    assert table.program(spec("nas_bench_101"), row).genome == row.genome


def test_vertices_that_are_not_reached_have_no_draws(tmp_path: Path) -> None:
    """And those that lead nowhere are not in the space: the benchmark prunes both."""
    adjacency = ["0010001000010000", "0110000000010000"]
    ops = ["input,conv3x3-bn-relu,maxpool3x3,output"] * 2
    path = cells(tmp_path / "t.parquet", adjacency=adjacency, ops=ops, val_acc_108ep=[0.9, 0.9])
    pruned, dangling = (table := read_table(path)).rows
    assert "vertex[1]" not in pruned.genome
    assert table.program(spec("nas_bench_101"), pruned).costs.params > 0
    with pytest.raises(SmashError, match=r"row 2 of .* is not in `nas_bench_101`"):
        table.program(spec("nas_bench_101"), dangling)


@pytest.mark.parametrize("copy", ["nas_bench_201", "nas_bench_201_small"])
def test_a_row_is_a_program_of_the_space_and_of_its_copy(tmp_path: Path, copy: str) -> None:
    table = read_table(written(tmp_path / "t.csv", HEAD_201, f"{ARCH},1,90,80"))
    of = spec(copy)
    program = table.program(of, table.rows[0])
    assert program.space is of
    assert program.genome == table.rows[0].genome


@pytest.mark.parametrize("name", ["nas_bench_201", "nas_bench_macro"])
def test_small_copies_have_the_same_draws(name: str) -> None:
    whole, small = spec(name), spec(f"{name}_small")
    assert small.size.exact == whole.size.exact
    for seed in range(5):
        drawn = whole.sample(seed)
        copy = small.sample(seed)
        assert copy.genome == drawn.genome
        assert copy.costs.flops < drawn.costs.flops / 3


def test_rows_of_another_space(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "t.csv", HEAD_MACRO, "01201201,80,81,82,81,1"))
    for name, part in (("nas_bench_201", "edge[0]"), ("quickstart", "no value for the draw")):
        with pytest.raises(SmashError) as caught:
            table.program(spec(name), table.rows[0])
        (found,) = caught.value.diagnostics
        assert found.code == "E982"
        assert part in found.message
        assert f"row 1 of `{tmp_path / 't.csv'}`, 01201201, is not in `{name}`" in found.message
        assert "`nas_bench_macro` among the specs" in words(found)


def test_an_operation_that_the_space_lacks(tmp_path: Path) -> None:
    arch = ARCH.replace("avg_pool_3x3", "max_pool_3x3")
    table = read_table(written(tmp_path / "t.csv", HEAD_201, f"{arch},1,90,80"))
    with pytest.raises(SmashError, match=r"cannot be 'max_pool_3x3'"):
        table.program(spec("nas_bench_201"), table.rows[0])


@pytest.mark.parametrize(
    ("lines", "code", "part"),
    [
        ((), "E980", "no known benchmark"),
        (("a,b", "1,2"), "E980", "`a`, `b`"),
        (("arch,accuracy", f"{ARCH},90"), "E980", "NAS-Bench-201: arch, cifar10-test"),
        ((HEAD_201,), "E980", "no rows"),
        (("arch,arch,cifar10-test",), "E980", "two columns of one name"),
        ((HEAD_201, f"{ARCH},1,90"), "E981", "row 1"),
        ((HEAD_201, f"{ARCH},1,90,80,70"), "E981", "5 values for 4 columns"),
        ((HEAD_201, f"{ARCH},1,90,80", "conv,1,90,80"), "E981", "row 2"),
        ((HEAD_201, f"{ARCH},1,90,"), "E981", "no accuracy from 0 to 100"),
        ((HEAD_201, f"{ARCH},1,nan,80"), "E981", "`cifar10-test` is nan"),
        ((HEAD_201, f"{ARCH},1,101,80"), "E981", "from 0 to 100"),
        ((HEAD_201, f"{ARCH},1,-1,80"), "E981", "from 0 to 100"),
        ((HEAD_201, f"{ARCH},1,many,80"), "E981", "`cifar10-test` is many"),
        ((HEAD_201, f'"{ARCH},1,90,80'), "E981", "damaged"),
        ((HEAD_201, f"{'x' * 200_000},1,90,80"), "E981", "damaged"),
        ((HEAD_MACRO, "12,80,81,82,81,1"), "E981", "leading zeros count"),
        ((HEAD_MACRO, "00000003,80,81,82,81,1"), "E981", "digits from 0 to 2"),
        ((HEAD_MACRO, "00000001,80,81,82,81e9,1"), "E981", "from 0 to 100"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, lines: tuple[str, ...], code: str, part: str
) -> None:
    found = refused(written(tmp_path / "t.csv", *lines))
    assert found.code == code
    assert part in words(found)
    assert len(words(found)) < 1000


@pytest.mark.parametrize(
    ("adjacency", "ops", "part"),
    [
        (SMALL_101, "input,conv3x3-bn-relu,output", "an adjacency of 9"),
        (SMALL_101, "input,conv9x9,maxpool3x3,output", "vertices are"),
        (SMALL_101, "output,maxpool3x3,maxpool3x3,input", "vertices are"),
        ("0110001100011000", "input,maxpool3x3,maxpool3x3,output", "to a later one"),
        ("0110001x00010000", "input,maxpool3x3,maxpool3x3,output", "zeros and ones"),
        ("0" * 64, "input," + "maxpool3x3," * 6 + "output", "2 to 7 vertices, not 8"),
        ("", "", "2 to 7 vertices, not 1"),
    ],
)
def test_wrong_cells(tmp_path: Path, adjacency: str, ops: str, part: str) -> None:
    path = cells(tmp_path / "t.parquet", adjacency=[adjacency], ops=[ops], val_acc_108ep=[0.9])
    found = refused(path)
    assert found.code == "E981"
    assert part in found.message


def test_wrong_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path / "absent.csv").code == "E923"
    assert refused(tmp_path).code == "E923"
    broken = tmp_path / "t.parquet"
    broken.write_bytes(b"PAR1" + bytes(100))
    assert refused(broken).code == "E980"
    (tmp_path / "t.bin").write_bytes(bytes(range(256)))
    assert "neither CSV" in refused(tmp_path / "t.bin").message
    (tmp_path / "t.csv").write_bytes(HEAD_201.encode() + b"\n\0\0\n")
    assert refused(tmp_path / "t.csv").code in ("E980", "E981")

    many = written(tmp_path / "many.csv", HEAD_201, *[f"{ARCH},1,90,80"] * 5)
    wide = cells(tmp_path / "wide.parquet", adjacency=["0100"] * 5, ops=["input,output"] * 5,
                 val_acc_108ep=[0.5] * 5)  # fmt: skip
    assert len(read_table(wide).rows) == 5
    monkeypatch.setattr(tables, "MAX_ROWS", 4)
    assert "more than 4 rows" in refused(many).message
    assert "5 rows" in refused(wide).message
    monkeypatch.setattr(tables, "MAX_BYTES", 50)
    assert refused(many).code == "E923"


KNOWN = {"nasbench201/dev.csv": (3125, "nas_bench_201"),
         "nasbench-macro/dev.csv": (1312, "nas_bench_macro")}  # fmt: skip


@pytest.fixture(params=KNOWN)
def public(request: pytest.FixtureRequest, shared_data: Path) -> tuple[Table, str]:
    table = read_table(shared_data / "data" / "arch-benchmarks" / request.param)
    rows, name = KNOWN[request.param]
    assert (len(table.rows), table.benchmark.spec) == (rows, name)
    return table, name


def test_public_tables(public: tuple[Table, str]) -> None:
    table, name = public
    assert 0.1 < table.noise[table.main] < 0.4
    for of in (spec(name), spec(f"{name}_small")):
        for row in table.rows[::250]:
            assert table.program(of, row).genome == row.genome


def test_accuracies_are_those_of_the_file(shared_data: Path) -> None:
    path = shared_data / "data" / "arch-benchmarks" / "nasbench201" / "dev.csv"
    header, *lines = path.read_text().splitlines()
    column = header.split(",").index("cifar10-test")
    found = [row.truth["cifar10-test"] for row in read_table(path).rows]
    assert np.array_equal(found, [float(line.split(",")[column]) for line in lines])
