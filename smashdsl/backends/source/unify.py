"""Several uses of one structure → constructor arguments, and what stands in each hole.

A hole whose value is the same in all uses is a constant. Holes with equal values share one
argument; a hole that is always a small multiple or a fraction of an argument is written as that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smashdsl.backends.source.code import Hole, literal

Values = tuple[Any, ...]

_FACTORS = range(2, 9)
_MEANING = {"growth": "width"}
_PROPORTIONAL = {("width", "width"), ("kernel", "padding")}
_TUPLES = {
    "kernel": "kernels", "stride": "strides", "dilation": "dilations", "groups": "groups",
    "padding": "paddings",
}  # fmt: skip
_POSITIONAL = {"width", "growth", "kernel", "kernels", "banks"}


@dataclass(frozen=True)
class Parameter:
    """A constructor argument: its values, one for each use."""

    name: str
    kind: str
    values: Values

    @property
    def annotation(self) -> str:
        return _annotation(self.values)

    @property
    def keyword(self) -> str:
        """The keyword by which calls give it, empty where its place is enough."""
        return "" if self.kind in _POSITIONAL else self.name


@dataclass(frozen=True)
class Filling:
    """What stands in a hole: text around an argument's name, or text alone."""

    before: str
    parameter: str = ""
    after: str = ""

    def text(self, owner: str = "") -> str:
        """The Python text, where arguments are found at `owner` (such as `self.`)."""
        return (
            f"{self.before}{owner}{self.parameter}{self.after}" if self.parameter else self.before
        )


@dataclass
class Unified:
    """The arguments of a class, and what stands in each of its holes."""

    parameters: list[Parameter] = field(default_factory=list)
    fillings: list[Filling] = field(default_factory=list)


def unify(uses: Sequence[Sequence[Hole]], names: Mapping[str, Values]) -> Unified:
    """Find the arguments of the class that has these uses.

    Args:
        uses: the holes of each use, in order; as many in each, of the same kinds.
        names: what an argument of kind `width` is called if it has just these values.
    """
    found = Unified()
    for column in zip(*uses, strict=True):
        kind, values = column[0].kind, tuple(hole.value for hole in column)
        found.fillings.append(_filling(found, kind, values, names))
    return _gather(found)


def _filling(found: Unified, kind: str, values: Values, names: Mapping[str, Values]) -> Filling:
    if all(value == values[0] for value in values):
        return Filling(literal(values[0]))
    for parameter in found.parameters:
        related = _related(parameter, kind, values)
        if related:
            return related
    name = _fresh(found, _name(kind, values, names))
    found.parameters.append(Parameter(name, kind, values))
    return Filling("", name)


def _related(parameter: Parameter, kind: str, values: Values) -> Filling | None:
    """The values as the argument itself, a multiple of it or a fraction."""
    known, wanted = _MEANING.get(parameter.kind, parameter.kind), _MEANING.get(kind, kind)
    if known == wanted and values == parameter.values:
        return Filling("", parameter.name)
    if (known, wanted) not in _PROPORTIONAL:
        return None
    pairs = list(zip(values, parameter.values, strict=True))
    if not all(type(a) is int and type(b) is int for a, b in pairs):
        return None
    for factor in _FACTORS:
        if all(a == factor * b for a, b in pairs):
            return Filling(f"{factor} * ", parameter.name)
        if all(a == b // factor for a, b in pairs):
            return Filling("", parameter.name, f" // {factor}")
    return None


def _name(kind: str, values: Values, names: Mapping[str, Values]) -> str:
    if kind != "width":
        return kind
    return next((name for name, known in names.items() if known == values), "hidden")


def _fresh(found: Unified, base: str) -> str:
    taken = {parameter.name for parameter in found.parameters}
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{number}"
    return name


def _rename(found: Unified, names: Mapping[str, tuple[str, str]]) -> None:
    """Give arguments new names, each with what follows it (an index)."""
    for i, filling in enumerate(found.fillings):
        if filling.parameter in names:
            name, index = names[filling.parameter]
            found.fillings[i] = replace(filling, parameter=name, after=index + filling.after)


def _gather(found: Unified) -> Unified:
    """Several kernels, dilations or such become one tuple."""
    counts = Counter(parameter.kind for parameter in found.parameters)
    gathered: list[Parameter] = []
    for kind in dict.fromkeys(p.kind for p in sorted(found.parameters, key=_rank)):
        members = [p for p in found.parameters if p.kind == kind]
        if kind not in _TUPLES or counts[kind] == 1:
            gathered.extend(members)
            continue
        plural = _TUPLES[kind]
        _rename(found, {p.name: (plural, f"[{i}]") for i, p in enumerate(members)})
        together = tuple(zip(*(p.values for p in members), strict=True))
        gathered.append(Parameter(plural, plural, together))
    return Unified(gathered, found.fillings)


def _rank(parameter: Parameter) -> int:
    """Arguments known by their place come before those given by keyword."""
    order = ["banks", "width", "growth", "kernel"]
    return order.index(parameter.kind) if parameter.kind in order else len(order)


def _annotation(values: Values) -> str:
    kinds = dict.fromkeys(_type(value) for value in values)
    return " | ".join(sorted(kinds))


def _type(value: Any) -> str:
    if not isinstance(value, tuple):
        return type(value).__name__
    inner = sorted({_type(item) for item in value})
    if inner == ["int"]:
        return f"tuple[{', '.join(['int'] * len(value))}]" if len(value) < 4 else "tuple[int, ...]"
    return f"tuple[{' | '.join(inner)}, ...]"
