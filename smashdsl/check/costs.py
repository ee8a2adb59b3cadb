"""Totals over a space: sums of terms that depend on draws, with their exact or sound bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smashdsl.check.tables import Interval, Table, Tables, Variable


@dataclass
class Total:
    """A sum. Terms on the same variables are added row by row, so that a draw used many times counts as
    one; bounds are exact where the terms' variables are few or separate."""

    constant: int = 0
    low: float = 0
    high: float = 0
    terms: dict[tuple[Variable, ...], Table] = field(default_factory=dict)

    def copy(self) -> Total:
        return Total(self.constant, self.low, self.high, dict(self.terms))

    def add(self, value: Any, tables: Tables) -> None:
        if isinstance(value, Interval):
            self.low += value.low
            self.high += value.high
        elif not isinstance(value, Table):
            self.constant += value
        else:
            known = self.terms.get(value.variables)
            if known is None:
                self.terms[value.variables] = value
            else:
                rows = {key: known.rows[key] + v for key, v in value.rows.items() if key in known.rows}
                self.terms[value.variables] = Table(value.variables, rows) if rows else value

    def value(self, tables: Tables) -> Any:
        """The sum as one number, table or interval."""
        low, high = self.constant + self.low, self.constant + self.high
        groups = _connected(list(self.terms.values()))
        if len(groups) == 1 and not (self.low or self.high):
            total = _summed(groups[0], tables)
            if isinstance(total, Table):
                return tables.packed(total.variables, {k: v + self.constant for k, v in total.rows.items()})
        for group in groups:
            total = _summed(group, tables)
            parts = [total] if total is not None else group
            for part in parts:
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


def _summed(group: list[Table], tables: Tables) -> Any:
    joined = tables.join(group)
    if joined is None:
        return None
    variables, keys, columns = joined
    return Table(variables, {key: sum(values) for key, values in zip(keys, columns, strict=True)})
