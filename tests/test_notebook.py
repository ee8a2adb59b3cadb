"""What notebooks show: things that display themselves, and cells of `.smash` text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import smashdsl
from smashdsl import notebook
from smashdsl.search.confirmed import confirmed
from smashdsl.studies.report import Page
from smashdsl.studies.study import Study
from tests.report import runs

CELL = """\
program small {
  input 1x4x4
  classes 2
  stem { conv(4, 3) }
  head { global_avg_pool -> linear(classes) }
}
"""
SPACE = runs.SPACE.replace("space small", "space wide")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """An IPython shell with the magic."""
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    opened = interactive.InteractiveShell()
    opened.run_line_magic("load_ext", "smashdsl.notebook")
    yield opened
    opened.history_manager.enabled = False
    interactive.InteractiveShell.clear_instance()


def test_a_cell_binds_and_shows_its_network(shell: Any) -> None:
    result = shell.run_cell(f"%%smash\n{CELL}")
    assert result.success
    assert isinstance(result.result, smashdsl.Program)
    assert shell.user_ns["small"] is result.result
    shown, _ = shell.display_formatter.format(result.result)
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag.endswith("svg")


def test_a_cell_with_several_networks_and_one_with_a_name(shell: Any) -> None:
    result = shell.run_cell(f"%%smash\n{CELL}\n{SPACE}")
    assert isinstance(result.result, smashdsl.Space)
    assert {"small", "wide"} <= set(shell.user_ns)
    shell.run_cell(f"%%smash mine\n{CELL}")
    assert shell.user_ns["mine"].name == "small"


@pytest.mark.parametrize(("line", "cell", "said"), [
    ("", "program p { input 1x4x4", "error[E1"),
    ("", CELL.replace("conv(4, 3)", "conf(4, 3)"), "there is no operation `conf`"),
    ("1x", CELL, "takes the name of a variable, not '1x'"),
    ("both", CELL + SPACE, "needs one network; the cell has 2"),
    ("", 'use "no-such-file.smash"', "no-such-file.smash"),
])  # fmt: skip
def test_mistakes_are_told_and_raise_nothing(
    line: str, cell: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    assert notebook.run_cell(names, line, cell) is None
    assert names == {}
    shown = capsys.readouterr().out
    assert said in shown
    assert str(Path.cwd() / notebook.CELL) not in shown


def test_an_empty_cell_is_no_mistake() -> None:
    assert notebook.run_cell({}, "", "# nothing yet\n") is None


def test_cells_use_files_of_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ops.smash").write_text("op twice(n) { conv(n, 3) -> conv(n, 3) }\n")
    monkeypatch.chdir(tmp_path)
    text = 'use "ops.smash"\n' + CELL.replace("conv(4, 3)", "twice(4)")
    made = notebook.run_cell({}, "", text)
    assert isinstance(made, smashdsl.Program)


def test_spaces_and_encodings_draw_themselves() -> None:
    space = smashdsl.loads(SPACE)
    assert isinstance(space, smashdsl.Space)
    assert "acts here" in str(space._repr_svg_())
    encoding = space.sample(0).encode()
    assert "read[0]" in str(encoding._repr_svg_())


def test_nothing_is_shown_where_nothing_can_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    space = smashdsl.loads(SPACE)
    assert isinstance(space, smashdsl.Space)
    assert space._repr_svg_() is None
    assert space.sample(0)._repr_svg_() is None


def test_runs_rankings_and_choices_show_their_tables(tmp_path: Path) -> None:
    run = runs.finished(tmp_path / "run")
    shown = str(run._repr_html_())
    assert shown.count('class="thumb"') == 10
    assert "&lt;b&gt;&amp;digits" in shown
    assert "The best 10 of 16 by hypernet" in shown
    with run.ledger() as ledger:
        listed = str(ledger._repr_html_())
    assert "The best 8 of 8 by hypernet:corrupt-all" in listed
    choice = confirmed(run)
    assert choice is not None
    assert choice._repr_html_().count("<tr>") == 1 + len(choice.trained)


def test_a_run_that_is_not_ranked_or_damaged(tmp_path: Path) -> None:
    run = runs.begun(tmp_path / "run")
    assert "nothing is ranked yet" in str(run._repr_html_())
    with run.ledger() as ledger:
        assert "nothing is scored yet" in str(ledger._repr_html_())
    (run.folder / "ledger.sqlite").write_text("no ledger")
    assert run._repr_html_() is None


def test_studies_show_their_page(tmp_path: Path) -> None:
    study = Study(tmp_path / "study", "correlation", {"space": "s"})
    assert study._repr_html_() is None
    page = Page("A <study>")
    page.say("**Verdict:** `hypernet` & others\nrank alike.")
    page.table(["score", "tau"], [["a<b", 0.5]])
    page.say("- one\n- two")
    page.picture("scores.svg", "scores")
    assert "(picture: scores)" in page._repr_html_()
    (study.folder / "scores.svg").write_text("<svg/>")
    page.write(study)
    shown = page._repr_html_()
    assert shown == study._repr_html_()
    assert "<h3>A &lt;study&gt;</h3>" in shown
    assert "<strong>Verdict:</strong> <code>hypernet</code> &amp; others" in shown
    assert '<th scope="row">a&lt;b</th><td>0.5</td>' in shown
    assert "<li>one</li><li>two</li>" in shown
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in shown
