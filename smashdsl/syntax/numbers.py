"""Reading number literals exactly: `12`, `0.05`, `4M`, `1e-3`."""

from __future__ import annotations

from smashdsl.syntax.limits import MAX_DIGITS

_SUFFIXES = {"k": 3, "M": 6, "G": 9}
_LONGEST_POWER = 4  # a sign and three digits


def read_number(text: str) -> int | float:
    """The value of a NUMBER token: an int where it is whole, else the nearest float.

    Raises:
        ValueError: it has more than `MAX_DIGITS` digits, or is so close to zero that a float
            cannot hold it.
    """
    if text.isdigit():
        return _whole(text, 0)
    exponent = _SUFFIXES.get(text[-1], 0)
    mantissa, _, power = text.rstrip("kMG").lower().partition("e")
    if len(power) > _LONGEST_POWER:
        raise ValueError(f"the exponent {power} is out of range")
    whole, _, fraction = mantissa.partition(".")
    exponent += int(power or 0) - len(fraction)
    digits = (whole + fraction).lstrip("0") or "0"
    return _whole(digits, exponent) if exponent >= 0 else _fraction(digits, -exponent)


def _whole(digits: str, zeros: int) -> int:
    digits = digits.lstrip("0")
    if not digits:
        return 0
    if len(digits) + zeros > MAX_DIGITS:
        raise ValueError(f"a number may have at most {MAX_DIGITS} digits")
    return int(digits + "0" * zeros)


def _fraction(digits: str, places: int) -> int | float:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number may have at most {MAX_DIGITS} digits")
    whole, rest = divmod(int(digits), int("1" + "0" * places))
    if rest == 0:
        return whole
    value = float(f"{digits}e-{places}")
    if value == 0.0:
        raise ValueError("it is so small that it would become 0")
    return value
