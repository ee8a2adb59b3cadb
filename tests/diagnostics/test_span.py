"""Places in source text."""

from __future__ import annotations

import pickle

import pytest

from smashdsl.diagnostics import Diagnostic, Severity, SmashError, Source, Span

SOURCE = Source("a", "ab\n\ncd\r\ne")


@pytest.mark.parametrize(
    ("offset", "place"),
    [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1)), (6, (3, 3)), (8, (4, 1)), (9, (4, 2))],
)
def test_positions(offset: int, place: tuple[int, int]) -> None:
    assert SOURCE.position(offset) == place


def test_lines() -> None:
    assert [SOURCE.line(number) for number in (1, 2, 3, 4)] == ["ab", "", "cd", "e"]


def test_spans() -> None:
    span = Span(SOURCE, 0, 2).to(Span(SOURCE, 4, 6))
    assert (span.text, str(span)) == ("ab\n\ncd", "a:1:1")


def test_severity_follows_from_the_code() -> None:
    assert Diagnostic("W101", "m").severity is Severity.WARNING
    assert Diagnostic("E101", "m").severity is Severity.ERROR


def test_errors_can_be_sent_to_other_processes() -> None:
    error = pickle.loads(pickle.dumps(SmashError(Diagnostic("E101", "m", Span(SOURCE, 0, 1)))))
    assert error.diagnostics[0].message == "m"
    assert error.diagnostics[0].span.text == "a"
