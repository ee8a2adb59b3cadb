"""What a value of a space may be while it is analysed.

A `Table` maps every combination of the variables it depends on to a value; an `Interval` bounds a
number whose dependence was given up.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smashdsl.check.variables import Domain, Key, Variable


@dataclass(eq=False)
class Table:
    """A value for each feasible combination of option indices of `variables` (sorted by number)."""

    variables: tuple[Variable, ...]
    rows: dict[Key, Any]
    distinct: list[Any] | None = None  # the values, each once, when that has been asked for

    def __repr__(self) -> str:
        return f"Table({[v.path or v.number for v in self.variables]}, {len(self.rows)} rows)"


@dataclass(frozen=True)
class Interval:
    """Some number from `low` to `high`; either may be infinite. `path` is that of the draw which
    gives it, if one does."""

    low: float
    high: float
    path: str = field(default="", compare=False)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, eq=False)
class Case:
    """One value of a table, with the rows that have it and the domain that leads to just those."""

    value: Any
    domain: Domain
    keys: Sequence[Key]


class GaveUp(Exception):
    """The analysis took too much work, or met what it cannot enumerate."""


class Failed(Exception):
    """A lifted function failed for every combination."""


@dataclass
class Failure:
    """A lifted function failed for one combination of options."""

    error: Exception
    variables: tuple[Variable, ...]
    key: Key


def hashable(value: Any) -> Hashable:
    """A key by which equal values are equal, and truth values, whole and other numbers differ."""
    kind = type(value)
    if kind is int or kind is str:
        return value  # type: ignore[no-any-return]
    if kind is list:
        return ("list", *map(hashable, value))
    if kind is bool or kind is float:
        return (kind.__name__, value)
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value  # type: ignore[no-any-return]
