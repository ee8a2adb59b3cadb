"""Arguments of a built-in operation → its attributes, complete, checked and in normal form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.expressions import signature
from smashdsl.elaborate.functions import is_number, is_whole, truth
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.values import BuiltinOp, Symbol, described

MOST = 2**20


def attributes(
    op: BuiltinOp, given: Mapping[str, Any], spans: Mapping[str, Span], span: Span, report: Report
) -> dict[str, Any]:
    """Every parameter of the operation with its value."""
    result: dict[str, Any] = {}
    missing = []
    for parameter in op.spec.parameters:
        if parameter.name in given:
            check = _KINDS[parameter.kind]
            try:
                result[parameter.name] = check(given[parameter.name])
            except ValueError as error:
                report.fail(
                    "E303",
                    spans.get(parameter.name, span),
                    f"`{parameter.name}` of `{op.name}` must be {error}, but this is "
                    + described(given[parameter.name]),
                )
        elif parameter.required:
            missing.append(f"`{parameter.name}`")
        else:
            result[parameter.name] = parameter.default
    if missing:
        report.fail(
            "E301", span, f"`{op.name}` needs {' and '.join(missing)}", helps=(signature(op),)
        )
    if "stride" in result and result["stride"] is None:
        result["stride"] = result["kernel"]
    return result


def normal(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes in normal form: a size of equal numbers becomes one number."""
    return {
        name: value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
        for name, value in attrs.items()
    }


def _count(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not is_whole(value) or value < 1:
        raise ValueError("a whole number of at least 1")
    if value > MOST:
        raise ValueError(f"at most {MOST:,}")
    return int(value)


def _index(value: Any) -> int:
    return 0 if is_whole(value) and value == 0 else _count(value)


def _size(value: Any) -> int | tuple[int, ...]:
    if not isinstance(value, tuple | list):
        try:
            return _count(value)
        except ValueError as error:
            raise ValueError(f"{error}, or a shape such as 3x5") from None
    return tuple(_count(number) for number in value)


def _flag(value: Any) -> bool:
    try:
        return truth(value, "bias")
    except ValueError:
        raise ValueError("true or false") from None


def _fraction(value: Any) -> float:
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError("a number from 0 to below 1")
    return float(value)


def _number(value: Any) -> float:
    if not is_number(value):
        raise ValueError("a number")
    return float(value)


def _weights(value: Any) -> str:
    if isinstance(value, Symbol) and (
        value.name in ("generated", "shared", "own") or "(" in value.name
    ):
        return value.name
    raise ValueError("`generated`, `shared`, `own` or `fixed(gabor)`")


def _padding(value: Any) -> str:
    if isinstance(value, Symbol) and value.name in ("same", "valid"):
        return value.name
    raise ValueError("`same` or `valid`")


_KINDS: dict[str, Callable[[Any], Any]] = {
    "count": _count,
    "index": _index,
    "size": _size,
    "flag": _flag,
    "fraction": _fraction,
    "number": _number,
    "weights": _weights,
    "padding": _padding,
}
