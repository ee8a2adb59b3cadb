"""`from_module`: a torch module as a program with its weights."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from smashdsl.api import Program
from smashdsl.backends.module import build_module
from smashdsl.files import fail
from smashdsl.importing.imported import imported
from smashdsl.importing.modules.graph import Graph
from smashdsl.importing.modules.groups import named, snake
from smashdsl.importing.modules.parts import program_of
from smashdsl.importing.modules.reading import read
from smashdsl.importing.modules.trace import Traced, trace
from smashdsl.ir import Program as ProgramIR
from smashdsl.ir import verify as verify_program
from smashdsl.plan import build_plan

TOLERANCE = 1e-8


class FromModule(NamedTuple):
    """A program, its weights under the names of its own module's state, and its text."""

    program: Program
    weights: dict[str, Tensor]
    text: str


def from_module(
    module: nn.Module, input_shape: Sequence[int], name: str | None = None, verify: bool = True
) -> FromModule:
    """The program that computes what a torch module does.

    Its text has loops where the module repeats itself, and ops with the names of its classes. The
    module is called, with zeros, and its code followed with torch.fx; it is not changed.

    Args:
        module: takes a tensor `(batch, *input_shape)`.
        input_shape: `(channels, *spatial)`.
        name: of the program; that of the module's class, if None.
        verify: compare both for a random input, in float64, and refuse what is not the same.

    Returns:
        The program, and the weights that `program.module()` loads with `load_state_dict`.

    Raises:
        SmashError: E994 a part of the module does not fit, E995 torch cannot follow it.
        TypeError: the module is none.
        ValueError: the shape or the name is none.

    >>> from torch import nn
    >>> network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
    >>> program, weights, text = from_module(network, (3, 8, 8))
    >>> program.module().load_state_dict(weights)
    <All keys matched successfully>
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"from_module takes a torch module, not {type(module).__name__}")
    shape = tuple(input_shape)
    if not 2 <= len(shape) <= 4 or not all(type(n) is int and 0 < n <= 2**16 for n in shape):
        raise ValueError(f"input_shape is (channels, *spatial), not {input_shape!r}")
    if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot name a program")
    traced = trace(module, shape)
    graph = read(traced)
    ir = program_of(graph, name or _name(module))
    verify_program(ir)
    places = {id(node.op): node.place for node in graph.nodes if node.op is not None}
    found = imported(named(ir, places), [f"From the torch module {type(module).__name__}."])
    weights = _weights(graph, ir, found.program)
    if verify:
        _verify(traced, shape, found.program, weights)
    return FromModule(found.program, weights, found.text)


def _name(module: nn.Module) -> str:
    name = re.sub(r"\W", "_", snake(type(module).__name__), flags=re.ASCII)
    return f"net_{name}" if name[0].isdigit() or name in ("program", "space") else name


def _weights(graph: Graph, ir: ProgramIR, program: Program) -> dict[str, Tensor]:
    """The tensors by the names of the program's state."""
    states = {id(node.op): node.state for node in graph.nodes if node.op is not None}
    ours = [step for step in build_plan(ir).steps if step.slots]
    theirs = [step for step in program.plan.steps if step.slots]
    return {
        f"{their.path}.{slot}": tensor.detach().clone()
        for our, their in zip(ours, theirs, strict=True)
        for slot, tensor in states[id(our.source)].items()
    }


@torch.no_grad()
def _verify(
    traced: Traced, shape: tuple[int, ...], program: Program, weights: dict[str, Tensor]
) -> None:
    """Compare a module and its program.

    Raises:
        SmashError: E994, they do not compute the same.
    """
    theirs = copy.deepcopy(traced.module).cpu().double().eval()
    ours = build_module(program.plan, init=False, dtype=torch.float64).eval()
    ours.load_state_dict(weights)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
    wanted = theirs(x)
    got = ours(x)
    scale = max(float(wanted.abs().max()), 1.0)
    if got.shape != wanted.shape or not bool(((got - wanted).abs() <= TOLERANCE * scale).all()):
        raise fail("E994", "the program would compute something else than the module does",
                   "in-place operations on values that are read elsewhere, too, are not followed: "
                   "are there any?")  # fmt: skip
