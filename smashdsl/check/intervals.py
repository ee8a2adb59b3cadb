"""Arithmetic on numbers of which only bounds are known."""

from __future__ import annotations

import math
from typing import Any

from smashdsl.check.values import Interval

Bounds = tuple[float, float]
ANYTHING = Interval(-math.inf, math.inf)


def interval_binary(operator: str, left: Bounds, right: Bounds) -> Any:
    """What a binary operator gives for operands within bounds: an `Interval`, or for comparisons a
    truth value, or None where it may be either."""
    if operator in ("<", "<="):
        return _ordered(left, right, strict=operator == "<")
    if operator in (">", ">="):
        return _ordered(right, left, strict=operator == ">")
    if operator in ("==", "!="):
        apart = left[1] < right[0] or right[1] < left[0]
        return (operator == "!=") if apart else None
    divides = operator in ("/", "//", "%", "**")
    if divides and right[0] <= 0 <= right[1] and operator != "**":
        return ANYTHING
    if operator == "%":
        return Interval(0, right[1]) if right[0] > 0 else Interval(right[0], 0)
    if operator == "**" and left[0] < 0:
        return ANYTHING
    try:
        corners = [_arithmetic(operator, x, y) for x in left for y in right]
    except (ZeroDivisionError, OverflowError, ValueError):
        return ANYTHING
    if any(math.isnan(corner) for corner in corners):
        return ANYTHING
    return Interval(min(corners), max(corners))


def _ordered(left: Bounds, right: Bounds, strict: bool) -> bool | None:
    (a, b), (c, d) = left, right
    if b < c or (b == c and not strict):
        return True
    if a > d or (a == d and strict):
        return False
    return None


def _arithmetic(operator: str, x: float, y: float) -> float:
    match operator:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return 0.0 if 0 in (x, y) else x * y
        case "/":
            return x / y
        case "//":
            return float(x // y)
    return float(x**y)
