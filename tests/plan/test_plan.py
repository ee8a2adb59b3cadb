"""Plans: dealing, joining, shapes, slots and costs."""

from __future__ import annotations

import smashdsl
from smashdsl import Program


def program(body: str, stem: str = "conv(8, 3)") -> Program:
    found = smashdsl.loads(f"""
    program p {{
      input 3x6
      stem {{ {stem} }}
      {body}
      head {{ global_avg_pool -> linear(2) }}
    }}""")
    assert isinstance(found, Program)
    return found


def ops(found: Program) -> list[str]:
    return [step.op for step in found.plan.steps]


def test_reading_back_what_was_dealt_out_copies_nothing() -> None:
    found = program("block { banks b[4] of 2 read b -> relu -> write b by replace }")
    assert "cat" not in ops(found)
    relu = next(step for step in found.plan.steps if step.op == "relu")
    assert found.plan.steps[relu.inputs[0]].op == "conv"


def test_parts_that_are_not_neighbours_are_joined() -> None:
    found = program(
        "block { banks b[4] of 2 read b[0], b[2] -> conv(2, 1) -> write b[0] leave b[0] }"
    )
    cat = next(step for step in found.plan.steps if step.op == "cat")
    assert [found.plan.steps[i].attrs for i in cat.inputs] == [
        {"start": 0, "stop": 2},
        {"start": 4, "stop": 6},
    ]
    assert cat.shape == (4, 6)


def test_neighbouring_parts_are_one_slice() -> None:
    found = program("block { banks b[4] of 2 read b[1..2] -> conv(2, 1) -> write b[0] leave b[0] }")
    conv = [step for step in found.plan.steps if step.op == "conv"][1]
    entering = found.plan.steps[conv.inputs[0]]
    assert (entering.op, entering.attrs) == ("slice", {"start": 2, "stop": 6})


def test_wrapping_around_gives_banks_the_same_channels() -> None:
    found = program("""block { bank x of 8  banks b[2] of 4
      read x -> conv(4, 1) -> write b[0], b[1]
      leave b }""")
    cat = next(step for step in found.plan.steps if step.op == "cat")
    assert cat.inputs[0] == cat.inputs[1]


def test_rules_of_writing_are_steps() -> None:
    for rule, op in (("add", "sum"), ("mul", "mul"), ("max", "max"), ("mean", "mean")):
        found = program(f"block {{ bank x of 8 read x -> relu -> write x by {rule} }}")
        assert ops(found).count(op) == 1
    replaced = program("block { bank x of 8 read x -> relu -> write x by replace }")
    assert not {"sum", "mul", "max", "mean"} & set(ops(replaced))


def test_costs_are_those_of_pen_and_paper() -> None:
    costs = program("block { bank x of 8 read x -> norm -> conv(8, 5) -> write x }").costs
    assert costs.params == 3 * 8 * 3 + 2 * 8 + 8 * 8 * 5 + (8 * 2 + 2)
    assert costs.flops == 6 * (3 * 8 * 3) + 6 * (8 * 8 * 5) + 8 * 2
    assert costs.activations == 8 * 6 + 8 * 6 + 2
    assert costs.depth == 3


def test_depth_is_the_longest_path() -> None:
    found = program("transition { sum { conv(4, 1) -> conv(4, 1) -> conv(4, 1) ; conv(4, 1) } }")
    assert found.costs.depth == 1 + 3 + 1


def test_slots_are_named_by_place() -> None:
    found = program("""
      block { bank x of 8 read attend(x) -> sum { conv(8, 1) ; norm } -> write x }
      transition { conv(4, 1, bias=true) }""")
    assert list(found.plan.slots) == [
        "stem.conv1.weight",
        "blocks.0.layers.0.read.scores",
        "blocks.0.layers.0.sum1.0.conv1.weight",
        "blocks.0.layers.0.sum1.1.norm1.weight",
        "blocks.0.layers.0.sum1.1.norm1.bias",
        "transitions.0.conv1.weight",
        "transitions.0.conv1.bias",
        "head.linear1.weight",
        "head.linear1.bias",
    ]
