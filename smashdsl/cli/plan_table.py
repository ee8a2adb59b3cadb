"""A plan as a table of steps, and as plain data."""

from __future__ import annotations

from typing import Any

from smashdsl.backends.graph.layers import step_label
from smashdsl.backends.labels import shape_label
from smashdsl.backends.summary.columns import columns
from smashdsl.plan import Plan, Step


def plan_text(plan: Plan) -> str:
    """A step a line: number, operation, inputs, output's shape, weights."""
    rows = [["step", "operation", "inputs", "output", "parameters", "FLOPs", "path"]]
    rows += [_row(step, plan) for step in plan.steps]
    costs = plan.costs
    total = f"{plan.program.name}: {costs.params:,} parameters, {costs.flops:,} multiply-adds"
    return columns(rows, (0, 4, 5)) + f"\n{total} of convolutions and linear layers\n"


def _row(step: Step, plan: Plan) -> list[str]:
    return [
        str(step.index), _label(step, plan), " ".join(map(str, step.inputs)),
        shape_label(step.shape), f"{step.params:,}" if step.params else "",
        f"{step.flops:,}" if step.flops else "", step.path,
    ]  # fmt: skip


def _label(step: Step, plan: Plan) -> str:
    entering = plan.steps[step.inputs[0]].shape if step.inputs else step.shape
    return step_label(step, len(entering) - 1)


def plan_data(plan: Plan) -> dict[str, Any]:
    """The steps as plain JSON data, weight slots by their full names."""
    costs = plan.costs
    return {
        "program": plan.program.name,
        "params": costs.params, "flops": costs.flops, "activations": costs.activations,
        "depth": costs.depth, "output": plan.output,
        "steps": [_step_data(step) for step in plan.steps],
    }  # fmt: skip


def _step_data(step: Step) -> dict[str, Any]:
    return {
        "index": step.index, "op": step.op, "inputs": list(step.inputs),
        "attrs": {key: list(v) if isinstance(v, tuple) else v for key, v in step.attrs.items()},
        "shape": list(step.shape), "path": step.path, "group": list(step.group),
        "slots": dict(zip(step.names, (list(slot.shape) for slot in step.slots), strict=True)),
        "params": step.params, "flops": step.flops,
    }  # fmt: skip
