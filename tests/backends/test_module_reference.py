"""Compiled networks against ones written by hand: outputs and all gradients, in float64."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from reference.densenet_bc import DenseNetBC
from reference.four_convs import FourConvNetwork
from reference.fractalnet import FractalNet
from reference.nas_bench_101 import NASBench101
from reference.nas_bench_201 import NASBench201, parse_arch
from reference.nas_bench_macro import NASBenchMacro
from reference.resnet20 import ResNet20
from reference.slots import by_slot
from torch import Tensor, nn

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.ir import Program
from smashdsl.plan import build_plan
from smashdsl.studies.benchmarks import nas_bench_101

SPECS = Path(__file__).parents[2] / "specs"
WRITTEN = {
    "resnet20": ResNet20,
    "densenet_bc": DenseNetBC,
    "fractalnet": FractalNet,
    "four_convs": FourConvNetwork,
}
FOUR_CONVS = """
program four_convs {
  input 3x32x32
  classes 10

  op four_convs(units, squeeze, groups = 1) {
    conv(squeeze, 1, weights=generated) -> relu -> sum {
      relu -> conv(units, 3, dilation=2, groups=groups) -> relu -> conv(units, 5) ;
      relu -> conv(units, 5, dilation=2, groups=groups) -> relu -> conv(units, 3)
    }
  }

  stem { conv(16, 7) }
  block {
    banks b[8] of 8
    read b[0..1] -> four_convs(16, 16, 2) -> write b[2..3]
    read b[3], b[0], b[2] -> four_convs(16, 8) -> write b[1], b[4], b[2], b[5]
    read sum(b[4..5]) -> four_convs(8, 8) -> write b[6..7], b[0]
    read attend(b[7], b[6], b[1])
      -> mul { conv(8, 3) -> tanh ; conv(8, 3) -> sigmoid }
      -> write b[5] by mul
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
CELLS = [
    "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|",
    "|nor_conv_1x1~0|+|none~0|nor_conv_3x3~1|+|none~0|skip_connect~1|none~2|",
]


def perturb(network: nn.Module) -> None:
    """Random values wherever a fresh network has zeros and ones, running statistics included."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in network.state_dict().items():
        if name.endswith(("bias", "running_mean", "scores")):
            tensor.normal_(0, 0.3, generator=generator)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)


def run(
    network: nn.Module, x: Tensor, *, train: bool
) -> tuple[Tensor, Tensor, dict[str, Tensor | None]]:
    """The output, the input's gradient, and every parameter's."""
    network.train(train)
    x = x.clone().requires_grad_()
    out = network(x)
    generator = torch.Generator().manual_seed(4)
    cotangent = torch.randn(out.shape, generator=generator, dtype=out.dtype)
    (out * cotangent).sum().backward()
    return out.detach(), x.grad, {name: p.grad for name, p in network.named_parameters()}


def or_zeros(grad: Tensor | None, parameter: Tensor) -> Tensor:
    """The gradient of a parameter that may not have been used."""
    return torch.zeros_like(parameter) if grad is None else grad


def assert_equal_functions(program: Program, reference: nn.Module, *, train: bool) -> None:
    plan = build_plan(program)
    network = build_module(plan, init=False, dtype=torch.float64)
    reference.double()
    perturb(reference)
    network.load_state_dict(by_slot(reference, plan.slots))
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2, *program.input, generator=generator, dtype=torch.float64)
    out, x_grad, grads = run(network, x, train=train)
    want_out, want_x_grad, _ = run(reference, x, train=train)
    want = by_slot(reference, plan.slots)
    torch.testing.assert_close(out, want_out, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(x_grad, want_x_grad, rtol=1e-9, atol=1e-12)
    assert set(grads) == set(plan.slots)
    for name, grad in grads.items():
        want_grad = or_zeros(want[name].grad, want[name])
        got_grad = or_zeros(grad, want[name])
        torch.testing.assert_close(got_grad, want_grad, rtol=1e-9, atol=1e-12, msg=name)
    for name, buffer in network.named_buffers():
        torch.testing.assert_close(buffer, want[name], rtol=1e-9, atol=1e-12, msg=name)


both_modes = pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])


@both_modes
@pytest.mark.parametrize("name", WRITTEN)
def test_equals_the_hand_written_network(name: str, train: bool) -> None:
    torch.manual_seed(1)
    if name == "four_convs":
        program = smashdsl.loads(FOUR_CONVS)
    else:
        program = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(program, smashdsl.Program)
    assert_equal_functions(program.ir, WRITTEN[name](), train=train)


@both_modes
@pytest.mark.parametrize("arch", CELLS, ids=["all", "dead"])
def test_nas_bench_201(arch: str, train: bool) -> None:
    torch.manual_seed(2)
    space = smashdsl.load(SPECS / "nas_bench_201.smash")
    assert isinstance(space, smashdsl.Space)
    ops = [op for node in parse_arch(arch) for op, _ in node]
    program = space.rebuild({f"edge[{i}]": op for i, op in enumerate(ops)})
    assert_equal_functions(program.ir, NASBench201(arch), train=train)


@both_modes
def test_nas_bench_macro(train: bool) -> None:
    torch.manual_seed(3)
    space = smashdsl.load(SPECS / "nas_bench_macro.smash")
    assert isinstance(space, smashdsl.Space)
    arch = "01201202"
    ops = {"0": "skip", "1": "mb3_k3", "2": "mb6_k5"}
    genome = {f"layer[{i}].chosen": ops[digit] for i, digit in enumerate(arch)}
    assert_equal_functions(space.rebuild(genome).ir, NASBenchMacro(arch), train=train)


# The rows of the benchmark's matrix of edges, and the operations. In `split`, three vertices share
# the output, and the last is narrower than two that lead to it; in `chain`, others lead to those.
GRAPHS = {
    "split": ("010101 001010 000001 000011 000001 000000",
              "input conv3x3 conv1x1 maxpool3x3 conv3x3 output"),
    "chain": ("0100011 0010000 0001100 0000010 0000001 0000001 0000000",
              "input maxpool3x3 conv3x3 conv1x1 conv3x3 maxpool3x3 output"),
    "small": ("0111 0010 0001 0000", "input conv3x3 conv1x1 output"),
    "empty": ("01 00", "input output"),
}  # fmt: skip
TO_SMALL = (("3x32x32", "3x8x8"), ("width = 128", "width = 11"), ("cells = 3", "cells = 2"))


@both_modes
@pytest.mark.parametrize("name", GRAPHS)
def test_nas_bench_101(name: str, train: bool) -> None:
    """At 11 channels, of which three vertices take 4, 4 and 3."""
    torch.manual_seed(4)
    rows, ops = (part.split() for part in GRAPHS[name])
    text = (SPECS / "nas_bench_101.smash").read_text()
    for whole, small in (
        ("3x32x32", "3x8x8"),
        ("width = 128", "width = 11"),
        ("cells = 3", "cells = 2"),
    ):
        assert whole in text
        text = text.replace(whole, small)
    space = smashdsl.loads(text)
    assert isinstance(space, smashdsl.Space)
    written = [op if op in ("input", "output", "maxpool3x3") else f"{op}-bn-relu" for op in ops]
    genome = nas_bench_101({"adjacency": "".join(rows), "ops": ",".join(written)})
    matrix = [[int(bit) for bit in row] for row in rows]
    assert_equal_functions(space.rebuild(genome).ir, NASBench101(matrix, ops, 11, 2), train=train)
