"""The tool, run in this process."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smashdsl.cli import main
from tests.cli.tools import Run

SPECS = Path(__file__).parents[2] / "specs"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `smashdsl` with some arguments; any ending that is not a clean one fails the test."""
    monkeypatch.delenv("SMASHDSL_DEBUG", raising=False)

    def invoke(*args: str | Path, stdin: str | bytes = "", code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.output
        assert "internal error" not in result.output
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture(scope="session")
def specs() -> Path:
    return SPECS


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A tiny program, in standard layout."""
    path = tmp_path / "net.smash"
    path.write_text(NET)
    return path


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A tiny space of 12 programs."""
    path = tmp_path / "space.smash"
    path.write_text(SPACE)
    return path


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished search, which no test changes."""
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("searched")
    (folder / "space.smash").write_text(SPACE)
    args = ("search", folder / "space.smash", "--data", "digits", "--run", folder / "run", *SMALL)
    done = CliRunner().invoke(main, [str(arg) for arg in args])
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture
def found(searched: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return shutil.copytree(searched, tmp_path / "run")


SMALL = ("--steps", "3", "--random", "3", "--proposed", "2", "--confirm", "2", "--controls", "1",
         "--confirm-epochs", "1", "--epochs", "1")  # fmt: skip
NET = """\
program tiny {
  input 3x8x8
  classes 4
  stem { conv(8, 3) }
  block {
    bank x of 8
    repeat 2 { read x -> relu -> conv(8, 3) -> write x }
  }
  head { global_avg_pool -> linear(classes) }
}
"""
SPACE = """\
space small {
  input 1x8x8
  classes 10
  stem { conv(8, 3) }
  block {
    banks b[2] of 8
    read b[0] -> norm -> relu -> conv(8, one_of(1, 3, 5)) -> write b[1]
    read b -> norm -> relu -> conv(one_of(8, 16), 1) -> write b by one_of(add, max)
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
  require params <= 2k
}
"""
