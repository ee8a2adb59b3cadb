"""`use "std"`: the library of common operations."""

from __future__ import annotations

from pathlib import Path

import pytest
from language.texts import checked, findings, program, stem

import smashdsl
from smashdsl.check.check import check
from smashdsl.elaborate.modules import load_module
from smashdsl.search.texts import copy_texts
from smashdsl.syntax.format import format_source
from smashdsl.syntax.standard import library

USE = 'use "std"'
STEM = "stem { conv_norm_relu(8, 3) -> residual_v2(8) }"


def test_it_is_checked_and_laid_out() -> None:
    assert check(load_module(library())) == []
    assert format_source(library()) == library().text


def test_it_brings_in_its_ops() -> None:
    by_name = program(STEM, items=USE)
    spelt = program(
        "stem { conv(8, 3) -> norm -> relu "
        "-> norm -> relu -> conv(8, 3) -> norm -> relu -> conv(8, 3) }"
    )
    assert by_name.hash == spelt.hash
    assert findings(STEM) == ["E202", "E202"]


@pytest.mark.parametrize(
    ("call", "params"),
    [
        ("conv_norm(6, 3)", 4 * 6 * 9 + 12),
        ("relu_conv_norm(6, 1)", 4 * 6 + 12),
        ("norm_relu_conv(6, 1, 2)", 8 + 4 * 6),
        ("residual_v1(4)", 2 * (16 * 9 + 8)),
        ("residual_bare(4)", 2 * 16 * 9 + 8),
        ("dense_bottleneck(3)", 8 + 4 * 12 + 24 + 12 * 3 * 9),
        ("factorized_reduce(6)", 4 * 6 + 12),
        ("separable(6, 5)", 4 * 25 + 4 * 6 + 12),
        ("inverted_residual(6, 3, 2)", 4 * 8 + 16 + 8 * 9 + 16 + 8 * 6 + 12),
        ("inverted_residual(6, 3, 1, activation=silu)", 4 * 9 + 8 + 4 * 6 + 12),
    ],
)
def test_its_ops_have_the_layers_of_their_papers(call: str, params: int) -> None:
    made = program(f"stem {{ {call} }}", "4x8x8", USE)
    assert sum(slot.size for name, slot in made.plan.slots.items() if "stem" in name) == params


def test_own_ops_come_before_it() -> None:
    own = f"{USE}\nop conv_norm(units, kernel) {{ conv(units, kernel) }}"
    assert stem("conv_norm(8, 3)", items=own) == ["conv(8, 3)"]
    assert stem("conv_norm_relu(8, 3)", items=own) == ["conv(8, 3)", "batch_norm", "relu"]


def test_files_that_are_used_may_use_it(tmp_path: Path) -> None:
    (tmp_path / "ops.smash").write_text(f"{USE}\nop f {{ conv_norm(8, 3) }}\n")
    path = tmp_path / "main.smash"
    text = "program p { input 2x8 stem { f -> conv_norm(8, 3) } head { global_avg_pool } }"
    path.write_text(f'use "ops.smash" {USE}\n{text}\n')
    assert isinstance(smashdsl.load(path), smashdsl.Program)


def test_only_that_name_is_the_library(tmp_path: Path) -> None:
    (tmp_path / "std").write_text("op conv_norm { relu }\n")
    place = str(tmp_path / "main.smash")
    own = f"{USE}\nprogram p {{ input 2x8 stem {{ conv_norm(8, 3) }} head {{ global_avg_pool }} }}"
    assert checked(own, place) == []
    assert [found.code for found in checked('use "stdlib"', place)] == ["E901"]
    assert [found.code for found in checked('use "./std"', place)] == []


def test_mistakes_in_calls_are_shown_where_they_are_made() -> None:
    (found,) = checked(f"{USE}\nprogram p {{ input 2x8 stem {{ conv_norm(8) }} }}", "t.smash")
    assert (found.code, found.span and found.span.text) == ("E301", "conv_norm(8)")
    (inner,) = checked(f"{USE}\nprogram p {{ input 2x8 stem {{ conv_norm(8, 2) }} }}", "t.smash")
    assert inner.code == "E406"


def test_a_copy_of_a_space_keeps_the_library_as_it_was(tmp_path: Path) -> None:
    space = smashdsl.loads(
        f"{USE}\nspace s {{ input 2x8 stem {{ conv_norm(one_of(4, 8), 3) }} "
        "head { global_avg_pool } }"
    )
    assert isinstance(space, smashdsl.Space)
    copy_texts(space.definition.module, tmp_path)
    assert (tmp_path / "uses" / "1-std.smash").read_text() == library().text
    copied = smashdsl.load(tmp_path / "space.smash")
    assert isinstance(copied, smashdsl.Space)
    assert copied.sample(3).hash == space.sample(3).hash
