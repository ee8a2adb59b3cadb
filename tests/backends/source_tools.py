"""Running exported files beside the torch module of the same program."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from smashdsl.backends.module import build_module
from smashdsl.backends.source import export_source
from smashdsl.ir import Program
from smashdsl.plan import build_plan

RANDOM = ("Dropout", "DropPath", "Shake")


def imported(source: str, directory: Path) -> ModuleType:
    """The exported file as a module."""
    path = directory / "exported_network.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("exported_network", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def pair(program: Program, directory: Path) -> tuple[nn.Module, nn.Module]:
    """The torch module and the exported network with its weights, in float64.

    Normalisations have random scales, shifts and running statistics, and attention random scores.
    """
    reference = build_module(build_plan(program), seed=0, dtype=torch.float64)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in reference.state_dict().items():
            if tensor.ndim == 1 and tensor.is_floating_point():
                noise = torch.rand(tensor.shape, generator=generator, dtype=tensor.dtype)
                tensor.copy_(noise + 0.5 if not name.endswith("bias") else noise - 0.5)
    exported = imported(export_source(program), directory).Network().double()
    exported.load_state_dict(reference.state_dict(), strict=True)
    return reference, exported


def example(program: Program) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn((2, *program.input), generator=generator, dtype=torch.float64)


def assert_equal_functions(program: Program, directory: Path) -> None:
    """Both networks have equal parameters, outputs and gradients, in training and otherwise."""
    reference, exported = pair(program, directory)
    slots = build_plan(program).slots
    shapes = {name: tuple(p.shape) for name, p in exported.named_parameters()}
    assert shapes == {name: slot.shape for name, slot in slots.items()}
    x = example(program)
    for training in (False, True):
        results = []
        for network in (reference, exported):
            network.train(training)
            network.zero_grad()
            torch.manual_seed(3)
            leaf = x.clone().requires_grad_()
            y = network(leaf)
            weights = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape)
            (y * weights).sum().backward()
            results.append((y.detach(), given(leaf), gradients(network)))
        (y1, dx1, g1), (y2, dx2, g2) = results
        assert_near(y2, y1, 1)
        largest = max(float(g.abs().max()) for g in (dx1, *g1.values()))
        assert_near(dx2, dx1, largest)
        assert set(g1) == set(g2)
        for name, gradient in g1.items():
            assert_near(g2[name], gradient, largest, name)


def assert_near(actual: torch.Tensor, expected: torch.Tensor, scale: float, what: str = "") -> None:
    """Equal but for rounding, where values of size `scale` were added up on the way."""
    allowed = 1e-10 * max(1.0, scale, float(expected.abs().max()))
    torch.testing.assert_close(
        actual, expected, rtol=0, atol=allowed, msg=lambda found: f"{what}: {found}"
    )


def gradients(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: given(p) for name, p in network.named_parameters()}


def given(tensor: torch.Tensor) -> torch.Tensor:
    """The gradient, zeros where none arrived."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
