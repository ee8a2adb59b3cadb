"""Programs written as people write them: loops found again, ops named, the meaning kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from random_programs import random_program

import smashdsl
from smashdsl.backends.idiom import idiomatic_text
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.ir import Block, Chain, Combine, Group, Op, Program, content_hash, program_text
from smashdsl.syntax import format_source

SPECS = Path(__file__).parents[2] / "specs"
HEAD = "head { identity }"
RESNET = """\
program resnet20 {
  input 3x32x32
  classes 10

  op residual { norm -> relu -> conv(channels, 3) -> norm -> relu -> conv(channels, 3) }

  stem { conv(16, 3) }
  for stage in 0..2 {
    block {
      bank x of channels
      repeat 3 { read x -> residual -> write x }
    }
    if stage < 2 { transition { conv(2 * channels, 1) -> avg_pool(2) } }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
DENSENET = """\
# DenseNet-BC
program densenet_bc {
  input 3x32x32
  classes 10

  op bottleneck { norm -> relu -> conv(48, 1) -> norm -> relu -> conv(12, 3) }

  stem { conv(24, 3) }
  for stage in 0..2 {
    block {
      bank x of channels
      banks b[6] of 12
      for i in 0..5 { read x, b[0..i - 1] -> bottleneck -> write b[i] }
    }
    if stage < 2 { transition { norm -> relu -> conv(channels // 2, 1) -> avg_pool(2) } }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""


def program(text: str) -> Program:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Program)
    return found.ir


def spec(name: str) -> Program:
    found = smashdsl.load(SPECS / f"{name}.smash")
    return found.ir if isinstance(found, smashdsl.Program) else found.sample(seed=1).ir


def test_a_resnet() -> None:
    assert idiomatic_text(spec("resnet20")) == RESNET


def test_a_densenet() -> None:
    assert idiomatic_text(spec("densenet_bc"), ["DenseNet-BC"]) == DENSENET


@pytest.mark.parametrize("name", sorted(path.stem for path in SPECS.glob("*.smash")))
def test_every_spec_keeps_its_meaning_and_checks_clean(name: str) -> None:
    ir = spec(name)
    text = idiomatic_text(ir)
    source = Source("x.smash", text)
    assert format_source(source) == text
    assert not check(load_module(source))
    assert content_hash(program(text)) == content_hash(ir)
    assert len(text) <= len(program_text(ir))


def test_numbers_that_follow_a_rule_become_expressions() -> None:
    layers = "\n".join(
        f"read b[{i}] -> conv({8 * 2**i}, 3) -> relu -> conv(8, {2 * i + 1}) -> write b[{i + 1}]"
        for i in range(4)
    )
    text = idiomatic_text(
        program(f"program p {{ input 8x8x8 block {{ banks b[5] of 8 {layers} }} {HEAD} }}")
    )
    line = "read b[i] -> conv(8 * 2 ** i, 3) -> relu -> conv(8, 2 * i + 1) -> write b[i + 1]"
    assert f"for i in 0..3 {{\n      {line}\n    }}" in text


def test_values_without_a_rule_are_listed_between_stages_only() -> None:
    blocks = "".join(
        f"block {{ bank x of channels "
        f"repeat {n} {{ read x -> relu -> conv({c}, 3) -> write x }} }} "
        f"transition {{ conv({2 * c}, 1) }} "
        for n, c in zip((3, 4, 6, 3), (8, 16, 32, 64), strict=True)
    )
    text = idiomatic_text(program(f"program p {{ input 8x8x8 {blocks} {HEAD} }}"))
    assert "for stage in 0..3 {" in text
    assert "repeat [3, 4, 6, 3][stage] { read x -> relu -> conv(channels, 3) -> write x }" in text


def test_groups_of_one_name_and_different_structure_are_different_ops() -> None:
    found = idiomatic_text(
        program(f"""program p {{ input 8x8x8
        op part(n) {{ conv(n, 3) -> (relu if n > 8) }} stem {{ part(8) -> part(16) }} {HEAD} }}""")
    )
    assert "op part { conv(8, 3) }" in found
    assert "stem { part -> part2 }" in found


def test_arguments_of_one_kind_become_a_list() -> None:
    text = """program p { input 8x8x8
    op two(a, b, d) { conv(8, a, dilation=d) -> relu -> conv(8, b) }
    stem { two(3, 5, 1) -> two(5, 7, 2) -> two(1, 1, 1) } head { identity } }"""
    found = idiomatic_text(program(text))
    assert "op two(kernel, dilation = 1) {" in found
    assert "stem { two([3, 5]) -> two([5, 7], dilation=2) -> two([1, 1]) }" in found


def test_banks_that_nothing_uses_are_left_out() -> None:
    text = """program p { input 8x8x8 block { banks a[3] of 8 banks b[4] of 4 enter a[1]
    read a[1] -> conv(4, 3) -> write b[2] leave b[2] } head { identity } }"""
    found = idiomatic_text(program(text))
    assert "banks a[1] of channels" in found
    assert "banks b[1] of 4" in found


def plain(chain: Chain) -> Chain:
    """A chain as a text would give it: sizes of equal numbers are one number."""

    def attrs(op: Op) -> dict[str, Any]:
        return {
            k: v[0] if isinstance(v, tuple) and len(set(v)) == 1 else v for k, v in op.attrs.items()
        }

    found: list[Any] = []
    for stage in chain:
        if isinstance(stage, Op):
            found.append(replace(stage, attrs=attrs(stage)))
        elif isinstance(stage, Group):
            found.append(replace(stage, stages=plain(stage.stages)))
        else:
            assert isinstance(stage, Combine)
            found.append(replace(stage, branches=tuple(map(plain, stage.branches))))
    return tuple(found)


def plain_program(ir: Program) -> Program:
    body = tuple(
        replace(
            part, layers=tuple(replace(each, stages=plain(each.stages)) for each in part.layers)
        )
        if isinstance(part, Block)
        else replace(part, stages=plain(part.stages))
        for part in ir.body
    )
    return replace(ir, stem=plain(ir.stem), body=body, head=plain(ir.head))


@pytest.mark.parametrize("count", [25, pytest.param(600, marks=pytest.mark.slow)])
def test_random_programs_keep_their_meaning(count: int) -> None:
    tried = 0
    for seed in range(count):
        ir = plain_program(random_program(seed))
        try:
            program(program_text(ir))
        except smashdsl.SmashError:  # the makers of random programs give a name twice
            continue
        tried += 1
        assert content_hash(program(idiomatic_text(ir))) == content_hash(ir)
    assert tried > count / 2
