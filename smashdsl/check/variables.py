"""The draws that values depend on, and which combinations of their options there are."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

Key = tuple[int, ...]


@dataclass(eq=False)
class Variable:
    """A draw (or an unknown of the analysis, with an empty `path`) with its number of options."""

    number: int
    path: str
    size: int
    labels: Sequence[Any] = ()
    born_with: tuple[Variable, ...] = ()  # the variables on which its options depend, and itself
    feasible: frozenset[Key] = frozenset()  # the combinations of those that there are
    _projected: dict[tuple[Variable, ...], frozenset[Key]] = field(default_factory=dict)

    def feasible_among(
        self, variables: tuple[Variable, ...]
    ) -> tuple[tuple[Variable, ...], frozenset[Key]]:
        """Those of `variables` that its options depend on, with the combinations that there are."""
        among = tuple(v for v in self.born_with if v in variables)
        if among not in self._projected:
            places = [self.born_with.index(v) for v in among]
            found = frozenset(tuple([key[i] for i in places]) for key in self.feasible)
            self._projected[among] = found
        return among, self._projected[among]


Domain = dict[Variable, frozenset[int]]
Rows = list[tuple[Key, Any]]


def feasible(variables: tuple[Variable, ...], rows: Rows) -> Rows:
    """The rows whose combinations of options there are: tables forget this when they shrink."""
    for variable in variables if len(variables) > 1 else ():
        if not variable.born_with:
            continue
        among, allowed = variable.feasible_among(variables)
        if len(among) > 1:
            places = [variables.index(v) for v in among]
            rows = [row for row in rows if tuple([row[0][i] for i in places]) in allowed]
    return rows


def without(
    variable: Variable, variables: tuple[Variable, ...], rows: dict[Key, Any],
    same: Callable[[Any], Hashable],
) -> tuple[tuple[Variable, ...], dict[Key, Any]]:  # fmt: skip
    """The rows without a variable, if no value depends on it; else as they are."""
    place = variables.index(variable)
    slim: dict[Key, Any] = {}
    for key, value in rows.items():
        short = key[:place] + key[place + 1 :]
        known = slim.setdefault(short, value)
        if known is not value and same(known) != same(value):
            return variables, rows
    return variables[:place] + variables[place + 1 :], slim
