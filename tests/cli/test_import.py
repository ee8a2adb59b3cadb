"""`smashdsl import`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import SPACE
from tests.cli.tools import Run
from tests.importing.archs import arch, save
from tests.importing.test_benchmarks import GOOD
from tests.importing.test_darts import DARTS_V2


@pytest.mark.parametrize("kind", GOOD)
def test_benchmarks(run: Run, tmp_path: Path, kind: str):
    shown = run("import", kind, GOOD[kind]).stdout
    path, source = tmp_path / "net.smash", tmp_path / "net.txt"
    source.write_text(GOOD[kind] + "\n")
    assert run("import", kind, source, "-o", path).stdout == ""
    assert path.read_text() == shown == run("import", kind, "-", stdin=GOOD[kind]).stdout
    run("check", path)
    assert run("fmt", "--check", path)


def test_darts(run: Run, tmp_path: Path):
    path = tmp_path / "darts.smash"
    run(
        "import", "darts", DARTS_V2, "--cells", "3", "--channels", "4", "--classes", "7", "-o", path
    )
    assert "classes 7" in path.read_text()
    run("import", "darts", DARTS_V2, "--channels", "5", code=2)


def test_archives(run: Run, tmp_path: Path):
    path = save(tmp_path / "x_archs.npz", [arch(0, layers=2), arch(1, layers=2)])
    assert run("import", "smash", path, "--number", "1", "--classes", "10").stdout != (
        run("import", "smash", path, "--classes", "10").stdout
    )
    assert "E997" in run("import", "smash", path, "--number", "2", code=1).stderr
    assert "E923" in run("import", "smash", tmp_path / "no.npz", code=1).stderr


def test_trials(run: Run, tmp_path: Path, space: Path):
    space.write_text(SPACE.replace("  require params <= 2k\n", ""))
    names = json.loads(run("sample", space, "--json").stdout)["genome"]
    source = tmp_path / "params.json"
    source.write_text(json.dumps(dict.fromkeys(names, 0)))
    shown = run("import", "optuna", source, space).stdout
    assert "conv(8, 1)" in shown
    assert "E993" in run("import", "optuna", "{}", space, code=1).stderr
    run("import", "optuna", source, space, "--trial", "1", code=2)
    assert "E923" in run("import", "optuna", tmp_path / "no.db", space, code=1).stderr


@pytest.mark.parametrize("kind", [*GOOD, "darts"])
def test_bad_sources(run: Run, tmp_path: Path, kind: str):
    out, binary, long = (tmp_path / name for name in ("out.smash", "binary", "long"))
    binary.write_bytes(b"\xff\xfe\x00")
    long.write_bytes(b" " * (2**20 + 1))
    for source, code in ((binary, "E997"), (long, "E923"), ("nonsense", "E9")):
        assert code in run("import", kind, source, "-o", out, code=1).stderr
    assert "E9" in run("import", kind, "-", stdin=b"\x00\xff", code=1).stderr
    assert not out.exists()
