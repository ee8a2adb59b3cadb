"""`smashdsl report`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.tools import Run
from tests.report import runs


def test_it_is_left_in_the_run_or_where_one_says(run: Run, tmp_path: Path) -> None:
    folder = runs.begun(tmp_path / "run").folder
    assert run("report", folder).stdout == f"in {folder / 'report.html'}\n"
    page = (folder / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    run("report", folder, "-o", tmp_path / "here.html")
    assert (tmp_path / "here.html").read_text() == page
    assert run("report", "--run", folder, "-o", "-").stdout == page


def test_what_is_wrong_is_said(run: Run, tmp_path: Path) -> None:
    folder = runs.begun(tmp_path / "run").folder
    assert "E943" in run("report", tmp_path, code=1).stderr
    assert "scored no program" in run("report", folder, "--scorer", "zico", code=2).stderr
    assert "E978" in run("report", folder, "--study", tmp_path, code=1).stderr
    (folder / "ledger.sqlite").write_text("no ledger")
    assert "E948" in run("report", folder, code=1).stderr
