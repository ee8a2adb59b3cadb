"""Adjacency and operations: the network as a labelled graph."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.ir.text import stage_text
from smashdsl.plan import Plan, Step

MOST = 4096  # steps of a network


def adjacency(plan: Plan) -> tuple[NDArray[np.uint8], list[str]]:
    """What reads what, and what each step is.

    Args:
        plan: of the program; its steps, in their order, are the vertices.

    Returns:
        A matrix `(steps, steps)`, whose entry `[i, j]` says how often step j reads step i (255 is
        the most), and the operation of each step with its arguments: `input` for the first,
        `conv(16, 3)`, and `sum`, `cat`, `slice(0, 8)` where values meet and part.

    Raises:
        SmashError: E996, the network has more than 4,096 steps.
    """
    count = len(plan.steps)
    if count > MOST:
        raise SmashError(
            Diagnostic("E996", f"the network has {count:,} steps; the most are {MOST:,}")
        )
    matrix = np.zeros((count, count), np.uint8)
    for step in plan.steps:
        for read, times in Counter(step.inputs).items():
            matrix[read, step.index] = min(times, 255)
    return matrix, [label(step) for step in plan.steps]


def label(step: Step) -> str:
    """A step as a text writes it, without where its filter comes from."""
    if step.op == "slice":
        return f"slice({step.attrs['start']}, {step.attrs['stop']})"
    if step.source is None or step.source.name != step.op:
        return step.op
    return stage_text(replace(step.source, weights=None))
