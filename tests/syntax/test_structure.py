"""What may stand where."""

from __future__ import annotations

import pytest

from smashdsl.diagnostics import SmashError, Source
from smashdsl.syntax import parse


def found(body: str) -> list[str]:
    """`CODE line:column` of what is wrong with the body of a network; its first line is line 1."""
    try:
        parse(Source("t", f"program p {{ input 3x8 ; classes 10\n{body}\n}}\n"))
    except SmashError as error:
        spans = [(each.code, each.span) for each in error.diagnostics]
        return [f"{code} {span.line - 1}:{span.column}" for code, span in spans if span]
    return []


@pytest.mark.parametrize(
    "body",
    [
        "stem { relu }\nblock { bank x of 3 ; read x -> write x }\nhead { relu }",
        "for i in 0..2 { if i > 0 { transition { relu } } else { block { bank x of 3 } } }",
        "op f { let a = 3 ; if a > 2 { relu } else { tanh } }",
        "block { for i in 0..2 { let n = i ; bank x of n ; if n > 1 { leave x } } }",
        "if true { require params < 3 }\nlet a = 3\nrepeat 2 { stem { f } }",
        "stem { repeat 2 { relu } ; tanh }",
        "encoding { }",
        "stem { if true { } }",
    ],
)
def test_allowed(body: str) -> None:
    assert found(body) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("bank x of 3\nbanks b[2] of 3\nenter x\nleave x\nread x -> write x",
         ["E141 1:1", "E141 2:1", "E141 3:1", "E141 4:1", "E141 5:1"]),
        ("stem { bank x of 3 }\nop f { read x -> write x }", ["E141 1:8", "E141 2:8"]),
        ("stem { block { bank x of 3 } }\nblock {\n head { relu } }", ["E142 1:8", "E142 3:2"]),
        ("op f {\n stem { relu } }", ["E142 2:2"]),
        ("relu -> tanh\nblock { relu }", ["E143 1:1", "E143 2:9"]),
        ("input 3x8\nclasses 3\nencoding { }\nencoding { }", ["E144 1:1", "E144 2:1", "E144 4:1"]),
        ("train { lr = 1 }\ntrain { lr = 1\n lr = 2 }", ["E144 2:1", "E144 3:2"]),
        ("stem { relu }\nstem { relu }\nhead { relu }\nhead { relu }", ["E144 2:1", "E144 4:1"]),
        ("if true { input 3x8 }\nrepeat 2 { op f { relu } }", ["E146 1:11", "E146 2:12"]),
        ("block { require params < 3 }", ["E146 1:9"]),
        ("stem { classes 10 ; encoding { } }", ["E146 1:8", "E146 1:21"]),
        ("op f {\n}\nstem { }\nblock { }\nfor i in 0..1 { }\nrepeat 2 { }",
         ["E122 1:4", "E122 3:1", "E122 4:1", "E122 5:1", "E122 6:1"]),
        ("stem { relu\n tanh ; gelu }", ["E104 1:12"]),
        ("stem { leav\n tanh }", ["E132 1:8"]),
    ],
)  # fmt: skip
def test_not_allowed(body: str, expected: list[str]) -> None:
    assert found(body) == expected


def test_network_without_input() -> None:
    with pytest.raises(SmashError) as caught:
        parse(Source("t", "program a { }\nspace b { input 3x8 }\nspace c { head { relu } }"))
    assert [error.code for error in caught.value.diagnostics] == ["E145", "E145"]
    assert [error.span.text for error in caught.value.diagnostics if error.span] == ["a", "c"]


def test_the_first_of_two_is_shown() -> None:
    with pytest.raises(SmashError) as caught:
        parse(Source("t", "program a {\n  input 3x8\n  input 3x8\n}"))
    (error,) = caught.value.diagnostics
    (note,) = error.notes
    assert note.span is not None
    assert (note.span.line, note.span.column) == (2, 3)


def test_a_statement_given_up_leaves_no_empty_body_behind() -> None:
    assert found("block {\n bank 3\n}") == ["E127 2:7"]
