"""Shapes of a program's parts without a plan, for what is drawn or written part by part.

Assumes a verified program: an operation that does not fit raises `OpError`.
"""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ir import Chain, Combine, flat
from smashdsl.ops import find_op

Shape = tuple[int, ...]


def chain_shape(chain: Chain, shape: Shape) -> Shape:
    """The output shape `(channels, *spatial)` of a chain for an input shape."""
    for stage in flat(chain):
        if isinstance(stage, Combine):
            shapes = [chain_shape(branch, shape) for branch in stage.branches]
            channels = sum(s[0] for s in shapes) if stage.rule == "cat" else shapes[0][0]
            shape = (channels, *shapes[0][1:])
            continue
        spec = find_op(stage.name)
        if spec is None:
            raise InternalError(f"unknown operation {stage.name!r} in a program")
        shape = spec.infer(shape, stage.attrs)
    return shape


def dealt(channels: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """The channels `(start, stop)` of a value that each bank gets, dealt out in order and from the
    start again when the value is used up."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append((start, start + size))
        start = (start + size) % channels
    return pieces
