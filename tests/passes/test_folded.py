"""Batch normalisation folded into what is before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from programs import conv, head, op, resnet_like
from random_programs import random_program
from torch import nn

import smashdsl
from smashdsl.backends.formats.weights import network_of, passed_weights
from smashdsl.backends.module import build_module
from smashdsl.ir import Combine, Group, Program
from smashdsl.passes import Fold, folded
from smashdsl.plan import build_plan

SPECS = Path(__file__).parents[2] / "specs"
NORM = op("norm")


def difference(given: Program) -> tuple[float, int]:
    """How far folding moves outputs relative to their size, in float64 with weights of float32; and
    how many normalisations it took in."""
    plan, found = build_plan(given), folded(given)
    network = build_module(plan, seed=0, inplace=False)
    generator = torch.Generator().manual_seed(1)
    for tensor in network.state_dict().values():
        if tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)
    state = network.state_dict()
    after = network_of(build_plan(found.program), passed_weights(found, state), torch.float64)
    x = torch.randn(2, *given.input, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        expected, actual = network_of(plan, state, torch.float64)(x), after(x)
    assert isinstance(after, nn.Module)
    moved = float((actual - expected).abs().max()) / max(1.0, float(expected.abs().max()))
    return moved, len(found.folds)


def test_chains() -> None:
    stem = (
        conv(8, 3),
        NORM,
        op("relu"),
        NORM,  # nothing linear is before it
        Group("sep", (op("depthwise", kernel=3), Group("inner", (NORM,)), conv(8, 1, bias=True))),
        NORM,
        Combine("sum", ((conv(8, 3), NORM), (NORM,), (conv(8, 1), op("relu"), NORM))),
    )
    program = Program("p", (3, 8, 8), 10, stem, (), (*head(), NORM))
    found = folded(program)
    assert found.folds == (
        Fold("stem.conv1", "stem.norm1"),
        Fold("stem.depthwise1", "stem.norm3"),
        Fold("stem.conv2", "stem.norm4"),
        Fold("stem.sum1.0.conv1", "stem.sum1.0.norm1"),
        Fold("head.linear1", "head.norm2"),
    )
    assert found.paths["stem.norm1"] == "stem.norm2"
    assert found.program.stem[3] == Group(
        "sep", (replace(op("depthwise", kernel=3), attrs={**op("depthwise", kernel=3).attrs,
                "bias": True}), conv(8, 1, bias=True))
    )  # fmt: skip
    moved, folds = difference(program)
    assert folds == 5
    assert moved < 1e-5


@pytest.mark.parametrize("name", ["nas_bench_201_small", "quickstart"])
def test_outputs_stay(name: str) -> None:
    network = smashdsl.load(SPECS / f"{name}.smash")
    program = network if isinstance(network, smashdsl.Program) else network.sample(3)
    moved, folds = difference(program.ir)
    assert moved < 1e-5
    assert folds


def test_a_random_program() -> None:
    moved, folds = difference(random_program(4))
    assert moved < 1e-5
    assert folds == 2


def test_nothing_to_fold() -> None:
    program = replace(resnet_like(), stem=(op("relu"), conv(16, 3)), body=())
    found = folded(program)
    assert not found.changed
    assert not found.folds
