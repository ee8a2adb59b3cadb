"""The values that a hole has in several places → one expression that gives them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from smashdsl.backends.idiom.parts import NOTHING, Hole, literal

_FACTORS = range(2, 9)
_LISTED = 8  # the longest list of values that is written out


def same(column: Sequence[Hole]) -> Hole | None:
    """One hole for all, where they have one value."""
    first = column[0]
    if any(hole.value != first.value for hole in column):
        return None
    if any(hole.channels != first.channels for hole in column):
        first = replace(first, channels=None)
    if any(hole.default != first.default for hole in column):
        first = replace(first, default=NOTHING)
    return first


def of_channels(column: Sequence[Hole]) -> Hole | None:
    """All values as one multiple or fraction of the channels that enter."""
    pairs = [(hole.value, hole.channels) for hole in column]
    kind = column[0].kind
    text = proportion("channels", pairs) if kind in ("number", "units", "groups") else ""
    if kind == "groups" and text != "channels":
        return None
    return replace(column[0], text=text) if text else None


def proportion(name: str, pairs: Sequence[tuple[Any, Any]]) -> str:
    """`name`, `4 * name` or `name // 2` if that gives each first number from the second; else
    nothing."""
    if not all(type(a) is int and type(b) is int and a > 0 and b > 0 for a, b in pairs):
        return ""
    if all(a == b for a, b in pairs):
        return name
    for factor in _FACTORS:
        if all(a == factor * b for a, b in pairs):
            return f"{factor} * {name}"
        if all(a * factor == b for a, b in pairs):
            return f"{name} // {factor}"
    return ""


def in_passes(variable: str, column: Sequence[Hole], passes: Sequence[int], listed: bool,
              ) -> Hole | None:  # fmt: skip
    """The expression of a loop's `variable` that gives the values in its passes.

    Args:
        passes: the number of the pass that each hole stands in.
        listed: whether a list of all values will do.
    """
    values = [hole.value for hole in column]
    if len(values) < 3:
        return None
    rules: list[Callable[[str, Sequence[Any], Sequence[int]], str]] = [_rising, _growing]
    if listed:
        rules += [_first, _list]
    for rule in rules:
        text = rule(variable, values, passes)
        if text:
            return replace(column[0], text=text, channels=None)
    return None


def _rising(variable: str, values: Sequence[Any], passes: Sequence[int]) -> str:
    if not all(type(value) is int for value in values):
        return ""
    step = values[1] - values[0]
    if not step or any(b - a != step for a, b in pairwise(values)) or passes[1] - passes[0] != 1:
        return ""
    start = values[0] - step * passes[0]
    term = variable if step == 1 else f"{step} * {variable}"
    if step < 0:
        return f"{start} - {-step} * {variable}" if step != -1 else f"{start} - {variable}"
    if not start:
        return term
    return f"{term} - {-start}" if start < 0 else f"{term} + {start}"


def _growing(variable: str, values: Sequence[Any], passes: Sequence[int]) -> str:
    if not all(type(value) is int and value > 0 for value in values):
        return ""
    for base in (2, 3, 4):
        down = base ** passes[0]
        if values[0] % down == 0:
            start = values[0] // down
            if all(v == start * base**i for v, i in zip(values, passes, strict=True)):
                return f"{start} * {base} ** {variable}"
        start = values[0] * down
        if all(v * base**i == start for v, i in zip(values, passes, strict=True)):
            return f"{start} // {base} ** {variable}"
    return ""


def _first(variable: str, values: Sequence[Any], passes: Sequence[int]) -> str:
    first, *rest = map(literal, values)
    if passes[0] or any(value != rest[0] for value in rest):
        return ""
    return f"{first} if {variable} == 0 else {rest[0]}"


def _list(variable: str, values: Sequence[Any], passes: Sequence[int]) -> str:
    if passes[0] or len(values) > _LISTED or not all(type(value) is int for value in values):
        return ""
    return f"[{', '.join(map(literal, values))}][{variable}]"
