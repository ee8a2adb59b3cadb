"""Arithmetic and the built-in functions, on plain values.

A function raises `ValueError` with the reason when it cannot be applied; the evaluator adds the
place. Whole numbers stay whole.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from smashdsl.elaborate.values import BuiltinOp, Symbol, UserOp, show, type_name

Number = int | float


class Uneven(ValueError):
    """`a / b` of whole numbers that does not come out whole."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _numbers(symbol: str, *values: Any) -> None:
    for value in values:
        if not is_number(value):
            raise ValueError(f"`{symbol}` needs numbers, but this is {type_name(value)}")


def _divide(a: Number, b: Number) -> Number:
    if b == 0:
        raise ValueError("division by zero")
    if isinstance(a, int) and isinstance(b, int):
        if a % b:
            raise Uneven(f"{a} / {b} is not whole")
        return a // b
    return a / b


def _whole_division(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(a: Number, b: Number) -> Number:
        if b == 0:
            raise ValueError("division by zero")
        return function(a, b)  # type: ignore[no-any-return]

    return apply


def _power(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int):
        if b >= 0:
            if abs(a) > 1 and b * abs(a).bit_length() > 128:
                raise ValueError(f"{a} ** {b} is too large")
            return int(a**b)
        a = float(a)
    if a == 0 and b < 0:
        raise ValueError("division by zero")
    result = a**b
    if isinstance(result, complex):
        raise ValueError(f"{show(a)} ** {show(b)} is not a real number")
    return result


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "//": _whole_division(operator.floordiv),
    "%": _whole_division(operator.mod),
    "**": _power,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def binary(symbol: str, a: Any, b: Any) -> Any:
    """Apply a binary operator other than `and` and `or`."""
    if symbol in ("==", "!="):
        return _same(a, b) == (symbol == "==")
    if symbol == "+" and isinstance(a, list) and isinstance(b, list):
        return a + b
    _numbers(symbol, a, b)
    if symbol in _ORDER:
        return _ORDER[symbol](a, b)
    try:
        return bounded(_ARITHMETIC[symbol](a, b))
    except OverflowError:
        raise ValueError("the result is too large") from None


def bounded(value: Any) -> Any:
    """The value, if it is a number within range."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("the result is not a finite number")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("the result is too large")
    return value


def _same(a: Any, b: Any) -> bool:
    if is_number(a) and is_number(b):
        return bool(a == b)
    if isinstance(a, BuiltinOp) and isinstance(b, BuiltinOp):
        return a.spec is b.spec
    if isinstance(a, UserOp) and isinstance(b, UserOp):
        return a.definition is b.definition
    if type(a) is not type(b):
        raise ValueError(f"{type_name(a)} cannot be compared with {type_name(b)}")
    return bool(a == b)


def unary(symbol: str, value: Any) -> Any:
    """Apply `-` or `not`."""
    if symbol == "not":
        return not truth(value, "not")
    _numbers("-", value)
    return -value


def truth(value: Any, where: str) -> bool:
    """A truth value; numbers 0 and 1 count, as in `[1, 0, 1][i]`."""
    if isinstance(value, bool):
        return value
    if is_whole(value) and value in (0, 1):
        return bool(value)
    raise ValueError(
        f"`{where}` needs a truth value (true, false, 1 or 0), but this is {_shown(value)}"
    )


def _shown(value: Any) -> str:
    return f"{type_name(value)} ({show(value)})" if is_number(value) else type_name(value)


def _flattened(values: tuple[Any, ...]) -> list[Any]:
    if len(values) == 1 and isinstance(values[0], list | range):
        return list(values[0])
    return list(values)


def _extreme(name: str, function: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def apply(*values: Any) -> Any:
        items = _flattened(values)
        if not items:
            raise ValueError(f"`{name}` of nothing")
        _numbers(name, *items)
        return function(items)

    return apply


def _real(name: str, function: Callable[[float], Any]) -> Callable[[Any], Any]:
    def apply(value: Any) -> Any:
        _numbers(name, value)
        try:
            return bounded(function(value))
        except (ValueError, OverflowError):
            raise ValueError(f"{name}({show(value)}) is not defined") from None

    return apply


def _total(*values: Any) -> Any:
    items = _flattened(values)
    _numbers("sum", *items)
    return sum(items)


def _length(value: Any) -> int:
    if not isinstance(value, list | range | tuple):
        raise ValueError(f"`len` needs a list, but this is {type_name(value)}")
    return len(value)


def _gcd(*values: Any) -> int:
    items = _flattened(values)
    if not all(is_whole(item) for item in items):
        raise ValueError("`gcd` needs whole numbers")
    return math.gcd(*items)


def _fixed(kind: Any) -> Symbol:
    if not (isinstance(kind, Symbol) and kind.name == "gabor"):
        raise ValueError("the fixed filters to choose from are: gabor")
    return Symbol(f"fixed({kind.name})")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": _extreme("min", min),
    "max": _extreme("max", max),
    "sum": _total,
    "abs": _real("abs", abs),
    "exp": _real("exp", math.exp),
    "log": _real("log", math.log),
    "log2": _real("log2", math.log2),
    "sqrt": _real("sqrt", math.sqrt),
    "floor": _real("floor", math.floor),
    "ceil": _real("ceil", math.ceil),
    "round": _real("round", round),
    "len": _length,
    "gcd": _gcd,
    "fixed": _fixed,
}
