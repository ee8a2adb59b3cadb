"""Totals over a space: sums of terms that depend on draws, with their exact or sound bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smashdsl.check.tables import Tables
from smashdsl.check.values import Interval, Table
from smashdsl.check.variables import Variable


@dataclass
class Total:
    """A sum of costs.

    Terms on the same variables are added row by row, so that a draw used many times counts as one;
    bounds are exact where the terms' variables are few or separate.
    """

    constant: int = 0
    low: float = 0
    high: float = 0
    terms: dict[tuple[Variable, ...], Table] = field(default_factory=dict)

    def copy(self) -> Total:
        return Total(self.constant, self.low, self.high, dict(self.terms))

    def add(self, value: Any, tables: Tables) -> None:
        """Add a number, table or interval."""
        if isinstance(value, Interval):
            self.low += value.low
            self.high += value.high
        elif not isinstance(value, Table):
            self.constant += value
        elif value.variables in self.terms:
            known = self.terms[value.variables].rows
            rows = {key: known[key] + v for key, v in value.rows.items() if key in known}
            tables.spend(len(rows))
            self.terms[value.variables] = Table(value.variables, rows)
        else:
            self.terms[value.variables] = value

    def value(self, tables: Tables) -> Any:
        """The sum as one number, table or interval."""
        groups = _connected(list(self.terms.values()))
        if len(groups) == 1 and not (self.low or self.high):
            total = _summed(groups[0], tables)
            if isinstance(total, Table):
                rows = {key: value + self.constant for key, value in total.rows.items()}
                return tables.packed(total.variables, rows)
        low, high = self.constant + self.low, self.constant + self.high
        for group in groups:
            total = _summed(group, tables)
            for part in group if total is None else [total]:
                least, most = tables.bounds(part)
                low, high = low + least, high + most
        return low if low == high else Interval(low, high)

    def bounds(self, tables: Tables) -> tuple[float, float]:
        return tables.bounds(self.value(tables))


def _connected(tables: list[Table]) -> list[list[Table]]:
    """Tables grouped so that different groups share no variable."""
    groups: list[tuple[set[Variable], list[Table]]] = []
    for table in tables:
        variables, members = set(table.variables), [table]
        apart = []
        for others, group in groups:
            if others & variables:
                variables |= others
                members += group
            else:
                apart.append((others, group))
        groups = [*apart, (variables, members)]
    return [members for _, members in groups]


def _summed(group: list[Table], tables: Tables) -> Table | None:
    """Connected tables added up; None where their joint table is too large."""
    joined = tables.join(group)
    if joined is None:
        return None
    variables, keys, columns = joined
    return Table(variables, {key: sum(values) for key, values in zip(keys, columns, strict=True)})
