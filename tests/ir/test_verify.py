"""The rules of the IR: every sample obeys them, and each can be broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import smashdsl
from smashdsl import InternalError, Program, Space
from smashdsl.ir import Bank, Block, Combine, Layer, Op, verify
from smashdsl.ir import Program as ProgramIR

SPECS = Path(__file__).parents[2] / "specs"
RELU = Op("relu", {})
CONV = Op(
    "conv",
    {
        "units": 8,
        "kernel": 3,
        "stride": 1,
        "dilation": 1,
        "groups": 1,
        "bias": False,
        "padding": "same",
    },
)
POOL = Op("avg_pool", {"kernel": 2, "stride": 2})
HEAD = (Op("global_avg_pool", {}), Op("linear", {"units": 3, "bias": True}))


@pytest.mark.parametrize("spec", sorted(p.name for p in SPECS.glob("*.smash") if p.stem != "gated"))
def test_every_sample_obeys_the_rules(spec: str) -> None:
    found = smashdsl.load(SPECS / spec)
    programs = [found] if isinstance(found, Program) else [found.sample(seed) for seed in range(3)]
    for program in programs:
        shape = program.plan.steps[program.plan.output].shape
        assert verify(program.ir) == shape
    assert isinstance(found, Program | Space)


BANKS = (Bank("x", 8), Bank("y", 4), Bank("z", 4))
BLOCK = Block(BANKS, (0,), (Layer((0,), "cat", (CONV,), (1, 2)),), (0, 1, 2))


def program(**changes: Any) -> ProgramIR:
    base = ProgramIR("p", (8, 6), 3, (), (BLOCK,), HEAD)
    return replace(base, **changes)


def with_block(**changes: Any) -> ProgramIR:
    return program(body=(replace(BLOCK, **changes),))


def with_layer(**changes: Any) -> ProgramIR:
    return with_block(layers=(replace(BLOCK.layers[0], **changes),), leave=(0,))


def test_the_base_obeys_the_rules() -> None:
    assert verify(program()) == (3,)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (program(input=(8,)), "input"),
        (program(classes=4), "classes"),
        (program(stem=(Op("nothing", {}),)), "operations"),
        (program(stem=(Op("conv", {"units": 8}),)), "attributes"),
        (program(stem=(Op("linear", {"units": 3, "bias": True}),)), "shapes"),
        (program(stem=(Combine("sum", ((RELU,), (POOL,))),)), "combinators"),
        (program(stem=(Combine("cat", ((RELU,), (POOL,))),)), "combinators"),
        (program(stem=(Combine("least", ((RELU,), ())),)), "combinators"),
        (with_block(leave=(0, 0)), "distinct"),
        (with_block(leave=(3,)), "exist"),
        (with_block(enter=(1,)), "fills"),
        (with_block(leave=()), "full"),
        (with_layer(reads=(1,)), "full"),
        (with_layer(reads=()), "full"),
        (with_layer(reduce="least"), "known"),
        (with_layer(rule="sub"), "known"),
        (with_layer(stages=(CONV, POOL)), "resolution"),
        (with_layer(writes=(1,)), "dealing"),
        (with_layer(writes=(1, 0)), "dealing"),
        (
            with_block(layers=(BLOCK.layers[0], Layer((0, 1), "sum", (), (0,)))),
            "one size",
        ),
    ],
)
def test_a_broken_rule_is_named(broken: ProgramIR, rule: str) -> None:
    with pytest.raises(InternalError, match=rule):
        verify(broken)
