"""A torch module → torch's graph of it, with the shape of every value."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.fx import GraphModule, Interpreter, Node, Tracer

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.importing.modules.graph import Place

BATCH = 2
_REASON = 300


@dataclass(frozen=True)
class Traced:
    """A module as torch follows it.

    Attributes:
        module: with its graph; it shares the original's modules.
        values: by node the shape of a tensor without the batch, or what else it is: a number, a
            tuple of such, and so on.
        places: where each node is.
    """

    module: GraphModule
    values: dict[Node, Any]
    places: dict[Node, Place]


@dataclass(frozen=True)
class TensorShape:
    """The whole shape of a tensor, with the batch."""

    sizes: tuple[int, ...]


class _Follower(Tracer):
    """Notes which modules each node is in."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[tuple[str, str]] = []
        self.around: dict[Node, tuple[tuple[str, str], ...]] = {}

    def call_module(self, m: nn.Module, forward: Any, args: Any, kwargs: Any) -> Any:
        self.inside.append((self.path_of_module(m), type(m).__name__))
        try:
            return super().call_module(m, forward, args, kwargs)
        finally:
            self.inside.pop()

    def create_node(self, *args: Any, **kwargs: Any) -> Node:
        node = super().create_node(*args, **kwargs)
        around = self.inside[:-1] if node.op == "call_module" else self.inside
        self.around[node] = tuple(around)
        return node


class _Shapes(Interpreter):
    def __init__(self, module: GraphModule) -> None:
        super().__init__(module)
        self.found: dict[Node, Any] = {}

    def run_node(self, n: Node) -> Any:
        result = super().run_node(n)
        self.found[n] = _shape(result)
        return result


def _shape(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return TensorShape(tuple(value.shape))
    if isinstance(value, tuple | list) and not isinstance(value, torch.Size):
        return tuple(_shape(item) for item in value)
    return value


def trace(module: nn.Module, input_shape: tuple[int, ...]) -> Traced:
    """Follow a module that takes tensors of the shape `(batch, *input_shape)`.

    Raises:
        SmashError: E995, torch cannot follow it, or it does not take such a tensor.
    """
    follower = _Follower()
    try:
        graph = follower.trace(module)
        traced = GraphModule(module, graph, type(module).__name__)
    except Exception as error:
        raise _failed("torch.fx cannot follow the module", error) from error
    shapes = _Shapes(traced)
    first = next(iter([*module.parameters(), *module.buffers()]), torch.empty(0))
    floating = [p for p in module.parameters() if p.is_floating_point()]
    dtype = floating[0].dtype if floating else torch.get_default_dtype()
    try:
        with _in_evaluation(traced), torch.no_grad():
            shapes.run(torch.zeros(BATCH, *input_shape, dtype=dtype, device=first.device))
    except Exception as error:
        shown = "x".join(map(str, input_shape))
        raise _failed(f"the module cannot be called with an input of {shown}", error) from error
    places = {node: Place(node.name, around) for node, around in follower.around.items()}
    return Traced(traced, shapes.found, places)


@contextmanager
def _in_evaluation(module: nn.Module) -> Iterator[None]:
    """Within, the module is in evaluation; afterwards each part is as it was."""
    before = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, training in before.items():
            part.training = training


def _failed(what: str, error: Exception) -> SmashError:
    reason = " ".join(str(error).split())[:_REASON]
    return fail("E995", f"{what}: {type(error).__name__}: {reason}")
