"""Plan → the plan that is trained, with what is dropped at random in training.

Values and weights keep their names, and in evaluation both plans are one function.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from smashdsl.ir.naming import layer_path
from smashdsl.plan.steps import Plan, Step


def regularised(plan: Plan, drop_path: float = 0.0, dropout: float = 0.0) -> Plan:
    """A plan with dropped paths and values.

    Args:
        plan: as it is evaluated.
        drop_path: the probability, for each example, that what a layer adds to a full bank is left
            out (stochastic depth: Huang et al. 2016).
        dropout: the probability that a number which enters the last linear layer is left out.
    """
    inserted = dict(_paths(plan, drop_path)) if drop_path else {}
    inserted |= dict(_values(plan, dropout)) if dropout else {}
    if not inserted:
        return plan
    steps: list[Step] = []
    moved: dict[int, int] = {}
    for step in plan.steps:
        inputs = [moved[index] for index in step.inputs]
        if step.index in inserted:
            place, name, p = inserted[step.index]
            section = step.path.rpartition(".")[0] if step.slots else step.path
            dropped, path = steps[inputs[place]], f"{section}.drop"
            steps.append(Step(len(steps), name, (dropped.index,), {"p": p}, dropped.shape, path))
            inputs[place] = len(steps) - 1
        moved[step.index] = len(steps)
        steps.append(replace(step, index=len(steps), inputs=tuple(inputs)))
    return replace(plan, steps=tuple(steps), output=moved[plan.output])


Insertion = tuple[int, tuple[int, str, float]]
"""A step, which of its inputs is dropped at random, by which operation, and how often."""


def _paths(plan: Plan, p: float) -> Iterator[Insertion]:
    """Where a layer adds its value to that of a bank."""
    layers = {
        layer_path(number, i)
        for number, block in enumerate(plan.program.blocks)
        for i in range(len(block.layers))
    }
    for step in plan.steps:
        if step.op == "sum" and step.path in layers and len(step.inputs) == 2:
            made = plan.steps[step.inputs[1]].path
            if made == step.path or made.startswith(f"{step.path}."):
                yield step.index, (1, "drop_path", p)


def _values(plan: Plan, p: float) -> Iterator[Insertion]:
    for step in reversed(plan.steps):
        if step.op == "linear" and step.path.startswith("head."):
            yield step.index, (0, "dropout", p)
            return
