"""Scores that count, and need neither data nor weights: the controls of every ranking."""

from __future__ import annotations

from smashdsl.api import Program
from smashdsl.scoring.live import live_paths
from smashdsl.scoring.value import Value


def params(program: Program) -> Value:
    """The number of trainable numbers."""
    return Value(float(program.costs.params))


def live_params(program: Program) -> Value:
    """The number of trainable numbers on paths from the input to the output."""
    live = live_paths(program.plan)
    return Value(float(sum(step.params for step in program.plan.steps if step.index in live)))


def flops(program: Program) -> Value:
    """The multiply-adds of convolutions and linear layers."""
    return Value(float(program.costs.flops))


def depth(program: Program) -> Value:
    """The most convolutions and linear layers on any path."""
    return Value(float(program.costs.depth))
