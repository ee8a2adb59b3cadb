"""Tables under a domain: which values there may be, and what to do for each.

The domain restricts variables on the way that is being walked: inside a branch, to the options that
lead to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from smashdsl.check.values import Case, GaveUp, Interval, Table, hashable
from smashdsl.check.variables import Domain, Key, Variable, without

LIMIT = 2048  # rows of a table, beyond which dependences are given up
BUDGET = 3_000_000  # rows looked at, beyond which an analysis is given up


@dataclass
class Domains:
    """Makes variables and tables of them, and looks at what the domain leaves of tables."""

    domain: Domain = field(default_factory=dict)
    known: dict[Hashable, Variable] = field(default_factory=dict)
    made: int = 0
    work: int = 0

    def spend(self, amount: int) -> None:
        """Count work; raises `GaveUp` when it becomes too much."""
        self.work += amount
        if self.work > BUDGET:
            raise GaveUp

    # Variables --------------------------------------------------------------------------------

    def variable(self, path: str, labels: Sequence[Any]) -> Variable:
        """The variable of a draw: the same one each time that a walk comes by its path again."""
        key = (path, hashable(list(labels)))
        found = self.known.get(key) if path else None
        if found is None:
            self.made += 1
            found = Variable(self.made, path, len(labels), labels)
            self.known[key] = found
        return found

    def choice(
        self, path: str, values: Sequence[Any], labels: Sequence[Any],
        allowed: Callable[[int], bool] = lambda _: True,
    ) -> Any:  # fmt: skip
        """A draw's value; one possible option needs no table."""
        rows: dict[Key, Any] = {(i,): value for i, value in enumerate(values) if allowed(i)}
        self.spend(len(rows))
        if len(rows) == 1:
            return next(iter(rows.values()))
        return Table((self.variable(path, labels),), rows)

    def unknown(self, values: Sequence[Any]) -> Any:
        """A value about which only its possibilities are known."""
        return self.choice("", values, values)

    # Looking at values ------------------------------------------------------------------------

    def rows(self, table: Table) -> Iterable[tuple[Key, Any]]:
        """The rows that the current domain allows."""
        domain = self.domain
        bounds = [(i, domain[v]) for i, v in enumerate(table.variables) if v in domain]
        if not bounds:
            return table.rows.items()
        if len(bounds) == 1:
            ((place, among),) = bounds
            return [row for row in table.rows.items() if row[0][place] in among]
        return [
            row for row in table.rows.items() if all(row[0][i] in allowed for i, allowed in bounds)
        ]

    def _restricted(self, table: Table) -> bool:
        return bool(self.domain) and any(v in self.domain for v in table.variables)

    def possible(self, value: Any) -> list[Any]:
        """The distinct values that a value may have.

        Raises:
            GaveUp: it is an interval, which has no such list.
        """
        if isinstance(value, Interval):
            raise GaveUp
        if not isinstance(value, Table):
            return [value]
        if self._restricted(value):
            return list({hashable(v): v for _, v in self.rows(value)}.values())
        if value.distinct is None:
            value.distinct = list({hashable(v): v for v in value.rows.values()}.values())
        return value.distinct

    def may_be(self, value: Any, plain: Any) -> bool:
        """Whether a value may be this one."""
        if isinstance(value, Interval):
            return plain in value
        return plain in self.possible(value)

    def bounds(self, value: Any) -> tuple[float, float]:
        """The least and greatest number that a value may be."""
        if isinstance(value, Interval):
            return value.low, value.high
        if not isinstance(value, Table):
            return value, value
        numbers = self.possible(value)
        return (min(numbers), max(numbers)) if numbers else (0, 0)

    def simplified(self, value: Any) -> Any:
        """The value itself where the domain leaves one."""
        if isinstance(value, Table) and self._restricted(value):
            possible = self.possible(value)
            if len(possible) == 1:
                return possible[0]
        return value

    # Making values ----------------------------------------------------------------------------

    def packed(self, variables: tuple[Variable, ...], rows: dict[Key, Any]) -> Any:
        """A table of these rows; tables among the values are spread out, intervals cover all."""
        values = list(rows.values())
        kinds = set(map(type, values))
        if Table in kinds:
            return self._spread(variables, rows)
        if Interval in kinds:
            if not kinds <= {Interval, int, float}:
                raise GaveUp
            pairs = [self.bounds(value) for value in values]
            return Interval(min(low for low, _ in pairs), max(high for _, high in pairs))
        first = hashable(values[0])
        if len(kinds) == 1 and all(hashable(value) == first for value in values[1:]):
            return values[0]
        for variable in variables if len(variables) > 1 else ():
            variables, rows = without(variable, variables, rows, hashable)
        return Table(variables, rows)

    def _spread(self, variables: tuple[Variable, ...], rows: dict[Key, Any]) -> Any:
        inside = {v for value in rows.values() if isinstance(value, Table) for v in value.variables}
        inner = sorted(inside | set(variables), key=lambda v: v.number)
        spread: dict[Key, Any] = {}
        for key, value in rows.items():
            outer = dict(zip(variables, key, strict=True))
            missing = [v for v in inner if v not in outer]
            cells: list[tuple[dict[Variable, int], Any]] = [({}, value)]
            if isinstance(value, Table):
                missing = [v for v in missing if v not in value.variables]
                cells = [
                    (dict(zip(value.variables, k, strict=True)), v) for k, v in self.rows(value)
                ]
            ways = len(cells)
            for variable in missing:
                ways *= variable.size
            self.spend(ways)
            if len(spread) + ways > LIMIT:
                return self.unknown_of(rows.values())
            for cell, result in cells:
                if any(outer.get(v, i) != i for v, i in cell.items()):
                    continue
                for filling in product(*(range(v.size) for v in missing)):
                    chosen = outer | cell | dict(zip(missing, filling, strict=True))
                    spread[tuple([chosen[v] for v in inner])] = result
        return self.packed(tuple(inner), spread) if spread else self.unknown_of(rows.values())

    def unknown_of(self, values: Iterable[Any]) -> Any:
        """Any of several values, whatever they depend on."""
        values = list(values)
        if any(isinstance(value, Interval) for value in values):
            pairs = [self.bounds(value) for value in values]
            return Interval(min(low for low, _ in pairs), max(high for _, high in pairs))
        found = {hashable(v): v for value in values for v in self.possible(value)}
        numbers = all(isinstance(v, int | float) for v in found.values())
        if len(found) > LIMIT // 8 and numbers:
            return Interval(min(found.values()), max(found.values()))
        return self.unknown(list(found.values()))

    def forgotten(self, value: Any) -> Any:
        """A value with the same possibilities that depends on nothing else."""
        if isinstance(value, Table) and len(value.variables) > 1:
            return self.unknown_of([value])
        return value

    # Cases ------------------------------------------------------------------------------------

    def cases(self, table: Table) -> list[Case]:
        """The values of a table, each with the domain under which just that is had.

        A value comes more than once where no single domain leads to it alone.
        """
        rows = list(self.rows(table))
        self.spend(len(rows))
        groups: dict[Hashable, list[Key]] = {}
        values: dict[Hashable, Any] = {}
        for key, value in rows:
            name = hashable(value)
            values.setdefault(name, value)
            groups.setdefault(name, []).append(key)
        return [
            Case(
                values[name], {**self.domain, **dict(zip(table.variables, box, strict=True))}, keys
            )
            for name, group in groups.items()
            for box, keys in self._boxes(group, rows, 0)
        ]

    def _boxes(
        self, group: list[Key], rows: Sequence[tuple[Key, Any]], place: int
    ) -> Iterable[tuple[list[frozenset[int]], list[Key]]]:
        """A group of rows cut, where needed, so that each part fills its own box."""
        box = [frozenset(options) for options in zip(*group, strict=True)]
        self.spend(len(rows))
        inside = sum(all(i in options for i, options in zip(k, box, strict=True)) for k, _ in rows)
        if inside == len(group):
            yield box, group
            return
        parts: dict[int, list[Key]] = {}
        for key in group:
            parts.setdefault(key[place], []).append(key)
        for part in parts.values():
            yield from self._boxes(part, rows, place + 1)

    def either(self, domains: Sequence[Domain]) -> Domain:
        """What any of several domains allows."""
        shared = set(domains[0]).intersection(*domains[1:])
        return {v: frozenset().union(*(domain[v] for domain in domains)) for v in shared}

    def merged(self, table: Table, outcomes: Mapping[Case, Any]) -> Any:
        """What a computation gives whose outcome was had for some of a table's cases."""
        rows = {key: outcome for case, outcome in outcomes.items() for key in case.keys}
        return self.packed(table.variables, rows)
