"""Checks of settings that are numbers."""

from __future__ import annotations

import math
from typing import Any


def require_range(settings: Any, names: str, least: float, most: float = math.inf, *,
                  above: bool = False, below: bool = False) -> None:  # fmt: skip
    """Refuse settings that lie outside of a range.

    Args:
        settings: has the numbers as attributes.
        names: of the attributes, with spaces in between.
        least: the lower end, which belongs to the range unless it must be `above` it.
        most: the upper end, which belongs to the range unless it must be `below` it.
        above: see `least`.
        below: see `most`.

    Raises:
        ValueError: one is outside, or is no number.

    >>> require_range(type("S", (), {"momentum": 1.0}), "momentum", 0, 1, below=True)
    Traceback (most recent call last):
    ValueError: momentum must be at least 0 and below 1, not 1.0
    """
    for name in names.split():
        value = getattr(settings, name)
        low = value > least if above else value >= least
        high = value < most if below else value <= most
        if not (low and high and math.isfinite(value)):
            raise ValueError(f"{name} must be {_words(least, most, above, below)}, not {value}")


def _words(least: float, most: float, above: bool, below: bool) -> str:
    low = f"{'above' if above else 'at least'} {least:g}"
    if most == math.inf:
        return low
    return f"{low} and {'below' if below else 'at most'} {most:g}"
