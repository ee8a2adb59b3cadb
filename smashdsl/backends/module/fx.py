"""Plan → `torch.fx.GraphModule`.

The graph is built node by node: nothing is traced, pickled or executed from text that a user wrote.
Every operation is a module at its step's path, so that parameters are named as the plan's slots;
steps that only route values are plain functions. Operations that the output does not depend on
keep their modules, and with them their parameters, but are never called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, cast

import torch
from torch import nn
from torch.fx import Graph, GraphModule, Node

from smashdsl.backends.module.init import initialise
from smashdsl.backends.module.live import needed, overwrites
from smashdsl.backends.module.make import make_module
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ops import find_op
from smashdsl.plan import Plan, Step

_FOLDS: dict[str, Callable[..., Any]] = {
    "sum": torch.add,
    "mean": torch.add,
    "max": torch.maximum,
    "mul": torch.mul,
}


def build_module(
    plan: Plan,
    *,
    seed: int | None = None,
    init: bool = True,
    dtype: torch.dtype | None = None,
    inplace: bool = True,
) -> GraphModule:
    """The network of a plan as a torch module.

    It maps `(batch, *plan.program.input)` to `(batch, *shape)` with the shape of the plan's
    last step: `(batch, classes)` for a classifier. Its parameters have exactly the names and shapes
    of `plan.slots`; batch normalisation adds its buffers. The graph's nodes hold the step they come
    from in `meta["step"]` and the shape without the batch in `meta["shape"]`.

    Args:
        plan: the plan of a verified program, for inputs of one to three dimensions.
        seed: makes the initial weights depend on this number alone, whatever state torch's
            generator is in, and leaves that alone; None draws from torch's generator.
        init: False leaves trainable parameters uninitialised, for weights from elsewhere.
        dtype: of all parameters and buffers, torch's default unless given.
        inplace: let a relu overwrite its input where nothing else needs that. False keeps every
            value for hooks to look at, and is a little slower.

    Raises:
        ValueError: a registered operation's module does not have the parameters it declared.

    >>> from smashdsl.ir import Op, Program
    >>> from smashdsl.plan import build_plan
    >>> head = (Op("global_avg_pool", {}), Op("linear", {"units": 10, "bias": True}))
    >>> network = build_module(build_plan(Program("tiny", (3, 8, 8), 10, (), (), head)), seed=0)
    >>> network(torch.zeros(2, 3, 8, 8)).shape
    torch.Size([2, 10])
    """
    modules = _modules(plan, seed, init, dtype or torch.get_default_dtype())
    if inplace:
        for step in needed(plan):
            if step.op == "relu" and overwrites(plan, step):
                cast("nn.ReLU", modules[step.path]).inplace = True
    network = GraphModule(nn.Module(), Graph(), class_name="Network")
    for path, module in modules.items():
        network.add_submodule(path, module)
    network.graph = _graph(plan)
    network.graph.lint()
    return network


def _modules(plan: Plan, seed: int | None, init: bool, dtype: torch.dtype) -> dict[str, nn.Module]:
    """Every step's module by its path, in the plan's order."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    modules = {}
    with nullcontext() if seed is None else torch.random.fork_rng(devices=[]):
        if seed is not None:
            torch.manual_seed(seed)
        for step in plan.steps:
            inputs = [plan.steps[i].shape for i in step.inputs]
            module = make_module(step, inputs, dtype)
            if module is None:
                continue
            spec = find_op(step.op)
            if init and (spec is None or spec.module is None):
                initialise(module, generator)
            modules[_target(step)] = module
    return modules


def _target(step: Step) -> str:
    """Where a step's module is. Branches lie below a `shake` step's own path."""
    return f"{step.path}.mix" if step.op == "shake" else step.path


def _graph(plan: Plan) -> Graph:
    graph = Graph()
    nodes: dict[int, Node] = {}
    for step in needed(plan):
        node = _node(graph, step, [nodes[i] for i in step.inputs])
        node.meta["step"] = step.index
        node.meta["shape"] = step.shape
        nodes[step.index] = node
    graph.output(nodes[plan.output])
    return graph


def _node(graph: Graph, step: Step, inputs: Sequence[Node]) -> Node:
    if step.op == "input":
        return graph.placeholder("x", type_expr=torch.Tensor)
    if step.op == "slice":
        start, stop = step.attrs["start"], step.attrs["stop"]
        return graph.call_function(torch.narrow, (inputs[0], 1, start, stop - start))
    if step.op == "cat":
        return graph.call_function(torch.cat, (list(inputs), 1))
    if step.op in _FOLDS:
        return _fold(graph, step.op, inputs)
    if step.op in ("attend", "shake") or find_op(step.op):
        return graph.call_module(_target(step), tuple(inputs))
    raise InternalError(f"no way to compute the step {step.op!r}")


def _fold(graph: Graph, rule: str, inputs: Sequence[Node]) -> Node:
    node, *rest = inputs
    for other in rest:
        node = graph.call_function(_FOLDS[rule], (node, other))
    return graph.call_function(torch.div, (node, len(inputs))) if rule == "mean" else node
