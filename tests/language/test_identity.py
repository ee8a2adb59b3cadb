"""The content hash: equal for one network however it is written, different otherwise."""

from __future__ import annotations

import re

import pytest
from language.texts import program, space, spec, text_of

import smashdsl
from smashdsl import Program

BODY = """
  op unit(w) { norm -> relu -> conv(w, 3) }
  let w = 4
  stem { conv(w, 3) }
  block { bank x of w banks b[2] of w enter x
    for i in 0..1 { read x -> unit(w) -> write b[i] }
    leave x, b[0], b[1] }
  head { global_avg_pool -> linear(2) }
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unit", "other"),
        ("bank x", "# nothing\n  bank x"),
        ("op unit(w) { norm -> relu -> conv(w, 3) }\n  let w = 4",
         "let w = 4 op unit(v) { norm -> relu -> conv(v, 3) }"),
        ("unit(w) -> write", "norm -> relu -> conv(4, 3) -> write"),
        ("unit(w) -> write", "(norm -> (relu) -> unit2) -> write"),
        ("for i in 0..1 { read x -> unit(w) -> write b[i] }",
         "read x -> unit(w) -> write b[0] read x -> unit(w) -> write b[1]"),
        ("bank x of w banks b[2] of w", "banks b[2] of w bank x of w"),
        ("conv(w, 3) }\n  block", "conv(4, 3, bias=false) }\n  block"),
        ("leave x, b[0], b[1]", "leave x, b"),
        ("banks b[2] of w", "banks b[2] of 2 * 2"),
    ],
)  # fmt: skip
def test_what_is_only_written_otherwise_has_the_same_hash(old: str, new: str) -> None:
    assert old in BODY
    items = "op unit2 { conv(4, 3, stride=1) }"
    assert program(BODY.replace(old, new), items=items).hash == program(BODY).hash


def test_names_of_banks_and_program_do_not_count() -> None:
    text = text_of(BODY)
    renamed = text.replace("b[", "y[").replace("net", "q")
    renamed = re.sub(r"\bx\b", "z", renamed)
    made, other = smashdsl.loads(text), smashdsl.loads(renamed)
    assert isinstance(made, Program)
    assert isinstance(other, Program)
    assert made.hash == other.hash
    assert (made.name, other.name) == ("net", "q")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("conv(w, 3) }\n  let", "conv(w, 5) }\n  let"),
        ("let w = 4", "let w = 6"),
        ("norm -> relu", "relu -> norm"),
        ("relu", "gelu"),
        ("read x -> unit", "read x, b[0..i - 1] -> unit"),
        ("write b[i]", "write b[i] by replace"),
        ("leave x, b[0], b[1]", "leave x, b[1], b[0]"),
        ("leave x, b[0], b[1]", "leave x, b[0]"),
        ("head {", "classes 2 head {"),
        ("linear(2)", "linear(2, bias=false)"),
        ("stem { conv(w, 3)", "stem { conv(w, 3, weights=fixed(gabor))"),
    ],
)
def test_what_means_something_else_has_another_hash(old: str, new: str) -> None:
    assert old in BODY
    assert program(BODY.replace(old, new)).hash != program(BODY).hash


def test_the_input_counts() -> None:
    assert program(BODY, input="2x9").hash != program(BODY).hash


@pytest.mark.parametrize("name", ["quickstart", "nas_bench_201", "nas_bench_macro", "smash_v2"])
def test_the_normal_form_says_everything(name: str) -> None:
    made = spec(name).sample(2)
    again = smashdsl.loads(made.text)
    assert isinstance(again, Program)
    assert (again.hash, again.costs) == (made.hash, made.costs)
    assert smashdsl.loads(again.text).text.split("{", 1)[1] == again.text.split("{", 1)[1]  # type: ignore[union-attr]


def test_a_space_of_one_is_its_program() -> None:
    assert space(BODY).sample(7).hash == program(BODY).hash
