"""The fx module against networks written by hand: outputs and all gradients, in float64."""

from __future__ import annotations

import pytest
import torch
from programs import densenet_like, fractal_like, random_banks, resnet_like
from reference.densenet_bc import DenseNetBC
from reference.four_convs import FourConvNetwork
from reference.fractalnet import FractalNet
from reference.resnet20 import ResNet20
from reference.slots import by_slot
from torch import Tensor, nn

from smashdsl.backends.module import build_module
from smashdsl.ir import Program
from smashdsl.plan import build_plan

PAIRS = {
    "resnet20": (resnet_like(), ResNet20),
    "densenet_bc": (densenet_like(growth=12, layers=6, stages=3), DenseNetBC),
    "fractalnet": (fractal_like(width=16, stages=4), lambda: FractalNet(width=16)),
    "four_convs": (random_banks(), FourConvNetwork),
}


def perturb(network: nn.Module) -> None:
    """Random values wherever a fresh network has zeros and ones, running statistics included."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in network.state_dict().items():
        if name.endswith(("bias", "running_mean", "scores")):
            tensor.normal_(0, 0.3, generator=generator)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)


def run(network: nn.Module, x: Tensor, *, train: bool) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """The output, the input's gradient, and the state with gradients in place of parameters."""
    network.train(train)
    x = x.clone().requires_grad_()
    out = network(x)
    generator = torch.Generator().manual_seed(4)
    cotangent = torch.randn(out.shape, generator=generator, dtype=out.dtype)
    (out * cotangent).sum().backward()
    return out.detach(), x.grad, {name: p.grad for name, p in network.named_parameters()}


def assert_equal_functions(program: Program, reference: nn.Module, *, train: bool) -> None:
    plan = build_plan(program)
    network = build_module(plan, init=False, dtype=torch.float64)
    reference.double()
    perturb(reference)
    network.load_state_dict(by_slot(reference, plan.slots))
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(3, *program.input, generator=generator, dtype=torch.float64)
    out, x_grad, grads = run(network, x, train=train)
    want_out, want_x_grad, _ = run(reference, x, train=train)
    want = by_slot(reference, plan.slots)
    torch.testing.assert_close(out, want_out, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(x_grad, want_x_grad, rtol=1e-9, atol=1e-12)
    assert set(grads) == set(plan.slots)
    for name, grad in grads.items():
        torch.testing.assert_close(grad, want[name].grad, rtol=1e-9, atol=1e-12, msg=name)
    for name, buffer in network.named_buffers():
        torch.testing.assert_close(buffer, want[name], rtol=1e-9, atol=1e-12, msg=name)


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", PAIRS)
def test_equals_the_hand_written_network(name: str, train: bool) -> None:
    program, reference = PAIRS[name]
    torch.manual_seed(0)
    assert_equal_functions(program, reference(), train=train)
