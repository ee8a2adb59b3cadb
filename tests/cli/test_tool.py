"""The tool as a whole: help, versions, unknown verbs, what goes wrong inside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from smashdsl.cli import main
from smashdsl.cli.tool import VERBS
from smashdsl.version import __version__
from tests.cli.tools import Run

ALL = [verb for verbs in VERBS.values() for verb in verbs]
NAMED = (
    "check fmt explain info sample compile render encode profile diff zoo import "
    "search train rank score confirm fit export ledger report replay study"
)


def test_every_verb_is_there_and_in_the_help(run: Run):
    assert sorted(ALL) == sorted(NAMED.split())
    shown = run("--help").stdout
    assert all(f"\n  {verb} " in shown for verb in ALL)
    assert "_SMASHDSL_COMPLETE" in shown


@pytest.mark.parametrize("verb", ALL)
def test_every_verb_has_help_with_examples(run: Run, verb: str):
    shown = run(verb, "--help").stdout
    assert shown.startswith(f"Usage: smashdsl {verb} ")
    assert f"Examples:\n    smashdsl {verb} " in shown


def test_version_names_package_language_and_encoding(run: Run):
    from smashdsl.backends.encoding import VERSION

    assert run("--version").stdout == f"smashdsl {__version__} (language 1, encoding {VERSION})\n"


def test_unknown_verb_and_no_verb(run: Run):
    assert "Did you mean `check`?" in run("chekc", code=2).stderr
    assert "Usage:" in run(code=2).output


def test_what_goes_wrong_inside_is_not_the_user(monkeypatch: pytest.MonkeyPatch, net: Path):
    monkeypatch.setattr("smashdsl.syntax.load_source", lambda path: 1 / 0)
    result = CliRunner().invoke(main, ["check", str(net)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "internal error: ZeroDivisionError" in result.stderr
    assert "report it" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("SMASHDSL_DEBUG", "1")
    assert "Traceback" in CliRunner().invoke(main, ["check", str(net)]).stderr


def test_interruption_exits_with_130(monkeypatch: pytest.MonkeyPatch, net: Path):
    def interrupted(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smashdsl.syntax.load_source", interrupted)
    result = CliRunner().invoke(main, ["check", str(net)])
    assert result.exit_code == 130
    assert "interrupted" in result.stderr


PROBE = """
import sys
sys.argv = ["smashdsl", {args}]
from smashdsl.cli import main
try:
    main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


@pytest.mark.parametrize("verb", ["check", "fmt", "info", "sample", "diff"])
def test_the_language_verbs_load_nothing_heavy(verb: str, net: Path, space: Path):
    files = {"sample": [space], "diff": [net, net]}.get(verb, [net])
    args = ", ".join(repr(str(arg)) for arg in (verb, *files))
    command = [sys.executable, "-c", PROBE.format(args=args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=net.parent)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert not loaded & {"torch", "numpy", "pandas", "networkx", "graphviz", "pygraphviz", "rich"}


def test_help_of_the_module(net: Path):
    command = [sys.executable, "-m", "smashdsl", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: smashdsl ")
