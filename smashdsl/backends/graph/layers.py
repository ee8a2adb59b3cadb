"""The unrolled layer graph: one node for each step of the plan.

Nodes are the steps' indices, in order of execution. Their attributes:

- `op`, `kind` (its family: `conv`, `norm`, …, `combine`, `slice`, `input`) and `label` for people;
- `attrs`: the operation's arguments;
- `shape`: `[channels, *spatial]` of its output;
- `params` and `flops` (multiply-adds of convolutions and linear layers) of this step alone;
- `path`: the module's name, from which weight slots take theirs; `slots`: their full names;
- `section`: `input`, `stem`, `blocks.N`, `transitions.N` or `head`; `layer`: `blocks.N.layers.M`
  inside a block's layer, else the empty text;
- `group`: the user-defined operations around it, outermost first;
- `output`: true on the network's last step.

Edges run from a value to the step that uses it: `order` among that step's inputs (from 0), `shape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smashdsl.backends.labels import kind_of, op_label
from smashdsl.ir import Program
from smashdsl.plan import Plan, Step, build_plan

if TYPE_CHECKING:
    import networkx


def layer_graph(program: Program) -> networkx.MultiDiGraph:
    """The graph of a program's plan."""
    import networkx

    plan = build_plan(program)
    graph = networkx.MultiDiGraph(**program_facts(plan), view="layers")
    for step in plan.steps:
        graph.add_node(step.index, **_node(step, plan))
        for order, value in enumerate(step.inputs):
            graph.add_edge(value, step.index, order=order, shape=list(plan.steps[value].shape))
    return graph


def program_facts(plan: Plan) -> dict[str, Any]:
    """What every graph says about the whole network."""
    program, costs = plan.program, plan.costs
    return {
        "name": program.name, "input": list(program.input), "classes": program.classes,
        "params": costs.params, "flops": costs.flops, "activations": costs.activations,
        "depth": costs.depth,
    }  # fmt: skip


def _node(step: Step, plan: Plan) -> dict[str, Any]:
    entering = plan.steps[step.inputs[0]].shape if step.inputs else step.shape
    return {
        "op": step.op,
        "kind": kind_of(step.op),
        "label": step_label(step, len(entering) - 1),
        "attrs": _plain(step.attrs),
        "shape": list(step.shape),
        "params": step.params,
        "flops": step.flops,
        "path": step.path,
        "slots": list(step.names),
        "section": section_of(step.path),
        "layer": layer_of(step.path),
        "group": list(step.group),
        "output": step.index == plan.output,
    }


def step_label(step: Step, rank: int) -> str:
    """A step in a few words; `rank` is its input's number of spatial dimensions."""
    if step.op == "slice":
        return f"channels {step.attrs['start']}–{step.attrs['stop'] - 1}"
    return op_label(step.op, step.attrs, rank)


def section_of(path: str) -> str:
    """The part of the network that a path lies in: `stem`, `blocks.2`, `transitions.0`, …"""
    first, *rest = path.split(".")
    return f"{first}.{rest[0]}" if first in ("blocks", "transitions") else first


def layer_of(path: str) -> str:
    """The layer of a block that a path lies in, or the empty text."""
    parts = path.split(".")
    return ".".join(parts[:4]) if parts[0] == "blocks" and parts[2:3] == ["layers"] else ""


def _plain(attrs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in attrs.items()}
