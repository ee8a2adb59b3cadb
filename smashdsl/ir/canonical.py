"""The identity of a program: its canonical form and the hash of that.

Two programs are the same when they differ only in names, comments, layout, the origin of weights
during a search, or the order in which banks were declared. Banks are numbered by first use: those
that the input enters, then as layers write them. The training settings of a program belong to it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from smashdsl.ir.program import Block, Chain, Layer, Op, Program, Transition, flat

VERSION = 1


def canonical(program: Program) -> dict[str, Any]:
    """The canonical form as plain JSON data."""
    train = {"train": dict(program.train)} if program.train else {}
    return {
        "version": VERSION,
        "input": list(program.input),
        "classes": program.classes,
        "stem": _chain(program.stem),
        "body": [_part(part) for part in program.body],
        "head": _chain(program.head),
        **train,
    }


def content_hash(program: Program) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    text = json.dumps(canonical(program), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _part(part: Block | Transition) -> Any:
    if isinstance(part, Transition):
        return {"transition": _chain(part.stages)}
    number = bank_order(part)
    sizes = [part.banks[index].size for index in number]
    return {
        "banks": sizes,
        "enter": [number[i] for i in part.enter],
        "layers": [_layer(layer, number) for layer in part.layers],
        "leave": [number[i] for i in part.leave],
    }


def bank_order(block: Block) -> dict[int, int]:
    """Each used bank's canonical number, by first use."""
    number: dict[int, int] = {}
    for index in (*block.enter, *(i for layer in block.layers for i in layer.writes)):
        number.setdefault(index, len(number))
    return number


def _layer(layer: Layer, number: dict[int, int]) -> Any:
    return [
        layer.reduce,
        [number[i] for i in layer.reads],
        _chain(layer.stages),
        layer.rule,
        [number[i] for i in layer.writes],
    ]


def _chain(chain: Chain) -> list[Any]:
    return [_stage(stage) for stage in flat(chain) if stage != IDENTITY]


IDENTITY = Op("identity", {})


def _stage(stage: Any) -> Any:
    if isinstance(stage, Op):
        fixed = stage.weights if stage.weights and stage.weights.startswith("fixed") else None
        attrs = {key: value for key, value in stage.attrs.items() if value is not None}
        return [stage.name, attrs] if fixed is None else [stage.name, attrs, fixed]
    return [stage.rule, [_chain(branch) for branch in stage.branches]]
