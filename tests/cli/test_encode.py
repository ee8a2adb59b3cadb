"""`smashdsl encode --as`: encodings for predictors."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import SPACE
from tests.cli.tools import Run

KEYS = {
    "one-hot": {"hash", "x", "names"},
    "adjacency": {"hash", "matrix", "ops"},
    "path": {"hash", "x", "names"},
    "hash": {"hash", "x"},
}


@pytest.fixture
def fixed(space: Path) -> Path:
    """A space whose programs all make the same draws."""
    space.write_text(SPACE.replace("conv(one_of(8, 16), 1)", "conv(16, 1)"))
    return space


@pytest.mark.parametrize("kind", KEYS)
def test_json_and_arrays_say_the_same(run: Run, tmp_path: Path, fixed: Path, kind: str):
    data = json.loads(run("encode", fixed, "--as", kind, "--seed", "2", "--json").stdout)
    path = tmp_path / "x.npz"
    run("encode", fixed, "--as", kind, "--seed", "2", "-o", path)
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
        assert {name: array.tolist() for name, array in arrays.items()} == data
    assert set(data) == KEYS[kind]
    sample = json.loads(run("sample", fixed, "--seed", "2", "--json").stdout)
    assert data["hash"] == sample["hash"]
    shown = run("encode", fixed, "--as", kind, "--seed", "2").stdout
    assert ("batch_norm" in shown) == (kind in ("adjacency", "path"))


def test_paths_hashed_and_cut(run: Run, fixed: Path):
    numbers = run("encode", fixed, "--as", "path", "--size", "16").stdout.split()
    assert len(numbers) == 16
    short = run("encode", fixed, "--as", "path", "--longest", "1").stdout
    assert "conv(8, 3)" in short
    assert "batch_norm -> relu" not in short
    assert "network: " in run("encode", fixed, "--as", "path", "--whole").stdout


def test_great_counts_are_shown_whole(run: Run, tmp_path: Path):
    layers = "for i in 0..29 { read x, b[0..i - 1] -> conv(4, 1) -> write b[i] }"
    dense = tmp_path / "dense.smash"
    dense.write_text(f"""program dense {{
      input 4x4x4
      block {{ bank x of 4 banks b[30] of 4 {layers} }}
      head {{ global_avg_pool }}
    }}""")
    shown = run("encode", dense, "--as", "path").stdout
    assert f" {math.comb(30, 15)}  block[0]: conv" in shown


def test_wrong_use(run: Run, fixed: Path):
    run("encode", fixed, "--as", "hash", "--size", "4", code=2)
    run("encode", fixed, "--as", "hash", "--explain", code=2)
    run("encode", fixed, "--as", "letters", code=2)
    run("encode", fixed, "--as", "hash", "-o", "x.txt", code=2)
