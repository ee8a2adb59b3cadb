"""Batch normalisation folded into the convolution or linear layer before it, for inference.

Only the structure is changed here; `backends.formats.weights` computes the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from smashdsl.ir import Chain, Combine, Group, Op, Stage, flat
from smashdsl.passes.marked import MarkedOp

_LINEAR = ("conv", "depthwise", "linear")


class Fold(NamedTuple):
    """The paths of a linear operation and of the normalisation that it takes in."""

    into: str
    norm: str


def folds_of(chain: Chain) -> Iterator[Fold]:
    """What can be folded in a marked chain: a normalisation right behind a linear operation, whose
    output nothing else reads."""
    stages = list(flat(chain))
    for first, second in pairwise(stages):
        if not (isinstance(first, MarkedOp) and isinstance(second, MarkedOp)):
            continue
        if first.name in _LINEAR and second.name == "batch_norm":
            yield Fold(first.path, second.path)
    for stage in stages:
        if isinstance(stage, Combine):
            for branch in stage.branches:
                yield from folds_of(branch)


def folded_chain(chain: Chain, into: frozenset[str], norms: frozenset[str]) -> Chain:
    """A marked chain without these normalisations, with biases at these linear operations."""
    found: list[Stage] = []
    for stage in chain:
        if isinstance(stage, Group):
            stages = folded_chain(stage.stages, into, norms)
            found += [replace(stage, stages=stages)] if stages else []
        elif isinstance(stage, Combine):
            branches = (folded_chain(branch, into, norms) for branch in stage.branches)
            found.append(replace(stage, branches=tuple(branches)))
        elif _path(stage) in into:
            found.append(replace(stage, attrs={**stage.attrs, "bias": True}, weights=None))
        elif _path(stage) not in norms:
            found.append(stage)
    return tuple(found)


def _path(op: Op) -> str:
    return op.path if isinstance(op, MarkedOp) else ""
