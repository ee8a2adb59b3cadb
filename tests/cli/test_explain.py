"""`smashdsl explain`."""

from __future__ import annotations

from smashdsl.diagnostics import CATALOG
from tests.cli.tools import Run


def test_a_code_in_any_case(run: Run):
    shown = run("explain", "e101").stdout
    assert shown.startswith("E101: ")
    assert "For example:" in shown


def test_every_code_can_be_explained_and_is_listed(run: Run):
    listed = run("explain", "--list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(CATALOG)
    for code in CATALOG:
        assert run("explain", code).stdout.startswith(f"{code}: ")


def test_wrong_use(run: Run):
    assert "did you mean E101" in run("explain", "E1O1", code=2).stderr
    run("explain", code=2)
    run("explain", "E101", "--list", code=2)
