"""Statements, scopes, ops and numbers: what a text amounts to."""

from __future__ import annotations

import pytest
from language.texts import facts, findings, layers, only, program, space, stages, stem


@pytest.mark.parametrize(
    ("statements", "made"),
    [
        ("for i in 1..3 { conv(i, 1) }", ["conv(1, 1)", "conv(2, 1)", "conv(3, 1)"]),
        ("for i in 0..4 step 2 { conv(i + 1, 1) }", ["conv(1, 1)", "conv(3, 1)", "conv(5, 1)"]),
        ("for k in [3, 5] { conv(k, k) }", ["conv(3, 3)", "conv(5, 5)"]),
        ("for i in 0..-1 { relu } gelu", ["gelu"]),
        ("for _ in 1..2 { relu }", ["relu", "relu"]),
        ("repeat 2 { relu -> gelu }", ["relu", "gelu"] * 2),
        ("repeat 0 { relu } gelu", ["gelu"]),
        ("repeat until channels == 2 { relu } gelu", ["gelu"]),
        ("if channels == 2 { relu } else { gelu }", ["relu"]),
        ("if channels > 2 { relu } else if channels > 1 { tanh } else { gelu }", ["tanh"]),
        ("if false { relu } gelu", ["gelu"]),
        ("let n = 3 let m = n + 1 conv(m, n)", ["conv(4, 3)"]),
        ("conv(2 * channels, 1) ; conv(2 * channels, 1)", ["conv(4, 1)", "conv(4, 1)"]),
        ("relu if channels == 2 -> (gelu -> tanh) if channels == 3", ["relu"]),
        ("(relu -> (gelu -> tanh))", ["relu", "gelu", "tanh"]),
        ("conv(2 if channels > 9 else 5, 1)", ["conv(5, 1)"]),
    ],
)
def test_statements_amount_to_stages(statements: str, made: list[str]) -> None:
    assert stem(statements) == made


def test_statements_stand_at_every_level() -> None:
    body = """
      let n = 4
      if n > 3 { stem { if true { conv(n, 3) } } } else { stem { relu } }
      for i in 1..2 { transition { let k = i repeat k { conv(channels + k, 1) } } }
      repeat 2 { block { bank x of channels for _ in 1..2 { read x -> relu -> write x } } }
      head { for _ in 0..0 { global_avg_pool } let c = 2 linear(c) }"""
    made = program(body).ir
    assert stages(made.stem) == ["conv(4, 3)"]
    assert [stages(part.stages) for part in made.transitions] == [
        ["conv(5, 1)"],
        ["conv(7, 1)", "conv(7, 1)"],
    ]
    assert [len(block.layers) for block in made.blocks] == [2, 2]


def test_names_end_with_their_scope_and_hide_no_others() -> None:
    assert stem("let n = 1 for i in 1..2 { let m = n + i conv(m, 1) }") == [
        "conv(2, 1)",
        "conv(3, 1)",
    ]
    assert findings("stem { if true { let m = 2 } conv(m, 1) }") == ["E201"]
    assert findings("stem { for i in 1..2 { relu } conv(i, 1) }") == ["E201"]
    assert findings("stem { let n = 1 let n = 2 conv(n, 1) }") == ["E203"]
    assert findings("stem { conv(n, 1) let n = 2 }") == ["E201"]


# Ops --------------------------------------------------------------------------------------------


def test_channels_is_what_enters_the_construct() -> None:
    items = "op twice { conv(2 * channels, 1) -> conv(channels + 1, 1) }"
    assert stem("conv(4, 3) -> twice", items=items)[1:] == ["conv(8, 1)", "conv(5, 1)"]
    wide = "sum { conv(channels, 1) -> conv(channels, 3) ; conv(channels, 1) }"
    assert stem(f"conv(4, 3) -> {wide}") == [
        "conv(4, 3)",
        "sum { conv(2, 1) -> conv(2, 3) ; conv(2, 1) }",
    ]


def test_ops_close_over_their_definition() -> None:
    body = """let n = 6 op mine(k = 3) { let w = n conv(w, k) }
      stem { mine } transition { mine(1) } transition { mine(k=5) }"""
    made = program(body).ir
    assert stages(made.stem) == ["conv(6, 3)"]
    assert [stages(t.stages) for t in made.transitions] == [["conv(6, 1)"], ["conv(6, 5)"]]


def test_defaults_may_use_earlier_parameters_and_channels() -> None:
    items = "op f(a, b = 2 * a, c = channels) { conv(a, 1) -> conv(b, 1) -> conv(c, 1) }"
    assert stem("f(3)", items=items) == ["conv(3, 1)", "conv(6, 1)", "conv(2, 1)"]
    assert stem("f(3, c=9)", items=items)[1:] == ["conv(6, 1)", "conv(9, 1)"]


def test_ops_are_values() -> None:
    items = "op a(n) { conv(n, 1) } op apply(f, n) { f(n) }"
    assert stem("let f = a f(3) -> apply(a, 4)", items=items) == ["conv(3, 1)", "conv(4, 1)"]
    assert stem("let fs = [relu, gelu] for f in fs { f }") == ["relu", "gelu"]
    assert stem("let f = conv(8, 3) f -> relu -> f") == ["conv(8, 3)", "relu", "conv(8, 3)"]


@pytest.mark.parametrize(
    ("call", "code"),
    [("f", "E301"), ("f(1, 2, 3)", "E301"), ("f(1, x=2)", "E301"), ("f(1, a=2)", "E301"),
     ("conv(3)", "E301"), ("relu(1)", "E301"), ("conv(0, 3)", "E303"), ("conv(2.5, 3)", "E303"),
     ("conv(2, 3, bias=2)", "E303"), ("dropout(1)", "E303"), ("conv(2, 3, padding=9)", "E303")],
)  # fmt: skip
def test_calls_that_do_not_fit(call: str, code: str) -> None:
    assert findings(f"stem {{ {call} }}", items="op f(a, b = 3) { conv(a, b) }") == [code]


# Combinators ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["sum", "mean", "max", "mul", "cat", "shake"])
def test_combinators(rule: str) -> None:
    assert stem(f"{rule} {{ relu ; gelu }}") == [f"{rule} {{ relu ; gelu }}"]
    shape = program(f"stem {{ {rule} {{ relu ; gelu }} }}").plan.steps
    assert max(step.shape[0] for step in shape) == (4 if rule == "cat" else 2)


@pytest.mark.parametrize("rule", ["sum", "mean", "max", "mul"])
def test_branches_must_fit_together(rule: str) -> None:
    found = only(f"stem {{ {rule} {{ conv(4, 1) ; conv(5, 1) }} }}")
    assert found.code == "E409"
    assert "4×8 and 5×8" in found.message


def test_cat_needs_one_resolution_only() -> None:
    assert findings("stem { cat { conv(4, 1) ; conv(5, 1) } }") == []
    assert findings("stem { cat { conv(4, 1) ; conv(5, 1, stride=2) } }") == ["E409"]


def test_branches_are_left_out() -> None:
    assert stem("sum { relu if false ; gelu }") == ["gelu"]
    assert stem("sum { (relu -> tanh) if false ; gelu ; relu }") == ["sum { gelu ; relu }"]
    assert stem("sum { relu -> tanh if false ; gelu }") == ["sum { relu ; gelu }"]
    assert findings("stem { sum { relu if false ; gelu if channels > 9 } }") == ["E408"]


# Numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "units"),
    [("17 // 2", 8), ("18 / 2", 9), ("1k", 1000), ("0.002k", 2), ("1M // 1k // 100", 10),
     ("2 ** 3", 8), ("17 % 5", 2), ("max(3, 9) - min([4, 5])", 5), ("sum([1, 2, 3])", 6),
     ("gcd(12, 18)", 6), ("len([1, 2, 3])", 3), ("ceil(2.1)", 3), ("round(7.6)", 8),
     ("floor(sqrt(10))", 3), ("log2(16)", 4), ("-3 + 5", 2), ("[4, 5, 6][1]", 5),
     ("[i * i for i in 0..5 if i % 2 == 1][1]", 9), ("sum([i for i in 1..4])", 10),
     ("7 if not (1 < 2 and 2 < 1) else 8", 7), ("abs(-4)", 4)],
)  # fmt: skip
def test_numbers(text: str, units: int) -> None:
    assert stem(f"conv({text}, 1)") == [f"conv({units}, 1)"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("17 / 2", "E306"), ("1 // 0", "E302"), ("1 % 0", "E302"), ("[1][1]", "E304"),
     ("relu + 1", "E302"), ("len(3)", "E302"), ("1 == relu", "E302"), ("sqrt(-1)", "E302"),
     ("3 if 2 else 4", "E302"), ("min([])", "E302")],
)  # fmt: skip
def test_numbers_that_are_none(text: str, code: str) -> None:
    assert findings(f"stem {{ conv({text}, 1) }}") == [code]


# Networks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("head { global_avg_pool -> linear(2) } stem { relu }", "E205"),
        ("stem { relu } stem { relu }", "E144"),
        ("transition { relu } stem { relu }", "E205"),
        ("head { global_avg_pool -> linear(2) } head { relu }", "E144"),
        ("classes 10 head { global_avg_pool -> linear(9) }", "E407"),
        ("classes 10 head { relu }", "E407"),
        ("head { linear(9) }", "E405"),
        ("transition { global_avg_pool } block { bank x of 2 } head { linear(2) }", "E405"),
        ("block { bank x of 2 read x -> avg_pool(2) -> write x }", "E508"),
    ],
)
def test_the_order_of_data_flow(body: str, code: str) -> None:
    assert findings(body) == [code]


def test_a_network_needs_a_head() -> None:
    assert only("stem { relu } let a = 1 # head {").code == "E205"


@pytest.mark.parametrize(
    ("input", "weight", "out"),
    [("2x9", (4, 2, 3), (4, 5)), ("2x9x8", (4, 2, 3, 3), (4, 5, 4)),
     ("2x9x8x4", (4, 2, 3, 3, 3), (4, 5, 4, 2))],
)  # fmt: skip
def test_the_input_decides_the_rank(
    input: str, weight: tuple[int, ...], out: tuple[int, ...]
) -> None:
    plan = program("stem { conv(4, 3, stride=2) }", input=input).plan
    step = next(step for step in plan.steps if step.op == "conv")
    assert step.slots[0].shape == weight
    assert step.shape == out


@pytest.mark.parametrize("input", ["2", "2x3x4x5x6", "0x8"])
def test_inputs_that_are_none(input: str) -> None:
    found = findings("stem { conv(4, 3) }", input=input)
    assert found
    assert all(code.startswith("E") for code in found)


# Lets of a file ---------------------------------------------------------------------------------


def test_lets_of_a_file_may_stand_in_any_order_and_are_lazy() -> None:
    assert stem("conv(a, 1)", items="let a = b + 1 let b = 2") == ["conv(3, 1)"]
    assert space("stem { relu }", items="let unused = one_of(1, 2)").sample(0).genome == {}


def test_a_let_in_terms_of_itself_is_a_mistake() -> None:
    for kind in ("program", "space"):
        found = only("stem { conv(a, 1) }", kind, items="let a = b let b = a + 1")
        assert (found.code, "in terms of itself" in found.message) == ("E201", True)


def test_layers_and_ops_share_banks_in_loops() -> None:
    body = "block { bank x of 2 for k in [1, 3] { if k > 1 { read x -> conv(2, k) -> write x } } }"
    assert [stages(layer.stages) for layer in layers(body)] == [["conv(2, 3)"]]
    assert "`channels`" in facts(only("stem { let channels = 3 }"))
