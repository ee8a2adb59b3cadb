"""Repeated parts drawn once: nothing is lost, and nothing is drawn that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import conv, densenet_like, fractal_like, head, random_banks, resnet_like
from random_programs import random_program

from smashdsl.backends.render.fold import Folded, Run, find_runs, fold, kept
from smashdsl.ir import Bank, Block, Layer, Program, Transition
from smashdsl.plan import build_plan


def unfolded(items: Sequence[Any], runs: Sequence[Run]) -> list[Any]:
    return [
        item for run in runs for item in list(items[run.start : run.start + run.length]) * run.times
    ]


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(2, 6))
def test_runs_stand_for_the_whole_sequence(items: list[str], at_least: int):
    runs = find_runs(items, at_least)
    assert unfolded(kept(items, runs), runs) == items
    assert all(run.times == 1 or run.length * run.times >= at_least for run in runs)
    assert all(items[run.origin] == kept(items, runs)[run.start] for run in runs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaaa", [("a", 4)]),
        ("ababab", [("ab", 3)]),
        ("xabcabcy", [("x", 1), ("abc", 2), ("y", 1)]),
        ("abcd", [("a", 1), ("b", 1), ("c", 1), ("d", 1)]),
        ("", []),
    ],
)
def test_the_period_that_leaves_out_most_wins(text: str, expected: list[tuple[str, int]]):
    runs = find_runs(text)
    found = [(text[run.origin : run.origin + run.length], run.times) for run in runs]
    assert found == expected


def whole(folded: Folded) -> tuple[Block | Transition, ...]:
    parts: list[Block | Transition] = []
    for index, part in enumerate(folded.program.body):
        if isinstance(part, Block):
            part = replace(part, layers=tuple(unfolded(part.layers, folded.layers[index])))
        parts.append(part)
    return tuple(unfolded(parts, folded.body))


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("seed", range(16))
def test_folding_random_programs_loses_nothing(seed: int, expand: bool):
    program = random_program(seed)
    folded = fold(program, expand=expand)
    assert whole(folded) == program.body
    assert build_plan(folded.program).costs.depth <= build_plan(program).costs.depth
    if expand:
        assert folded.program == program


def test_a_residual_block_is_one_layer():
    folded = fold(resnet_like(layers=18))
    assert [len(block.layers) for block in folded.program.blocks] == [1, 1, 1]
    assert folded.layers[0] == (Run(0, 1, 18, 0),)
    assert whole(folded) == resnet_like(layers=18).body


def test_layers_that_read_more_each_time_stay_apart():
    program = densenet_like(layers=6)
    assert fold(program).program == program


def test_a_first_write_is_not_an_addition():
    layer = Layer((0,), "cat", (conv(8),), (1,))
    block = Block((Bank("x", 8), Bank("y", 8)), (0,), (layer,) * 4, (1,))
    program = Program("p", (8, 4, 4), 10, (), (block,), head())
    assert fold(program).layers[0] == (Run(0, 1, 1, 0), Run(1, 1, 3, 1))


def test_blocks_repeat_only_at_one_shape():
    layer = Layer((0,), "cat", (conv(8),), (0,))
    block = Block((Bank("x", 8),), (0,), (layer,), (0,))
    halve = Transition((conv(8, 3, stride=2),))
    program = Program("p", (8, 16, 16), 10, (), (block, block, halve, block, halve, block), head())
    assert [run.times for run in fold(program).body] == [2, 1, 1, 1, 1]


def test_parts_can_repeat_together():
    layer = Layer((0,), "cat", (conv(8),), (0,))
    block = Block((Bank("x", 8),), (0,), (layer,), (0,))
    widen = Transition((conv(8, 1),))
    program = Program("p", (8, 16, 16), 10, (), (block, widen) * 5, head())
    assert fold(program).body == (Run(0, 2, 5, 0),)


def test_few_equal_layers_can_be_kept():
    folded = fold(fractal_like(), layers_at_least=5)
    assert folded.program == fractal_like()
    assert fold(random_banks()).program == random_banks()
