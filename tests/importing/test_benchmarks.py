"""Networks that public benchmarks name."""

from __future__ import annotations

import json

import pytest
import torch
from reference.nas_bench_201 import NASBench201
from reference.nas_bench_macro import NASBenchMacro

import smashdsl
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.importing.benchmarks import from_benchmark

CELL = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
MATRIX = [[0, 1, 1, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0] * 5]
OPS = ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"]
GOOD = {
    "nas-bench-201": CELL,
    "nas-bench-macro": "01210212",
    "nas-bench-101": json.dumps({"matrix": MATRIX, "ops": OPS}),
}


@pytest.mark.parametrize("kind", GOOD)
def test_the_text_is_clean_and_names_the_network(kind: str) -> None:
    found = from_benchmark(kind, GOOD[kind])
    assert not check(load_module(Source("x.smash", found.text)))
    assert found.text.count("block {") + found.text.count("transition {") <= 8
    space = smashdsl.load(f"specs/{kind.replace('-', '_')}.smash")
    assert isinstance(space, smashdsl.Space)
    assert space.contains(found.program)  # by the genome in the comment at its end


def test_nas_bench_201_has_its_parameters() -> None:
    found = from_benchmark("nas-bench-201", CELL)
    assert CELL in found.text.splitlines()[0]
    assert "repeat 5 {" in found.text
    assert "read node[0] -> nor_conv_3x3 -> write node[1]" in found.text
    reference = NASBench201(CELL)
    assert found.program.costs.params == sum(p.numel() for p in reference.parameters())


def test_nas_bench_macro_has_its_parameters() -> None:
    reference = NASBenchMacro("01210212")
    params = sum(p.numel() for p in reference.parameters())
    assert from_benchmark("nas-bench-macro", "01210212").program.costs.params == params
    assert torch.is_tensor(reference.fc.weight)


def test_keys_of_nas_bench_101_itself() -> None:
    other = json.dumps({"module_adjacency": MATRIX, "module_operations": OPS})
    known = from_benchmark("nas-bench-101", GOOD["nas-bench-101"])
    assert from_benchmark("nas-bench-101", other).program.hash == known.program.hash


BAD = {
    "garbage": ("nas-bench-201", "\\x00\\xff|||"),
    "an unknown op": ("nas-bench-201", CELL.replace("none", "nope")),
    "too long": ("nas-bench-201", CELL * 1000),
    "seven digits": ("nas-bench-macro", "0121021"),
    "a three": ("nas-bench-macro", "01230210"),
    "a list": ("nas-bench-101", "[]"),
    "no matrix": ("nas-bench-101", '{"ops": []}'),
    "a short row": ("nas-bench-101", json.dumps({"matrix": [*MATRIX[:4], [0]], "ops": OPS})),
    "twos": ("nas-bench-101", json.dumps({"matrix": [[2] * 5] * 5, "ops": OPS})),
    "a circle": ("nas-bench-101", json.dumps({"matrix": [[1] * 5] * 5, "ops": OPS})),
    "other ops": ("nas-bench-101", json.dumps({"matrix": MATRIX, "ops": ["a"] * 5})),
    "numbers": ("nas-bench-101", json.dumps({"matrix": MATRIX, "ops": [1] * 5})),
    "too many": ("nas-bench-101", json.dumps({"matrix": [[0] * 900] * 900, "ops": ["a"] * 900})),
    "unreached": ("nas-bench-101", json.dumps({"matrix": [[0] * 5] * 5, "ops": OPS})),
}


@pytest.mark.parametrize("name", BAD)
def test_what_names_no_network(name: str) -> None:
    kind, source = BAD[name]
    with pytest.raises(smashdsl.SmashError, match="E997"):
        from_benchmark(kind, source)


@pytest.mark.parametrize("source", ["", "{", "[" * 100_000, '{"matrix": 1e999}x'])
def test_what_is_no_json(source: str) -> None:
    with pytest.raises(smashdsl.SmashError, match="E924"):
        from_benchmark("nas-bench-101", source)
