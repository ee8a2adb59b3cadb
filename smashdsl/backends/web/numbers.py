"""Numbers as people read them, and round ones for axes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from smashdsl.backends.labels import amount

SURE = 1.96  # standard errors to either side of a 95 % interval
_STEPS = (1.0, 2.0, 5.0, 10.0)
_LARGE = 1000


def number(value: float | None) -> str:
    """Three decimals; large ones whole.

    >>> number(-0.18249), number(12345.6), number(None)
    ('-0.182', '12,346', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.3f}"


def plus_minus(value: float, stderr: float) -> str:
    """A value with its standard error."""
    return number(value) if not stderr else f"{number(value)}\u00a0±\u00a0{number(stderr)}"


def interval(value: float, low: float, high: float) -> str:
    """A difference with its interval."""
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def short(value: float) -> str:
    """A number for an axis.

    >>> short(0.30000000000000004), short(20000.0), short(-0.5)
    ('0.3', '20 k', '-0.5')
    """
    if abs(value) >= _LARGE:
        sign = "-" if value < 0 else ""
        return sign + amount(round(abs(value)))
    return f"{value:.4g}"


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at most so many.

    >>> ticks(0.1, 0.93)
    [0.2, 0.4, 0.6, 0.8]
    """
    rough = (high - low) / most
    if not (math.isfinite(rough) and rough > 0):
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in _STEPS if power * each >= rough)
    first = math.ceil(low / step)
    count = math.floor(high / step) - first + 1
    return [round((first + i) * step, 12) for i in range(count)]


def log_ticks(low: float, high: float) -> list[float]:
    """The same where each is some times the one before: tens, or also twos and fives."""
    tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [f * 10.0**n for n in tens for f in factors if low <= f * 10.0**n <= high]
        if len(found) >= 3:
            return found
    return ticks(low, high, 4)


def bounds(values: Sequence[float], margin: float = 0.04) -> tuple[float, float]:
    """From the least to the greatest, with something around them."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    around = (high - low) * margin or abs(low) * margin or 1.0
    return low - around, high + around
