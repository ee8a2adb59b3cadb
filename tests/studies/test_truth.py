"""Measured networks, ranked, on noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import smashdsl
from smashdsl.cli import main
from smashdsl.hypernet.oneshot import OneShotSettings
from smashdsl.scoring import ensemble
from smashdsl.scoring.registry import UNTRAINED
from smashdsl.studies.plan import Plan
from smashdsl.studies.study import Study
from smashdsl.studies.tables import read_table
from smashdsl.studies.truth import MIXES, truth
from smashdsl.training.data import load_data
from smashdsl.training.fit import FitSettings

SPEC = Path(__file__).parents[2] / "specs" / "nas_bench_macro_small.smash"
TABLE = """arch,test_acc_0,test_acc_1,test_acc_2,mean_acc,params
00000000,80,81,82,81,1
11111111,90,91,92,91,1
02020202,88,88,88,88,1
20102010,85,85,85,85,1
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def images(tmp_path: Path) -> str:
    random = np.random.default_rng(0)
    path = tmp_path / "noise.npz"
    arrays = {f"{part}_{kind}": made for part, count in (("train", 80), ("test", 20))
              for kind, made in (("images", random.integers(0, 256, (count, 16, 16, 3), np.uint8)),
                                 ("labels", np.arange(count) % 10))}  # fmt: skip
    np.savez(path, **arrays)
    return f"{path}?channels=last"


@pytest.fixture(autouse=True)
def few_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "REFERENCE", 2)


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (["--scorer", "depth", "--scorer", "ensemble"], {"depth", "ensemble"}),
        pytest.param(["--untrained"], set(UNTRAINED), marks=pytest.mark.slow),
    ],
)
def test_untrained(
    tmp_path: Path, table: Path, images: str, only: list[str], names: set[str]
) -> None:
    arguments = ["study", "truth", str(table), str(SPEC), "--data", images, *only,
                 "--out", str(tmp_path / "study")]  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "By how much the tau of the ensemble is higher" in result.output
    assert "mix" not in result.output
    found = json.loads((tmp_path / "study" / "data.json").read_text())
    assert set(found) == {*names, "truth"}
    assert found["truth"] == [81, 91, 88, 85]
    depths = found["depth"]["scores"]
    assert depths[0] < min(depths[1:])
    assert not (tmp_path / "study" / "weights").exists()


@pytest.mark.slow
def test_with_weights_and_mixes(tmp_path: Path, table: Path, images: str) -> None:
    space = smashdsl.load(SPEC)
    assert isinstance(space, smashdsl.Space)
    plan = Plan(programs=3, images=16, fit=FitSettings(1, 32),
                train=OneShotSettings(2, 8, probe_every=0, workers=0, calibration=16))  # fmt: skip
    page = truth(Study(tmp_path / "study", "truth", {}), space, load_data(images), plan,
                 "cpu", read_table(table), "mean_acc")  # fmt: skip
    assert set(page.data) == {"hypernet", "shared", *UNTRAINED, *MIXES, "truth"}
    assert "Mixes are calibrated on 3 random programs" in page.text
    assert "- mix of sizes: live_params" in page.text
