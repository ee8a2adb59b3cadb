"""No input exhausts the stack, the memory or the patience."""

from __future__ import annotations

import time

import pytest

from smashdsl.diagnostics import SmashError, Source
from smashdsl.syntax import format_source, parse
from smashdsl.syntax.limits import MAX_DEPTH, MAX_TOKENS

MANY = 20_000
HOSTILE = {
    "round": "(" * MANY,
    "square": "let a = " + "[" * MANY,
    "braces": "program p " + "{" * MANY,
    "closers": ")" * MANY,
    "balanced": "let a = " + "(" * MANY + "1" + ")" * MANY,
    "lists": "let a = " + "[" * MANY + "]" * MANY,
    "minus": "let a = " + "-" * MANY + "1",
    "not": "let a = " + "not " * MANY + "b",
    "power": "let a = " + "2**" * MANY + "2",
    "sum": "let a = " + "a + " * MANY + "a",
    "comparisons": "let a = " + "a < " * MANY + "a",
    "choice": "let a = " + "a if b else " * MANY + "c",
    "ifs": "let a = " + "a if " * MANY + "c",
    "ranges": "let a = " + "a.." * MANY + "c",
    "index": "let a = b" + "[0]" * MANY,
    "call": "let a = b" + "()" * MANY,
    "groups": "op f { " + "(" * MANY + "a" + ")" * MANY + " }",
    "branches": "op f { " + "sum { " * MANY + "a" + " }" * MANY + " }",
    "blocks": "op f { " + "repeat 2 { " * MANY + "a" + " }" * MANY + " }",
    "else if": "op f { " + "if a { b } else " * MANY + "{ b } }",
}
LONG_BUT_BAD = {
    "words": "a b c " * MANY,
    "else if": "let =\nop f { " + "if a { b } else " * MANY + "{ b } }",
    "lets": "let\n" * MANY,
    "signs": "@ $" * MANY,
    "quotes": "'" * MANY,
    "brackets": "([{" * 80 + "}" * MANY,
    "open blocks": "block {\n" * 200 + "let =\n" * MANY,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_depth_is_limited(name: str) -> None:
    with pytest.raises(SmashError) as caught:
        parse(Source("t", HOSTILE[name]))
    codes = {error.code for error in caught.value.diagnostics}
    assert codes <= {"E811", "E102", "E118", "E124", "E125"}


def test_number_of_tokens_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smashdsl.syntax.tokens.MAX_TOKENS", 4_000)
    parse(Source("t", "let a = 1\n" * 999))
    with pytest.raises(SmashError) as caught:
        parse(Source("t", "let a = 1\n" * 1_000 + "let b = 2"))
    (error,) = caught.value.diagnostics
    assert error.code == "E810"
    assert error.span is not None
    assert error.span.line == 1_001


def test_comments_are_not_counted() -> None:
    parse(Source("t", "# nothing\n" * MAX_TOKENS))


@pytest.mark.parametrize("name", LONG_BUT_BAD)
def test_long_texts_full_of_mistakes(name: str) -> None:
    started = time.monotonic()
    with pytest.raises(SmashError) as caught:
        parse(Source("t", LONG_BUT_BAD[name]))
    assert 0 < len(caught.value.diagnostics) <= 20
    assert time.monotonic() - started < 60


def nested(levels: int) -> dict[str, str]:
    return {
        "sum": "let a = " + " + ".join("b" * levels),
        "round": "let a = " + "(" * levels + "1" + ")" * levels,
        "lists": "let a = " + "[" * levels + "]" * levels,
        "blocks": "op f { " + "repeat 2 { " * levels + "a" + " }" * levels + " }",
        "lines": "op f { " + "repeat 2 {\n" * levels + "a" + " }" * levels + " }",
        "else if": "op f {\n" + "if a {\nb\n} else " * levels + "{ b } }",
        "choice": "let a = " + "a if b else " * levels + "c",
        "wide": "let a = " + "[aaaaaaaaaaaaaaaa, " * levels + "1" + "]" * levels,
    }


@pytest.mark.parametrize("name", nested(1))
def test_what_is_within_the_limit_can_be_read_and_formatted(name: str) -> None:
    text = format_source(Source("t", nested(MAX_DEPTH - 8)[name]))
    assert format_source(Source("t", text)) == text


def test_long_files_are_read_in_time_that_grows_with_them() -> None:
    def seconds(layers: int) -> float:
        lines = "\n".join(f"read b[{i}] -> conv(4, 3) -> write b[{i} + 1]" for i in range(layers))
        text = f"program p {{ input 3x8\nblock {{\nbanks b[9999] of 4\n{lines}\n}} }}"
        started = time.process_time()
        parse(Source("t", text))
        return time.process_time() - started

    seconds(10)
    # Taken in turn, since other work on the machine slows both; the square would give 4.
    assert min(seconds(2000) / seconds(1000) for _ in range(5)) < 3
