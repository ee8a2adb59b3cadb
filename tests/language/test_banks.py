"""Banks: what fills them, how values are dealt out, which sets a text can name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language.texts import facts, layers, only, program

from smashdsl.elaborate.banks import dealable, deals_out

BANKS = "stem { conv(4, 3) } block { banks b[5] of 4 %s leave b[0] }"
MANY = "enter b[0] for i in 1..4 { read b[0] -> conv(4, 1) -> write b[i] } "


def block(body: str) -> str:
    """A block of five banks of 4, the first of which holds the input."""
    return BANKS % body


# Dealing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "writes", "fits"),
    [
        (8, "b[0], b[1]", True),
        (4, "b[0], b[1], b[2]", True),  # starts again for each bank
        (8, "b[0], b[1], b[2]", True),  # the third takes the first channels again
        (6, "b[0], b[1]", False),  # the second straddles the end
        (8, "b[0]", False),  # channels are left over
        (2, "b[0]", False),
        (12, "b[2], b[0], b[1]", True),
    ],
)
def test_a_value_is_dealt_out_whole(units: int, writes: str, fits: bool) -> None:
    body = block(f"read b[0] -> conv({units}, 1) -> write {writes}")
    if fits:
        assert program(body).ir.blocks[0].layers[0].writes
    else:
        assert only(body).code == "E511"


def test_a_value_that_does_not_fit_says_what_would() -> None:
    found = only(block("read b[0] -> conv(6, 1) -> write b[0], b[1]"))
    assert "6 channels" in facts(found)
    assert "4 or 8 channels would fit" in found.label


def slices(body: str) -> list[tuple[int, int]]:
    """The channels of the layer's value that each bank takes, in the order of the plan."""
    return [
        (step.attrs["start"], step.attrs["stop"])
        for step in program(body).plan.steps
        if step.op == "slice"
    ]


def test_channels_are_dealt_in_order_and_from_the_first_again() -> None:
    body = block("read b[0] -> conv(8, 1) -> write b[3], b[1], b[2] leave b[1..3]")
    body = body.replace("leave b[0]", "")
    assert layers(body)[0].writes == (3, 1, 2)
    assert sorted(slices(body)) == [(0, 4), (0, 4), (4, 8)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(1, 30))
def test_dealing_by_counting_channels_one_by_one(sizes: list[int], channels: int) -> None:
    landed, position, straddled = set(), 0, False
    for size in sizes:
        straddled |= position + size > channels
        landed |= {(position + k) % channels for k in range(size)}
        position = (position + size) % channels
    assert deals_out(sizes, channels) == (not straddled and len(landed) == channels)
    assert (channels in dealable(sizes)) == deals_out(sizes, channels)


# Entering and leaving ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("banks", "enter"),
    [
        ("bank x of 4", (0,)),
        ("banks b[3] of 2", (0, 1)),
        ("bank x of 1 bank y of 3 bank z of 9", (0, 1)),
        ("bank x of 9 bank y of 4 enter y", (1,)),
        ("banks b[3] of 2 enter b[2], b[0]", (2, 0)),
    ],
)
def test_the_input_fills_banks(banks: str, enter: tuple[int, ...]) -> None:
    assert program(f"stem {{ conv(4, 3) }} block {{ {banks} }}").ir.blocks[0].enter == enter


@pytest.mark.parametrize(
    "banks", ["bank x of 3", "banks b[2] of 3", "bank x of 5", "banks b[2] of 1", "let a = 1"]
)
def test_the_input_must_end_on_an_edge(banks: str) -> None:
    assert only(f"stem {{ conv(4, 3) }} block {{ {banks} }}").code == "E506"


def test_named_banks_must_hold_the_input() -> None:
    found = only(block("enter b[0], b[1]"))
    assert found.code == "E506"
    assert "4 channels" in found.message
    assert "hold 8" in found.message


@pytest.mark.parametrize(
    "body", ["enter b[0] enter b[1]", "read b[0] -> relu -> write b[0] enter b[1]"]
)
def test_the_input_enters_once(body: str) -> None:
    assert only(block(body)).code == "E509"


def test_without_leave_all_written_banks_leave_in_order() -> None:
    body = "stem { conv(4, 3) } block { banks b[4] of 4 read b[0] -> relu -> write b[3], b[1] }"
    assert program(body).ir.blocks[0].leave == (0, 1, 3)


def test_leave_names_banks_in_its_order() -> None:
    body = "stem { conv(8, 3) } block { banks b[2] of 4 leave b[1], b[0] }"
    assert program(body).ir.blocks[0].leave == (1, 0)


def test_an_empty_bank_cannot_leave() -> None:
    found = only("stem { conv(4, 3) } block { banks b[2] of 4 leave b }")
    assert found.code == "E501"
    assert "`b[1]`" in found.message


# Reading and writing ----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["add", "replace", "mul", "max", "mean"])
def test_rules_of_writing(rule: str) -> None:
    assert layers(block(f"read b[0] -> relu -> write b[0] by {rule}"))[0].rule == rule


def test_writing_adds_and_an_unknown_rule_lists_them_all() -> None:
    assert layers(block("read b[0] -> relu -> write b[0]"))[0].rule == "add"
    found = only(block("read b[0] -> relu -> write b[0] by relu"))
    assert found.code == "E510"
    assert all(f"`{r}`" in found.message for r in ("add", "replace", "mul", "max", "mean"))


@pytest.mark.parametrize("reduce", ["sum", "mean", "max", "mul", "attend"])
def test_reduced_reads_need_one_size(reduce: str) -> None:
    body = "stem { conv(8, 3) } block { bank x of 2 bank y of 6 banks b[2] of 4 enter x, y %s }"
    assert only(body % f"read {reduce}(x, y) -> conv(2, 1) -> write x").code == "E507"
    made = layers(BANKS % f"{MANY} read {reduce}(b) -> relu -> write b[1]")
    assert (made[-1].reduce, made[-1].reads) == (reduce, (0, 1, 2, 3, 4))


@pytest.mark.parametrize(
    ("banks", "reads"),
    [
        ("b", (0, 1, 2, 3, 4)),
        ("b[2]", (2,)),
        ("b[1..3]", (1, 2, 3)),
        ("b[0..4 step 2]", (0, 2, 4)),
        ("b[c for c in 0..4 if c % 2 == 1]", (1, 3)),
        ("b[4 - c for c in 0..2]", (4, 3, 2)),
        ("b[3], b[0..-1], b[1]", (3, 1)),
        ("b[1], b[0..2], b[1]", (1, 0, 2)),  # each once, where it is first named
        ("written", (0, 1, 2, 3, 4)),
        ("b[count(written) - 1]", (4,)),
        ("b[count(b[0..1])]", (2,)),
    ],
)
def test_sets_of_banks(banks: str, reads: tuple[int, ...]) -> None:
    assert layers(block(f"{MANY} read {banks} -> conv(4, 1) -> write b[0]"))[-1].reads == reads


def test_a_name_can_stand_for_a_set() -> None:
    body = block(f"{MANY} let s = [b[3], b[1]] read s, b[0] -> conv(4, 1) -> write b[0]")
    assert layers(body)[-1].reads == (3, 1, 0)


@pytest.mark.parametrize(
    ("banks", "code"),
    [("b[5]", "E505"), ("b[-1]", "E505"), ("b[0.5]", "E302"), ("x[0]", "E505"), ("three", "E504"),
     ("b[0..-1]", "E502"), ("nosuch", "E201")],
)  # fmt: skip
def test_mistakes_in_sets(banks: str, code: str) -> None:
    body = f"bank x of 4 banks b[5] of 4 let three = 3 read {banks} -> relu -> write x"
    assert only(f"stem {{ conv(4, 3) }} block {{ {body} }}").code == code


def test_a_bank_that_does_not_exist_names_those_that_do() -> None:
    assert "`b[0]` to `b[4]`" in facts(only(block("read b[7] -> relu -> write b[0]")))


def test_written_and_fresh_follow_the_layers() -> None:
    grow = "repeat 2 { read written -> conv(8, 1) -> write fresh(2) }"
    assert [(layer.reads, layer.writes) for layer in layers(block(grow))] == [
        ((0,), (1, 2)),
        ((0, 1, 2), (3, 4)),
    ]


def test_fresh_gives_what_is_left() -> None:
    made = layers(block("repeat 3 { read b[0] -> conv(4, 1) -> write b[0], fresh(2) }"))
    assert [layer.writes for layer in made] == [(0, 1, 2), (0, 3, 4), (0,)]
    assert only(block("repeat 3 { read b[0] -> conv(4, 1) -> write fresh(2) }")).code == "E502"


def test_an_empty_bank_names_the_layers_that_could_have_written_it() -> None:
    lone = only(block("read b[2] -> relu -> write b[0]"))
    assert (lone.code, "`b[2]`" in lone.message) == ("E501", True)
    assert "no layer before this writes `b[2]`" in facts(lone)


def test_reads_and_depth_count_what_has_happened() -> None:
    body = block("repeat until reads >= 10 { read b[0] -> conv(4, 1) -> write fresh(1) }")
    assert len(layers(body)) == 3
    body = block("repeat until depth == 4 { read b[0] -> conv(4, 1) -> write b[depth] }")
    assert [layer.writes for layer in layers(body)] == [(0,), (1,), (2,), (3,)]
    body = block("repeat 2 { read b[0], b[reads // 4] -> conv(4, 1) -> write b[1] } ")
    assert only(body.replace("reads // 4", "reads // 4 + 1")).code == "E501"


def test_a_bank_family_may_be_empty_but_a_name_stands_once() -> None:
    body = "stem { conv(4, 3) } block { banks e[0] of 4 bank x of 4 leave x }"
    assert len(program(body).ir.blocks[0].banks) == 1
    assert only("stem { conv(4, 3) } block { bank x of 4 bank x of 4 }").code == "E203"


def test_channels_in_a_layer_are_those_read() -> None:
    made = layers(block(f"{MANY} read b[0..2] -> conv(channels - 8, 1) -> write b[0]"))
    assert made[-1].stages[0].attrs["units"] == 4  # type: ignore[union-attr]
