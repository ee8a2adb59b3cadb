"""`smashdsl ledger`."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

import smashdsl
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Ledger, find
from tests.cli.tools import Run

FACTS = {"space": "small", "origin": "ab", "data": "digits", "limit": None, "seed": 0}


def score(program: smashdsl.Program) -> Value:
    return Value(-1 - program.costs.params / 1e5, 0.01, 0.25, 300)


@pytest.fixture
def of(space: Path) -> smashdsl.Space:
    loaded = smashdsl.load(space)
    assert isinstance(loaded, smashdsl.Space)
    return loaded


def programs(of: smashdsl.Space, count: int) -> list[smashdsl.Program]:
    """Different programs."""
    found: dict[str, smashdsl.Program] = {}
    seed = 0
    while len(found) < count:
        program = of.sample(seed)
        found.setdefault(program.hash, program)
        seed += 1
    return list(found.values())


@pytest.fixture
def folder(of: smashdsl.Space, space: Path, tmp_path: Path) -> Path:
    """What `rank` leaves of a run, as far as the ledger is concerned."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(space, folder / "space.smash")
    with Ledger(find(folder), FACTS) as ledger:
        some = programs(of, 6)
        batch = [(i, "random", i, program) for i, program in enumerate(some)]
        ledger.add("hypernet", batch, [score(program) for program in some])
        ledger.add("hypernet", [(6, "evolution", 0, some[2])], [None])
        sizes = [Value(float(program.costs.params)) for program in some[:4]]
        ledger.add("params", batch[:4], sizes)
        ledger.measure(some[0].hash, "latency:cpu", 0.25)
    return folder


def hashes(shown: str) -> list[str]:
    return [entry["hash"] for entry in json.loads(shown)["programs"]]


def test_the_best_come_first(run: Run, of: smashdsl.Space, folder: Path) -> None:
    best = sorted(programs(of, 6), key=lambda program: program.costs.params)
    shown = run("ledger", folder).stdout
    assert "small on digits, seed 0\n6 programs scored by hypernet (4 by params):" in shown
    lines = [line for line in shown.splitlines() if line[:1].isdigit() and "random" in line]
    assert [line.split()[-1] for line in lines] == [program.hash[:12] for program in best]
    assert "random 2 and 1 more" in shown
    assert f"{score(best[0]).score:.3f}" in lines[0]
    top = run("ledger", folder, "--top", "2").stdout
    assert "hypernet (4 by params); the best 2:" in top
    assert best[1].hash[:12] in top
    assert best[2].hash[:12] not in top
    data = json.loads(run("ledger", folder, "--json").stdout)
    assert data["facts"] == FACTS
    assert data["scorers"] == {"hypernet": 6, "params": 4}
    assert [entry["hash"] for entry in data["programs"]] == [program.hash for program in best]
    assert data["programs"][0]["genome"] == best[0].genome
    assert data["programs"][0]["score"] == score(best[0]).score


def test_a_ledger_may_be_named_itself(run: Run, folder: Path) -> None:
    assert run("ledger", find(folder)).stdout == run("ledger", folder).stdout


def test_filters_and_orders(run: Run, of: smashdsl.Space, folder: Path) -> None:
    some = programs(of, 6)
    bound = sorted(program.costs.params for program in some)[2]
    few = run("ledger", folder, "--max-params", str(bound), "--json").stdout
    assert json.loads(few)["matching"] == len(hashes(few)) == sum(
        program.costs.params <= bound for program in some
    )  # fmt: skip
    shown = run("ledger", folder, "--max-params", str(bound), "--min-depth", "1").stdout
    assert "of them match" in shown
    found = hashes(run("ledger", folder, "--proposer", "evolution", "--json").stdout)
    assert found == [some[2].hash]
    by_found = run("ledger", folder, "--sort", "found", "--json").stdout
    assert hashes(by_found) == [program.hash for program in some]
    assert ", by found:" in run("ledger", folder, "--sort", "found").stdout
    large = run("ledger", folder, "--scorer", "params", "--top", "1").stdout
    assert f"{max(program.costs.params for program in some[:4]):,}" in large
    none = run("ledger", folder, "--max-params", "0").stdout
    assert none.endswith("0 of them match\n")


def test_one_program(run: Run, of: smashdsl.Space, folder: Path) -> None:
    program = programs(of, 6)[0]
    shown = run("ledger", folder, program.hash[:10]).stdout
    assert program.hash in shown
    assert program.text in shown
    assert "latency:cpu: 0.25" in shown
    data = json.loads(run("ledger", folder, program.hash.upper(), "--json").stdout)
    assert data["text"] == program.text
    assert data["genome"] == program.genome
    assert set(data["scores"]) == {"hypernet", "params"}
    assert data["scores"]["params"]["score"] == program.costs.params
    last = programs(of, 6)[5]
    assert set(json.loads(run("ledger", folder, last.hash, "--json").stdout)["scores"]) == {
        "hypernet"
    }
    assert "no program whose hash" in run("ledger", folder, "xyz", code=2).stderr
    assert "Several hashes begin" in run("ledger", folder, "", code=2).stderr


def test_a_ledger_without_its_space(run: Run, of: smashdsl.Space, folder: Path) -> None:
    (folder / "space.smash").unlink()
    shown = run("ledger", folder, programs(of, 1)[0].hash).stdout
    assert "there is no text" in shown


def test_draws_that_make_another_program(run: Run, of: smashdsl.Space, folder: Path) -> None:
    text = (folder / "space.smash").read_text()
    (folder / "space.smash").write_text(text.replace("conv(", "conv(2 * ", 1))
    result = run("ledger", folder, programs(of, 1)[0].hash, code=1)
    assert "error[E944]" in result.stderr


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_export(run: Run, folder: Path, tmp_path: Path, suffix: str) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"table.{suffix}"
    said = run("ledger", folder, "--export", path, "--sort", "params").stdout
    assert said == f"wrote 6 rows to {path}\n"
    data = json.loads(run("ledger", folder, "--export", path, "--top", "2", "--json").stdout)
    assert data == {"file": str(path), "scorer": "hypernet", "rows": 2}
    if suffix == "csv":
        rows = list(csv.DictReader(path.open()))
        best = hashes(run("ledger", folder, "--top", "2", "--json").stdout)
        assert [row["hash"] for row in rows] == best


def test_merge(run: Run, of: smashdsl.Space, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    some = programs(of, 8)
    with Ledger(find(other), FACTS) as ledger:
        batch = [(i, "evolution", i, program) for i, program in enumerate(some[5:])]
        ledger.add("hypernet", batch, [score(program) for program in some[5:]])
    said = run("ledger", folder, "--merge", other).stdout
    assert f"{other}: 2 programs more, 2 new scores, 0 of a later stage, 3 proposals" in said
    assert "8 programs scored by hypernet" in said
    again = run("ledger", folder, "--merge", find(other)).stdout
    assert "nothing that was not here already" in again
    data = json.loads(run("ledger", folder, "--merge", other, "--json").stdout)
    assert data["matching"] == 8
    shutil.rmtree(other)
    with Ledger(tmp_path / "foreign.sqlite", {**FACTS, "seed": 1}):
        pass
    before = find(folder).read_bytes()
    result = run("ledger", folder, "--merge", tmp_path / "foreign.sqlite", code=1)
    assert "error[E944]" in result.stderr
    assert "`seed` is 1, not 0" in result.stderr
    assert find(folder).read_bytes() == before


def test_wrong_use(run: Run, folder: Path, tmp_path: Path) -> None:
    cases = {
        ("--scorer", "synflow"): "synflow has scored nothing here, but hypernet, params",
        ("--sort", "beauty"): "beauty",
        ("--export", "table.xls"): "must end in one of .csv, .parquet",
        ("--export", "-"): "--json prints to standard output",
        ("--top", "0"): "--top",
        ("--max-params", "-1"): "--max-params",
    }
    for args, said in cases.items():
        assert said in run("ledger", folder, *args, code=2).stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "error[E943]" in run("ledger", empty, code=1).stderr
    (empty / "run.json").write_text("{}")
    assert "error[E945]" in run("ledger", empty, code=1).stderr
    assert "error[E923]" in run("ledger", tmp_path / "none", code=1).stderr
    assert "error[E948]" in run("ledger", folder / "space.smash", code=1).stderr
    with Ledger(find(empty), FACTS):
        pass
    said = run("ledger", empty, code=2).stderr
    assert "hypernet has scored nothing here, nor has anything else" in said
