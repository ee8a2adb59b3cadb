"""Networks in words: operations, shapes and amounts, as every drawing and graph writes them.

Takes IR and plan values; gives short plain text with no markup, so that whoever prints it does
the escaping.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smashdsl.ir import Chain, Combine, Group, Op
from smashdsl.ops import Parameter, find_op
from smashdsl.ops.table import per_dimension
from smashdsl.plan import STRUCTURAL

_UNPRINTABLE = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHORT = {"batch_norm": "norm"}
_UNITS = (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3))


def op_label(name: str, attrs: Mapping[str, Any], rank: int) -> str:
    """An operation with the arguments that matter: `conv 3×3, 64, stride 2`.

    `rank` is the number of spatial dimensions of its input, by which one number stands for all.
    """
    words = _SHORT.get(name, name).replace("_", " ")
    spec = find_op(name)
    parameters = {p.name: p for p in spec.parameters} if spec else {}
    kernel = attrs.get("kernel")
    if kernel is not None:
        words += f" {_size(kernel, rank)}"
    rest = [] if attrs.get("units") is None else [str(attrs["units"])]
    for key, value in attrs.items():
        if key in ("kernel", "units") or value is None:
            continue
        if key != "stride" or value != kernel or parameters["stride"].default is not None:
            rest.extend(_argument(key, value, parameters.get(key), rank))
    if not rest:
        return words
    return f"{words}{',' if kernel is not None else ''} {', '.join(rest)}"


def _argument(key: str, value: Any, parameter: Parameter | None, rank: int) -> list[str]:
    if parameter is not None and value == parameter.default:
        return []
    if isinstance(value, bool):
        return [key if value else f"no {key}"]
    if isinstance(value, tuple):
        return [f"{key} {_size(value, rank)}"]
    return [str(value)] if key == "padding" else [f"{key} {value}"]


def _size(value: int | tuple[int, ...], rank: int) -> str:
    return "×".join(map(str, per_dimension(value, rank)))


def shape_label(shape: tuple[int, ...]) -> str:
    """A shape as `64×16×16`."""
    return "×".join(map(str, shape))


def chain_label(chain: Chain, rank: int) -> str:
    """A chain on one line, calls of user-defined operations by their name."""
    return " → ".join(_stage_label(stage, rank) for stage in chain) or "identity"


def opened_label(chain: Chain, rank: int) -> str:
    """A chain on one line with calls of user-defined operations opened."""
    opened = (
        opened_label(stage.stages, rank) if isinstance(stage, Group) else _stage_label(stage, rank)
        for stage in chain
    )
    return " → ".join(opened) or "identity"


def _stage_label(stage: Op | Combine | Group, rank: int) -> str:
    if isinstance(stage, Group):
        return stage.name
    if isinstance(stage, Combine):
        branches = " ; ".join(opened_label(branch, rank) for branch in stage.branches)
        return f"{stage.rule} {{ {branches} }}"
    return op_label(stage.name, stage.attrs, rank)


def kind_of(op: str) -> str:
    """The family by which pictures colour a step: the table's kind, or `input`, `slice`,
    `combine` for the plan's own steps."""
    if op in ("input", "slice"):
        return op
    if op in STRUCTURAL:
        return "combine"
    spec = find_op(op)
    return spec.kind if spec else "custom"


def amount(count: int) -> str:
    """A count with three digits and a unit: `950`, `12.3 k`, `4.56 M`."""
    if count < 1000:
        return str(count)
    rounded = float(f"{count:.3g}")
    unit, size = next((u, n) for u, n in _UNITS if rounded >= n)
    return f"{rounded / size:g} {unit}"


def clipped(content: str, length: int) -> str:
    """Text cut to a length, with an ellipsis where something was cut."""
    return content if len(content) <= length else content[: length - 1] + "…"


def printable(content: str) -> str:
    """Text in which what XML cannot hold has become `�`."""
    return _UNPRINTABLE.sub("�", content)
