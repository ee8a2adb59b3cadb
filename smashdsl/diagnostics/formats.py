"""Lists of diagnostics in the forms that people and tools want."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, Severity
from smashdsl.diagnostics.excerpt import printable
from smashdsl.diagnostics.render import render_text
from smashdsl.diagnostics.span import Span
from smashdsl.version import __version__

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_all(diagnostics: Sequence[Diagnostic], form: str, color: bool = False) -> str:
    """All diagnostics as one text, without a line end after the last line.

    Args:
        diagnostics: in the order in which they are to appear.
        form: one of the keys of `FORMATS`: text, concise, json, github or sarif.
        color: whether to use ANSI colours (in the form `text` only).

    Raises:
        ValueError: there is no such form.
    """
    if form == "text":
        return "\n\n".join(render_text(each, color=color) for each in diagnostics)
    if form not in FORMATS:
        raise ValueError(f"no such format: {form!r}; there are {', '.join(FORMATS)}")
    return FORMATS[form](diagnostics)


def _concise(diagnostics: Sequence[Diagnostic]) -> str:
    return "\n".join(
        printable(f"{each.span}: " if each.span else "") + printable(f"{each.code} {_flat(each)}")
        for each in diagnostics
    )


def _flat(diagnostic: Diagnostic) -> str:
    return " ".join(diagnostic.message.split("\n"))


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as plain data; lines and columns count from 1, ends are exclusive."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        **_place(diagnostic.span),
        "message": diagnostic.message,
        "label": diagnostic.label,
        "notes": [{"message": note.message, **_place(note.span)} for note in diagnostic.notes],
        "help": list(diagnostic.helps),
    }


def _json(diagnostics: Sequence[Diagnostic]) -> str:
    return json.dumps([as_json(each) for each in diagnostics], indent=2)


def _github(diagnostics: Sequence[Diagnostic]) -> str:
    return "\n".join(_command(each) for each in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    from smashdsl.diagnostics.catalog import CATALOG

    place = _place(diagnostic.span)
    title = f"{diagnostic.code} {CATALOG[diagnostic.code].title}"
    fields = {
        "file": place["file"],
        "line": place["line"],
        "endLine": place["end_line"],
        "col": place["column"],
        "endColumn": place["end_column"],
        "title": title,
    }
    properties = ",".join(
        f"{key}={_escape(str(value), ':,')}" for key, value in fields.items() if value is not None
    )
    remarks = [note.message for note in diagnostic.notes] + list(diagnostic.helps)
    message = _escape("\n".join([diagnostic.message, *remarks]))
    return f"::{diagnostic.severity.value} {properties}::{message}"


def _escape(text: str, more: str = "") -> str:
    """Percent signs, line ends and the characters of `more`, as GitHub's commands want them."""
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" + more else char for char in text)


def _sarif(diagnostics: Sequence[Diagnostic]) -> str:
    codes = sorted({each.code for each in diagnostics})
    driver = {"name": "smashdsl", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, codes.index(each.code)) for each in diagnostics],
    }
    return json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> dict[str, Any]:
    from smashdsl.diagnostics.catalog import CATALOG

    entry = CATALOG[code]
    level = Severity.WARNING if code.startswith("W") else Severity.ERROR
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.explanation},
        "defaultConfiguration": {"level": level.value},
    }


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    message = "\n".join([diagnostic.message, *diagnostic.helps])
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": message},
        "locations": [_location(diagnostic.span)] if diagnostic.span else [],
    }
    related = [
        {**_location(note.span), "message": {"text": note.message}}
        for note in diagnostic.notes
        if note.span
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _location(span: Span) -> dict[str, Any]:
    from urllib.parse import quote

    place = _place(span)
    region = {
        "startLine": place["line"],
        "startColumn": place["column"],
        "endLine": place["end_line"],
        "endColumn": place["end_column"],
    }
    artifact = {"uri": quote(span.source.name.replace("\\", "/"))}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


FORMATS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": lambda diagnostics: render_all(diagnostics, "text"),
    "concise": _concise,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
