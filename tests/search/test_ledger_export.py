"""Tables for other programs."""

from __future__ import annotations

import builtins
import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Ledger, Reading, export
from tests.search.ledgers import FACTS, SCORER, fill, program


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with all there is: missing values, numbers that are not finite, odd names, a long
    genome."""
    path = tmp_path / "ledger.sqlite"
    fill(path, range(30))
    with Ledger(path, FACTS) as ledger:
        odd = [(30, 'a "b", c', 0, program(30, 400)), (31, "=1+1", 1, program(31))]
        ledger.add(SCORER, odd, [Value(1.0), Value(-math.inf, math.inf, 1.0)])
        ledger.add(SCORER, [(32, "evolution", 7, program(5))], [None])
        ledger.measure(program(5).hash, "latency:cpu", 0.5)
    return path


def expected(path: Path) -> list[dict[str, Any]]:
    with Reading(path) as ledger:
        return [
            {
                "place": place, "scorer": SCORER, "hash": entry.hash, "score": entry.score.score,
                "stderr": entry.score.stderr, "error": entry.score.error,
                "images": entry.score.images, "validation_images": entry.validation_images,
                "stage": entry.stage, "params": entry.params, "flops": entry.flops,
                "depth": entry.depth, "seed": entry.seed, "seconds": entry.seconds,
                "time": entry.time, "proposer": entry.proposals[0].proposer,
                "proposals": "; ".join(map(str, entry.proposals)),
                "measures": dict(entry.measures), "genome": dict(entry.genome),
            }
            for place, entry in enumerate(ledger.ranked(SCORER), 1)
        ]  # fmt: skip


def exported(path: Path, target: Path) -> None:
    with Reading(path) as ledger:
        assert export(target, SCORER, ledger.entries(SCORER)) == 32


def test_csv(path: Path, tmp_path: Path) -> None:
    exported(path, tmp_path / "table.csv")
    text = (tmp_path / "table.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    for row, right in zip(rows, expected(path), strict=True):
        for name, value in right.items():
            found: Any = row[name]
            if isinstance(value, dict):
                found = json.loads(found)
            elif value is None:
                value = ""
            elif not isinstance(value, str):
                found = type(value)(found)
            assert found == value, name


def test_parquet(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("smashdsl.search.ledger.exporting.ROWS", 7)
    exported(path, tmp_path / "table.parquet")
    rows = parquet.read_table(tmp_path / "table.parquet").to_pylist()
    for row in rows:
        row["measures"], row["genome"] = json.loads(row["measures"]), json.loads(row["genome"])
    assert rows == expected(path)


def test_an_empty_table_has_its_columns(path: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("t.csv", "t.parquet"):
        assert export(tmp_path / name, SCORER, []) == 0
    header = (tmp_path / "t.csv").read_text().strip().split(",")
    assert parquet.read_table(tmp_path / "t.parquet").column_names == header
    assert header[:3] == ["place", "scorer", "hash"]


def test_a_table_is_written_whole_or_not_at_all(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")

    def broken() -> Any:
        with Reading(path) as ledger:
            yield from ledger.entries(SCORER, 10)
        raise KeyboardInterrupt

    for name in ("t.csv", "t.parquet"):
        (tmp_path / name).write_text("before")
        with pytest.raises(KeyboardInterrupt):
            export(tmp_path / name, SCORER, broken())
        assert (tmp_path / name).read_text() == "before"
    assert {each.name for each in tmp_path.iterdir()} == {path.name, "t.csv", "t.parquet"}
    for name in ("none/t.csv", "none/t.parquet"):
        with pytest.raises(SmashError) as error:
            export(tmp_path / name, SCORER, [])
        assert error.value.diagnostics[0].code == "E920"


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.csv or \.parquet, not in '\.xls'"):
        export(tmp_path / "t.xls", SCORER, [])


def test_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **extra: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError("no pyarrow")
        return real(name, *args, **extra)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SmashError, match="needs the package `pyarrow`") as error:
        export(tmp_path / "t.parquet", SCORER, [])
    assert error.value.diagnostics[0].code == "E938"
    assert not (tmp_path / "t.parquet").exists()
