"""Plain-text drawings, and the files that hold how they and the DOT texts should look."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from programs import NORM, RELU, conv, densenet_like, fractal_like, head, random_banks, resnet_like
from random_programs import random_program

from smashdsl.backends.labels import amount, op_label
from smashdsl.backends.render import VIEWS, render
from smashdsl.backends.render.bank_names import bank_names
from smashdsl.backends.render.score import letters
from smashdsl.backends.render.wrapping import wrap_stages
from smashdsl.ir import Bank, Block, Layer, Program

GOLDEN = Path(__file__).parents[1] / "golden" / "render"
TINY = {
    "residual": resnet_like(width=8, layers=2, stages=2, input_shape=(3, 8, 8)),
    "dense": densenet_like(growth=4, layers=2, stages=1),
    "banks": random_banks(),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format", ["dot", "text"])
@pytest.mark.parametrize("name", TINY)
def test_golden_files(name: str, format: str, view: str):
    drawn = render(TINY[name], view=view, format=format)
    path = GOLDEN / f"{name}.{view}.{'txt' if format == 'text' else format}"
    if os.environ.get("SMASHDSL_WRITE_GOLDEN"):
        path.write_text(drawn)
    assert drawn == path.read_text(), f"{path.name}: write it anew with SMASHDSL_WRITE_GOLDEN=1"


def lanes(text: str, bank: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip().startswith(f"{bank} ")]


def test_a_residual_block_as_a_score():
    text = render(resnet_like(), view="banks", format="text")
    assert lanes(text, "x")[0] == "  x 16 ▶●─⊕─●─⊕─●─⊕─▶"


def test_a_dense_block_as_a_score():
    text = render(densenet_like(layers=3, stages=1), view="banks", format="text")
    drawn = [lanes(text, bank)[0].strip() for bank in ("x", "b[0]", "b[1]", "b[2]")]
    assert [line.count("●") for line in drawn] == [3, 2, 1, 0]
    assert [line.count("▶") for line in drawn] == [2, 2, 2, 2]


def test_a_fractal_block_as_a_score():
    text = render(fractal_like(stages=1), view="banks", format="text")
    assert lanes(text, "col[0]")[0].count("■") == 5
    assert "mea mean of what is read" in text


def test_long_blocks_go_on_below():
    kernels = [3, 5, 7, 3, 3, 5, 5, 7, 7, 3, 7, 5] * 5
    layers = tuple(
        Layer((0,), "cat", (conv(8 + 8 * (i * i % 7), k), conv(8, k)), (0,))
        for i, k in enumerate(kernels)
    )
    block = Block((Bank("x", 8),), (0,), layers, (0,))
    text = render(Program("p", (8, 4, 4), 10, (), (block,), head()), view="banks", format="text")
    systems = lanes(text, "x")
    assert len(systems) > 1
    assert sum(line.count("●") for line in systems) == len(layers)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_every_program_has_a_text_and_a_dot(seed: int, expand: bool, view: str):
    program = random_program(seed)
    text = render(program, view=view, format="text", expand=expand, ascii=True)
    assert text.isascii()
    assert program.name in text
    assert render(program, view=view, format="dot", expand=expand).startswith("digraph")


def test_repeats_are_counted():
    folded = render(resnet_like(layers=9), format="text")
    assert "1–9 " in folded
    assert folded.count("× 9") == 3
    assert render(resnet_like(layers=9), format="text", expand=True).count("residual (") == 27


@pytest.mark.parametrize(
    ("name", "attrs", "expected"),
    [
        ("conv", conv(16, 3).attrs, "conv 3×3, 16"),
        ("conv", conv(16, (3, 5)).attrs, "conv 3×5, 16"),
        (
            "conv",
            conv(8, 3, stride=2, dilation=2, groups=4, bias=True, padding="valid").attrs,
            "conv 3×3, 8, stride 2, dilation 2, groups 4, bias, valid",
        ),
        ("linear", {"units": 10, "bias": False}, "linear 10, no bias"),
        ("batch_norm", {}, "norm"),
        ("max_pool", {"kernel": 2, "stride": 2}, "max pool 2×2"),
        ("avg_pool", {"kernel": 3, "stride": 1}, "avg pool 3×3, stride 1"),
        ("drop_path", {"p": 0.1}, "drop path p 0.1"),
        ("global_avg_pool", {}, "global avg pool"),
    ],
)
def test_operations_in_words(name: str, attrs: dict[str, object], expected: str):
    assert op_label(name, attrs, 2) == expected


def test_kernels_have_the_rank_of_the_input():
    assert op_label("conv", conv(16, 3).attrs, 1) == "conv 3, 16"
    assert op_label("conv", conv(16, 3).attrs, 3) == "conv 3×3×3, 16"


def test_amounts_have_three_digits():
    shown = [amount(n) for n in (0, 999, 1000, 12_345, 999_999, 40_551_234, 3_200_000_000)]
    assert shown == ["0", "999", "1 k", "12.3 k", "1 M", "40.6 M", "3.2 G"]


def test_neighbouring_banks_are_named_together():
    banks = tuple(Bank(f"b[{i}]", 8) for i in range(9))
    block = Block((*banks, Bank("x", 8), Bank("c[0]", 8)), (0,), (), (0,))
    assert bank_names(block, (0, 1, 2, 5, 7, 8)) == "b[0–2, 5, 7–8]"
    assert bank_names(block, (9, 3, 2, 10)) == "x, b[3, 2], c[0]"


def test_lines_break_between_stages():
    text = "norm → relu → conv 3×3, 16, dilation 2 → sum { relu ; conv 1×1, 8 }"
    lines = wrap_stages(text, 30)
    assert " ".join(lines) == text
    assert all(len(line) <= 30 for line in lines)
    assert any(line.endswith("→") for line in lines)
    assert not any(line.startswith(("→", "3×3", "16")) for line in lines)


def test_letters_go_on():
    assert [letters(i) for i in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def test_a_network_without_blocks():
    stem = (conv(8, 3), NORM, RELU) * 40
    program = Program("chain", (3, 8, 8), 10, stem, (), head())
    assert "conv 3×3, 8" in render(program, view="banks", format="text")
    dot = render(program, format="dot")
    assert dot.count("conv 3×3, 8") < 4
    assert render(program, format="dot", expand=True).count("conv 3×3, 8") == 40
