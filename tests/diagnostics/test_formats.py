"""Diagnostics for tools."""

from __future__ import annotations

import json

import pytest

from smashdsl.diagnostics import Diagnostic, Note, Source, Span, render_all
from smashdsl.diagnostics.formats import FORMATS

SOURCE = Source("dir/a b.smash", "let a = 1\nlet b = c\n")
FOUND = [
    Diagnostic(
        "E101", "first: 50%\nsecond, line", Span(SOURCE, 4, 5), "label",
        (Note("placed", Span(SOURCE, 14, 15)), Note("placeless")), ("mend it",),
    ),
    Diagnostic("E901", "no file"),
]  # fmt: skip


def test_text() -> None:
    text = render_all(FOUND, "text")
    assert text.count("error[") == 2
    assert "\n\nerror[E901]: no file" in text
    assert render_all(FOUND, "text", color=True).count("\x1b[1;31m") >= 2


def test_concise() -> None:
    assert render_all(FOUND, "concise").split("\n") == [
        "dir/a b.smash:1:5: E101 first: 50% second, line",
        "E901 no file",
    ]


def test_json() -> None:
    first, second = json.loads(render_all(FOUND, "json"))
    assert first == {
        "code": "E101",
        "severity": "error",
        "file": "dir/a b.smash",
        "line": 1,
        "column": 5,
        "end_line": 1,
        "end_column": 6,
        "message": "first: 50%\nsecond, line",
        "label": "label",
        "notes": [
            {"message": "placed", "file": "dir/a b.smash", "line": 2, "column": 5,
             "end_line": 2, "end_column": 6},
            {"message": "placeless", "file": None, "line": None, "column": None,
             "end_line": None, "end_column": None},
        ],
        "help": ["mend it"],
    }  # fmt: skip
    assert (second["code"], second["file"], second["line"]) == ("E901", None, None)


def test_github() -> None:
    first, second = render_all(FOUND, "github").split("\n")
    assert first == (
        "::error file=dir/a b.smash,line=1,endLine=1,col=5,endColumn=6,"
        "title=E101 a bracket that is never closed"
        "::first: 50%25%0Asecond, line%0Aplaced%0Aplaceless%0Amend it"
    )
    assert second == "::error title=E901 no such file::no file"


def test_github_escapes_what_would_end_a_property() -> None:
    source = Source("a,b:c.smash", "x")
    (line,) = render_all([Diagnostic("E101", "m", Span(source, 0, 1))], "github").split("\n")
    assert line.startswith("::error file=a%2Cb%3Ac.smash,line=1,")


def test_sarif() -> None:
    log = json.loads(render_all(FOUND, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["E101", "E901"]
    first, second = run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    (place,) = first["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "dir/a%20b.smash"},
        "region": {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 6},
    }
    (related,) = first["relatedLocations"]
    assert related["message"]["text"] == "placed"
    assert second["locations"] == []


@pytest.mark.parametrize("form", FORMATS)
def test_no_findings(form: str) -> None:
    text = render_all([], form)
    assert (json.loads(text) is not None) if form in ("json", "sarif") else text == ""


def test_unknown_form() -> None:
    with pytest.raises(ValueError, match="no such format: 'xml'; there are text, concise"):
        render_all(FOUND, "xml")
