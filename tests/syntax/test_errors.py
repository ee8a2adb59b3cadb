"""Every mistake of syntax is called by its name, at its place, and alone."""

from __future__ import annotations

import pytest

from smashdsl.diagnostics import CATALOG, SmashError, Source, render_text
from smashdsl.syntax import nothing_here, parse


def found(text: str) -> list[str]:
    """`CODE line:column` of everything that is wrong with a text."""
    with pytest.raises(SmashError) as caught:
        parse(Source("t.smash", text))
    errors = caught.value.diagnostics
    assert all(error.span is not None for error in errors)
    return [f"{e.code} {e.span.line}:{e.span.column}" for e in errors if e.span]


def inside(lines: str) -> list[str]:
    """What is wrong with lines of a program; the first of them is line 1."""
    found_ = found(f"program p {{ input 3x32x32 ; classes 10 ; let first = 0\n{lines}\n}}\n")
    places = [item.split(" ") for item in found_]
    moved = [(code, *map(int, place.split(":"))) for code, place in places]
    return [f"{code} {line - 1}:{column}" for code, line, column in moved]


IN_A_PROGRAM = [
    # arrows and stages
    ("stem { conv(16, 3) relu }", ["E104 1:19"]),
    ("stem { conv(16, 3)\n  relu }", ["E104 1:19"]),
    ("stem { a -> -> b }", ["E110 1:13"]),
    ("stem { -> a }", ["E110 1:8"]),
    ("stem { a -> }", ["E110 1:10"]),
    ("stem { a -> b 3 }", ["E130 1:15"]),
    ("stem { sum { } }", ["E122 1:14"]),
    ("stem { sum { a ; let b = 3 ; c } }", ["E140 1:18"]),
    # brackets
    ("stem { conv(16, 3 -> relu }", ["E101 1:12"]),
    ("stem { conv(16, [3 -> relu }", ["E101 1:12", "E101 1:17"]),
    ("stem { conv(16, 3] }", ["E103 1:18"]),
    ("stem { conv(16, 3)) }", ["E102 1:19"]),
    # signs
    ("if first = 3 { stem { a } }", ["E106 1:10"]),
    ("let a == 3", ["E107 1:7"]),
    ("let a := 3", ["E107 1:7"]),
    ("stem { conv(16, bias: true) }", ["E107 1:21"]),
    ("let a = 1 < 2 < 3", ["E118 1:15"]),
    ("let a = 1 == 2 != 3", ["E118 1:16"]),
    ("let a = b && c", ["E113 1:11"]),
    ("let a = b || c", ["E113 1:11"]),
    ("let a = !c", ["E113 1:9"]),
    ("let a = [1 2 3]", ["E120 1:11"]),
    ("stem { f(1 x) }", ["E120 1:11"]),
    ("stem { f(, 1) }", ["E121 1:10"]),
    ("stem { f(1,, 2) }", ["E121 1:12"]),
    ("let a = 3,", ["E121 1:10"]),
    ("stem { conv (16, 3) }", ["E128 1:13"]),
    ("for i in 0...3 { stem { a } }", ["E111 1:11"]),
    ("stem { f(b[0:3]) }", ["E111 1:13"]),
    # words
    ("let block = 3", ["E105 1:5"]),
    ("op read { relu }", ["E105 1:4"]),
    ("let a = input", ["E105 1:9"]),
    ("stem { conv(units, write) }", ["E105 1:20"]),
    ("let a = train", ["E105 1:9"]),
    ("let = 3", ["E127 1:5"]),
    ("let", ["E127 1:4"]),
    ("let 3 = 4", ["E127 1:5"]),
    ("for in 0..3 { stem { a } }", ["E127 1:5"]),
    ("let a 3", ["E109 1:6"]),
    ("for i 0..3 { stem { a } }", ["E109 1:6"]),
    ("for i = 0..3 { stem { a } }", ["E109 1:6"]),
    ("requier params < 3", ["E132 1:1"]),
    ("lte a = 3", ["E132 1:1"]),
    ("repaet 3 { stem { a } }", ["E132 1:1"]),
    ("blok { bank x of 3 }", ["E131 1:1"]),
    ("stem { add { a ; b } }", ["E131 1:8"]),
    ("width = 3", ["E133 1:1"]),
    ("width += 3", ["E133 1:7"]),
    ("if a { stem { b } }\nelif c { stem { d } }", ["E112 2:1"]),
    ("for i in 0..3:\n  let a = i", ["E115 1:14"]),
    ("let a: int = 3", ["E115 1:6"]),
    ("while a { stem { b } }", ["E115 1:1"]),
    # values
    ("let a =", ["E110 1:8"]),
    ("let a = 3 +", ["E110 1:12"]),
    ("let a = (3 + )", ["E110 1:14"]),
    ("let a = * 3", ["E110 1:9"]),
    ("let a = one_of()", ["E110 1:16"]),
    ("let a = 16 if b", ["E124 1:12"]),
    ("let a = 16 else b", ["E124 1:12"]),
    ("else { stem { a } }", ["E124 1:1"]),
    ("let a = 3 step 4", ["E125 1:11"]),
    ("let a = 1..2..3", ["E125 1:13"]),
    ("let a = .5", ["E123 1:9"]),
    ("let a = 5.", ["E123 1:10"]),
    ("let a = 10px", ["E123 1:9"]),
    ("let a = 1_000", ["E123 1:9"]),
    ("let a = 0x1f", ["E123 1:9"]),
    ("stem { conv(16, 3 x 5) }", ["E119 1:17"]),
    ("let a = 'b'", ["E114 1:9"]),
    ('let a = "b"', ["E114 1:9"]),
    ('let a = "b', ["E117 1:9"]),
    ("let a = b $ c", ["E116 1:11"]),
    ("let a = b ≤ c", ["E116 1:11"]),
    ("let caf\u00e9 = 3", ["E116 1:8"]),
    ("let a = b.c", ["E116 1:10"]),
    ("let a = 1e999", ["E812 1:9"]),
    ("let a = 1e-999", ["E812 1:9"]),
    (f"let a = {'9' * 41}", ["E812 1:9"]),
    (f"let a = 3x{'9' * 41}", ["E812 1:9"]),
    ("let a = 1e999999999999999999999", ["E812 1:9"]),
    ("let a = 1e-9999", ["E812 1:9"]),
    # blocks and layers
    ("block { bank x 16 }", ["E109 1:15"]),
    ("block { bank x = 16 }", ["E109 1:15"]),
    ("block { banks x of 16 }", ["E135 1:9"]),
    ("block { bank x[3] of 16 }", ["E135 1:9"]),
    ("block {\n bank x of 3\n read x -> relu\n}", ["E108 3:2"]),
    ("block { bank x of 3 ; read x -> relu -> }", ["E108 1:23"]),
    ("block { bank x of 3 ; write x }", ["E108 1:23"]),
    ("block { bank x of 3 ; read x y -> write x }", ["E120 1:29"]),
    ("block { bank x of 3 ; read x relu(2) -> write x }", ["E104 1:29"]),
    ("block { bank x of 3 ; read x -> relu write x }", ["E104 1:37"]),
    ("block { bank x of 3 ; read x -> relu -> wirte x }", ["E132 1:41"]),
    ("block { bank x of 3 ; read sum(x), x -> write x }", ["E129 1:28"]),
    ("block { bank x of 3 ; read mean() -> write x }", ["E129 1:28"]),
    ("stem conv(16, 3)", ["E126 1:5"]),
    ("block x { bank y of 3 }", ["E130 1:7"]),
    ("let a = 1 if b { stem { c } }", ["E134 1:11"]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), IN_A_PROGRAM)
def test_in_a_program(lines: str, expected: list[str]) -> None:
    assert inside(lines) == expected


WHOLE_FILES = [
    ("use ops\n", ["E130 1:5"]),
    ("use 'ops.smash'\n", ["E114 1:5"]),
    ('use "ops.smash\n', ["E117 1:5"]),
    ("def f(x):\n  return x\n", ["E115 1:1"]),
    ("program { input 3x8 }", ["E127 1:9"]),
    ("program 3net { input 3x8 }", ["E127 1:9"]),
    ("program p input 3x8 }", ["E126 1:10"]),
    ("progam p { input 3x8 }", ["E132 1:1"]),
    ("program p {", ["E101 1:11"]),
    ("}", ["E102 1:1"]),
    ("program p {\n input 3 x 32 x 32\n}", ["E119 2:8"]),
    ("program p {\n input 3\n}", ["E110 2:8"]),
    ("program p {\n input (3, 32, 32)\n}", ["E110 2:8"]),
    ("stem { relu }\nlet a = 3\n", ["E140 1:1"]),
    ("program p {\n input 3x8\n program q { input 3x8 }\n}", ["E140 3:2"]),
    ("let a = " + "(" * 300 + "1" + ")" * 300, ["E811 1:159"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WHOLE_FILES)
def test_whole_files(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_which_brace_was_left_open_shows_in_the_indentation() -> None:
    text = (
        "program p {\n  input 3x8\n  block {\n    bank x of 3\n    repeat 3 {\n"
        "      read x -> write x\n  }\n  head { relu }\n}\n"
    )
    assert found(text) == ["E101 5:14"]


def test_which_brace_is_too_many_shows_in_the_indentation() -> None:
    assert found("program p {\n  input 3x8\n  stem { relu } }\n  head { relu }\n}\n") == [
        "E102 3:17"
    ]


def test_without_indentation_nothing_is_guessed() -> None:
    text = "program p {\ninput 3x8\nblock {\nbank x of 3\nread x relu\nhead { relu }\n}\n"
    assert found(text) == ["E101 1:11"]


def test_several_mistakes_in_one_run() -> None:
    lines = "let a = \nlet block = 3\nstem { conv(16 3) }\nblock {\n bank x 16\n read x -> relu\n}"
    assert inside(lines) == ["E110 1:8", "E105 2:5", "E120 3:15", "E109 5:8", "E108 6:2"]


def test_a_mistake_that_ends_its_statement_hides_no_others() -> None:
    lines = "for i in in 0..3 {\n let = 3\n}\nlet b = $\nstem { a -> }"
    assert inside(lines) == ["E110 1:10", "E116 4:9", "E110 5:10"]


def test_one_mistake_for_a_line() -> None:
    assert len(inside("let a = 1 2 3 4 ( ) , , ; let = 5 $ $ $")) == 1


def test_at_most_twenty() -> None:
    assert len(inside("let =\n" * 100)) == 20


def test_what_was_meant_is_said() -> None:
    with pytest.raises(SmashError) as caught:
        parse(Source("t", "program p {\n  input 3x8\n  steam { relu }\n}"))
    text = render_text(caught.value.diagnostics[0], color=False)
    assert "did you mean `stem`?" in text
    assert "  steam { relu }" in text


@pytest.mark.parametrize("code", sorted(c for c in CATALOG if c.startswith("E1") and c != "E100"))
def test_examples_of_the_catalog(code: str) -> None:
    assert [item.split(" ")[0] for item in found(CATALOG[code].example)] == [code]


def test_file_without_a_network() -> None:
    file = parse(Source("t", CATALOG["E100"].example))
    nothing = nothing_here(file)
    assert nothing is not None
    assert nothing.code == "E100"
    assert nothing_here(parse(Source("t", "program p { input 3x8 }"))) is None
