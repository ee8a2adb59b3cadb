"""Receptive fields: how much of the input each value of a plan depends on.

The field of a step is its size per dimension in pixels of the network's input, borders not
subtracted; `WHOLE` where every output sees every position, `UNKNOWN` behind an operation that was
registered from Python, whose reach nothing tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.ops import find_op
from smashdsl.ops.rules import pool_window
from smashdsl.ops.table import per_dimension
from smashdsl.plan import Plan, Step

WHOLE, UNKNOWN = "whole", "unknown"
Field = tuple[int, ...] | str

_SEE_ALL = ("global_avg_pool", "group_norm", "self_attention", "squeeze_excite")


@dataclass(frozen=True)
class _Reach:
    """The field, and how many input pixels lie between neighbouring positions."""

    field: Field
    jump: tuple[int, ...]


def receptive_fields(plan: Plan) -> list[Field]:
    """The receptive field of every step."""
    found: list[_Reach] = []
    for step in plan.steps:
        if not step.inputs:
            rank = len(step.shape) - 1
            found.append(_Reach((1,) * rank, (1,) * rank))
            continue
        reaches = [found[i] for i in step.inputs]
        entering = _Reach(widest([r.field for r in reaches]) or (), reaches[0].jump)
        found.append(_after(step, entering, len(plan.steps[step.inputs[0]].shape) - 1))
    return [reach.field for reach in found]


def widest(fields: Sequence[Field]) -> Field | None:
    """The field that covers all of these; None if there are none."""
    for unbounded in (UNKNOWN, WHOLE):
        if unbounded in fields:
            return unbounded
    sizes = [field for field in fields if not isinstance(field, str)]
    return tuple(map(max, zip(*sizes, strict=True))) if sizes else None


def _after(step: Step, entering: _Reach, rank: int) -> _Reach:
    spec = find_op(step.op)
    if spec is not None and spec.module is not None:
        return _Reach(UNKNOWN, entering.jump)
    if step.op in _SEE_ALL:
        field = UNKNOWN if entering.field == UNKNOWN else WHOLE
        return _Reach(field, entering.jump)
    window = _window(step, rank)
    if window is None:
        return entering
    reaches, strides = window
    jump = tuple(j * s for j, s in zip(entering.jump, strides, strict=True))
    if isinstance(entering.field, str):
        return _Reach(entering.field, jump)
    grown = zip(entering.field, reaches, entering.jump, strict=True)
    return _Reach(tuple(size + (reach - 1) * apart for size, reach, apart in grown), jump)


def _window(step: Step, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The positions that a sliding window spans per dimension, and its strides; a shifted value
    counts together with the one in its place."""
    spec = find_op(step.op)
    if step.op == "shift":
        return (1 + step.attrs["distance"],) * rank, (1,) * rank
    if spec is None or "kernel" not in step.attrs:
        return None
    if spec.kind == "pool":
        kernel, stride, _ = pool_window(step.attrs, rank)
        return kernel, stride
    kernel, stride, dilation = (
        per_dimension(step.attrs[name], rank) for name in ("kernel", "stride", "dilation")
    )
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)), stride
