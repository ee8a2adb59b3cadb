"""Diagnostics as text for people."""

from __future__ import annotations

from textwrap import dedent

from smashdsl.diagnostics import Diagnostic, Note, SmashError, Source, Span, render_text

SOURCE = Source("net.smash", "program p {\n\tinput 3x8\n  stem { cnv(16, 3) }\n}\n")


def span(text: str, length: int | None = None, source: Source = SOURCE) -> Span:
    start = source.text.index(text)
    return Span(source, start, start + (len(text) if length is None else length))


def shows(diagnostic: Diagnostic, expected: str) -> None:
    assert render_text(diagnostic, color=False) == dedent(expected).strip("\n")


def test_everything_at_once() -> None:
    shows(
        Diagnostic(
            "E201",
            "there is no op `cnv`",
            span("cnv"),
            "unknown",
            (Note("ops are defined with `op`"), Note("the network is here", span("p {", 1))),
            ("did you mean `conv`?", "or `op cnv`"),
        ),
        """
        error[E201]: there is no op `cnv`
         --> net.smash:3:10
          |
        3 |   stem { cnv(16, 3) }
          |          ^^^ unknown
          |
          = note: ops are defined with `op`
          = help: did you mean `conv`?
          = help: or `op cnv`
        note: the network is here
         --> net.smash:1:9
          |
        1 | program p {
          |         -
        """,
    )


def test_warnings_and_places() -> None:
    shows(Diagnostic("W101", "never read", None, helps=("remove it",)),
          "warning[W101]: never read\n  = help: remove it")  # fmt: skip
    shows(
        Diagnostic(
            "E130",
            "the file ends too early",
            Span(SOURCE, len(SOURCE.text) - 1, len(SOURCE.text) - 1),
        ),
        """
        error[E130]: the file ends too early
         --> net.smash:4:2
          |
        4 | }
          |  ^
        """,
    )
    end = len(SOURCE.text)
    shows(
        Diagnostic("E130", "nothing", Span(SOURCE, end, end)),
        """
        error[E130]: nothing
         --> net.smash:5:1
          |
        5 |
          | ^
        """,
    )


def test_several_lines() -> None:
    shows(
        Diagnostic("E101", "open", span("program p {", len(SOURCE.text) - 1), "all of it"),
        """
        error[E101]: open
         --> net.smash:1:1
          |
        1 | program p {
          | ^^^^^^^^^^^
        ...
        4 | }
          | ^ all of it
        """,
    )
    shows(
        Diagnostic("E101", "two", span("3x8", len("3x8\n  stem"))),
        """
        error[E101]: two
         --> net.smash:2:8
          |
        2 |     input 3x8
          |           ^^^
        3 |   stem { cnv(16, 3) }
          |   ^^^^
        """,
    )


def test_tabs_and_wide_characters() -> None:
    source = Source("t", "\ta\t# 漢字 é e\u0301 x")
    lines = render_text(Diagnostic("E116", "m", span("x", source=source)), color=False).split("\n")
    assert lines[3] == "1 |     a   # 漢字 é e\u0301 x"
    assert lines[4] == "  | " + " " * 19 + "^"
    wide = render_text(Diagnostic("E116", "m", span("漢字", source=source)), color=False)
    assert wide.endswith("\n  |           ^^^^")


def test_long_lines_are_cropped_around_the_span() -> None:
    source = Source("t", "x" * 5000 + " here " + "y" * 5000)
    lines = render_text(Diagnostic("E116", "m", span("here", source=source)), color=False)
    shown, marks = lines.split("\n")[3:5]
    assert len(shown) < 140
    assert shown.startswith("1 | …x")
    assert shown.endswith("y…")
    at = shown.index("here")
    assert marks[at : at + 4] == "^^^^"
    assert marks.count("^") == 4


def test_a_span_that_is_longer_than_what_is_shown() -> None:
    source = Source("t", "a " + "x" * 5000)
    lines = render_text(Diagnostic("E116", "m", span("x", 5000, source)), color=False).split("\n")
    assert len(lines[4]) <= len(lines[3])


def test_control_characters_are_shown_not_sent() -> None:
    source = Source("a\x1b[2J.smash", "let a = '\x1b[31m\u202eevil\x00'")
    text = render_text(
        Diagnostic("E116", "bad \x07", span("evil", source=source), notes=(Note("n\x1b"),)),
        color=False,
    )
    assert "a\\x1b[2J.smash" in text
    assert "\\x1b[31m\\u202eevil\\x00" in text
    assert "bad \\x07" in text
    assert all(char.isprintable() or char == "\n" for char in text)


def test_lines_of_a_message_stay_together() -> None:
    text = render_text(Diagnostic("E116", "one\ntwo"), color=False)
    assert text == "error[E116]: one\n    two"


def test_gutter_is_as_wide_as_the_longest_number() -> None:
    source = Source("t", "\n" * 8 + "a\nb\n")
    note = Note("there", span("b", source=source))
    lines = render_text(
        Diagnostic("E1", "m", span("a", source=source), notes=(note,)), color=False
    ).split("\n")
    assert lines[1] == "  --> t:9:1"
    assert lines[3:5] == [" 9 | a", "   | ^"]
    assert lines[-2:] == ["10 | b", "   | -"]


def test_color() -> None:
    found = Diagnostic("E201", "m", span("cnv"), "label", (), ("help",))
    colored = render_text(found, color=True)
    plain = render_text(found, color=False)
    assert "\x1b[1;31merror[E201]\x1b[0m" in colored
    assert "\x1b" not in plain
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_errors_print_all_they_hold() -> None:
    error = SmashError([Diagnostic("E1", "one"), Diagnostic("E2", "two")])
    assert str(error) == "error[E1]: one\nerror[E2]: two"
