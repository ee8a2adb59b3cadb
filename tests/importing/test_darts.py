"""DARTS genotypes."""

from __future__ import annotations

import pytest

import smashdsl
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.importing.darts import from_genotype
from smashdsl.importing.genotype import OPS, parse_genotype

DARTS_V2 = """DARTS_V2 = Genotype(
  normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
          ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
  normal_concat=[2, 3, 4, 5],
  reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
          ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
  reduce_concat=range(2, 6))"""
DARTS_V1 = """Genotype(
  normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1),
          ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)],
  normal_concat=[2, 3, 4, 5],
  reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0),
          ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)],
  reduce_concat=[2, 3, 4, 5])"""


def cell(edges: str = "('none', 0), ('none', 1)", concat: str = "[2]") -> str:
    kept = "reduce=[('none', 0), ('none', 1)], reduce_concat=[2]"
    return f"Genotype(normal=[{edges}], normal_concat={concat}, {kept})"


def test_the_published_networks_have_their_parameters() -> None:
    """3.349342M are what the code of DARTS prints for its second-order genotype."""
    found = from_genotype(DARTS_V2)
    assert found.program.costs.params == 3_349_342
    assert round(from_genotype(DARTS_V1).program.costs.params / 1e6, 1) == 3.2  # as published: 3.2


def test_the_text_is_clean_and_calls_operations_by_their_names() -> None:
    found = from_genotype(DARTS_V2)
    assert not check(load_module(Source("x.smash", found.text)))
    assert "read s[2] -> dil_conv_3x3 -> write s[5]" in found.text
    assert "take(72, after=144) -> max_pool_3x3" in found.text
    assert "shifted by one" in found.text


@pytest.mark.parametrize("op", OPS)
def test_every_operation(op: str) -> None:
    text = cell(f"('{op}', 0), ('{op}', 1)").replace("'none'", f"'{op}'")
    for cells in (3, 4, 6):  # with two that halve the resolution next to each other, or last
        found = from_genotype(text, cells, 4, 5)
        assert found.program.plan.steps[-1].shape == (5,)


def test_a_list_and_a_range_are_the_same() -> None:
    assert parse_genotype(cell(concat="range(2, 3)")) == parse_genotype(cell(concat="(2,)"))


BAD = {
    "nothing": "",
    "a word": "hello",
    "a call of something else": "__import__('os').system('false')",
    "code in a field": cell(concat="[__import__('os').system('false')]"),
    "code after it": cell() + "; print(1)",
    "arguments by place": "Genotype([], [], [], [])",
    "a missing field": "Genotype(normal=[('none', 0), ('none', 1)], normal_concat=[2])",
    "one edge": cell("('none', 0)"),
    "no edges": cell(""),
    "a triple": cell("('none', 0, 1), ('none', 1)"),
    "an unknown op": cell("('sep_conv_3', 0), ('none', 1)"),
    "a later state": cell("('none', 0), ('none', 2)"),
    "a negative state": cell("('none', 0), ('none', -1)"),
    "a truth value": cell("('none', True), ('none', 1)"),
    "an input in the output": cell(concat="[1]"),
    "a state twice": cell(concat="[2, 2]"),
    "an endless range": cell(concat="range(10 ** 12)"),
    "a huge range": cell(concat="range(0, 999)"),
    "a range of no step": cell(concat="range(2, 3, 0)"),
    "too many nodes": cell("('none', 0), ('none', 1), " * 17),
    "too long": cell() + " " * 30_000 + "#",
    "nul": "Genotype(\\x00)",
    "deep": "(" * 5_000,
    "deep minus": "-" * 15_000 + "1",
    "twice a field": "Genotype(normal=[], normal=[])",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_genotype(name: str) -> None:
    with pytest.raises(smashdsl.SmashError, match="E997"):
        parse_genotype(BAD[name])


@pytest.mark.parametrize(("cells", "channels"), [(2, 4), (101, 4), (3, 5), (3, 0)])
def test_sizes_that_no_network_has(cells: int, channels: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        from_genotype(DARTS_V2, cells, channels)
