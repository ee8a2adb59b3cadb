"""Values that depend on draws, for reasoning about a whole space at once.

A `Table` maps every combination of the variables it depends on to a value; an `Interval` bounds a
number whose dependence was given up. `Tables.lift` applies a plain function to any mix of them: exact
as long as the joint table stays small, and an over-approximation (never an omission) beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

LIMIT = 2048
BUDGET = 20_000_000  # rows looked at before an analysis gives up


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

    def feasible_among(self, variables: tuple[Variable, ...]) -> tuple[tuple[Variable, ...], frozenset[Key]]:
        """Those of `variables` that its options depend on, with the combinations that there are."""
        among = tuple(v for v in self.born_with if v in variables)
        if among not in self._projected:
            places = [self.born_with.index(v) for v in among]
            self._projected[among] = frozenset(tuple(key[i] for i in places) for key in self.feasible)
        return among, self._projected[among]


Key = tuple[int, ...]
Joined = tuple[tuple[Variable, ...], list[Key], list[tuple[Any, ...]]]


@dataclass(eq=False)
class Table:
    """A value for each feasible combination of option indices of `variables` (sorted by number)."""

    variables: tuple[Variable, ...]
    rows: dict[Key, Any]

    def __repr__(self) -> str:
        return f"Table({[v.path or v.number for v in self.variables]}, {len(self.rows)} rows)"


@dataclass(frozen=True)
class Interval:
    """Some number from `low` to `high`; either may be infinite."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class GaveUp(Exception):
    """The analysis took too much work."""


class Failed(Exception):
    """A lifted function failed for every combination."""


@dataclass
class Failure:
    """A lifted function failed for one combination of options."""

    error: Exception
    variables: tuple[Variable, ...]
    key: Key


OnFailure = Callable[[Failure], None]
Domain = dict[Variable, frozenset[int]]


@dataclass
class Tables:
    """Makes variables and applies functions; `domain` restricts variables on the path under analysis."""

    domain: Domain = field(default_factory=dict)
    known: dict[Hashable, Variable] = field(default_factory=dict)
    made: int = 0
    work: int = 0

    def variable(self, path: str, labels: Sequence[Any]) -> Variable:
        """The variable of a draw: the same one each time that a walk comes by its path again."""
        key = (path, _hashable(list(labels)))
        found = self.known.get(key) if path else None
        if found is None:
            self.made += 1
            found = Variable(self.made, path, len(labels), labels)
            self.known[key] = found
        return found

    def choice(self, path: str, values: Sequence[Any], labels: Sequence[Any],
               allowed: Callable[[int], bool] = lambda _: True) -> Any:  # fmt: skip
        """A fresh variable's value; one possible option needs no table."""
        rows = {(i,): value for i, value in enumerate(values) if allowed(i)}
        if len(rows) == 1:
            return next(iter(rows.values()))
        return Table((self.variable(path, labels),), rows)

    def unknown(self, values: Sequence[Any]) -> Any:
        """A value about which only its possibilities are known."""
        return self.choice("", values, values)

    # Looking at values ------------------------------------------------------------------------

    def rows(self, table: Table) -> Iterator[tuple[Key, Any]]:
        """The rows that the current domain allows."""
        bounds = [(i, self.domain[v]) for i, v in enumerate(table.variables) if v in self.domain]
        if not bounds:
            yield from table.rows.items()
            return
        for key, value in table.rows.items():
            if all(key[i] in allowed for i, allowed in bounds):
                yield key, value

    def possible(self, value: Any) -> list[Any]:
        """The distinct values that a value may have; an interval has no such list (`ValueError`)."""
        if isinstance(value, Interval):
            raise ValueError("an interval cannot be enumerated")
        if not isinstance(value, Table):
            return [value]
        return list({_hashable(v): v for _, v in self.rows(value)}.values())

    def bounds(self, value: Any) -> tuple[float, float]:
        """The least and greatest number that a value may be."""
        if isinstance(value, Interval):
            return value.low, value.high
        numbers = self.possible(value)
        if any(isinstance(number, Interval) for number in numbers):
            pairs = [self.bounds(number) for number in numbers]
            return min(low for low, _ in pairs), max(high for _, high in pairs)
        return (min(numbers), max(numbers)) if numbers else (0, 0)

    def simplified(self, value: Any) -> Any:
        """The value itself where the domain leaves one."""
        if isinstance(value, Table):
            possible = self.possible(value)
            if len(possible) == 1:
                return possible[0]
        return value

    # Applying functions -----------------------------------------------------------------------

    def lift(self, function: Callable[..., Any], *args: Any, failed: OnFailure, limit: int = LIMIT) -> Any:
        """`function(*args)` for every combination of what the arguments may be.

        A `ValueError` of the function for a combination is passed to `failed`, and the combination left
        out; when none is left, `Failed` is raised. Intervals among the arguments give an interval of
        corner values where the function yields numbers (right for functions monotone in each argument).
        """
        if not any(isinstance(arg, Table | Interval) for arg in args):
            return function(*args)
        if any(isinstance(arg, Interval) for arg in args):
            return self._corners(function, args, failed)
        joined = self.join([arg for arg in args if isinstance(arg, Table)], limit)
        if joined is None:
            args = tuple(self.forgotten(arg) for arg in args)
            joined = self.join([arg for arg in args if isinstance(arg, Table)], limit)
            if joined is None:
                return self._corners(function, args, failed)
        variables, keys, columns = joined
        rows: dict[Key, Any] = {}
        uncertain = [i for i, arg in enumerate(args) if isinstance(arg, Table)]
        plain = list(args)
        for key, values in zip(keys, columns, strict=True):
            for i, value in zip(uncertain, values, strict=True):
                plain[i] = value
            try:
                rows[key] = function(*plain)
            except ValueError as error:
                failed(Failure(error, variables, key))
        if not rows:
            raise Failed
        return self.packed(variables, rows)

    def _corners(self, function: Callable[..., Any], args: Sequence[Any], failed: OnFailure) -> Any:
        extremes = [self._extremes(arg) for arg in args]
        results = []
        for corner in product(*extremes):
            try:
                results.append(function(*corner))
            except (ValueError, OverflowError) as error:
                failed(Failure(error, (), ()))
        if not results:
            raise Failed
        if all(result == results[0] for result in results):
            return results[0]
        if any(isinstance(result, bool) for result in results):
            return self.unknown([False, True])
        return Interval(min(results), max(results))

    def _extremes(self, arg: Any) -> list[Any]:
        if isinstance(arg, Interval):
            return [arg.low, arg.high]
        possible = self.possible(arg)
        if len(possible) <= 2:
            return possible
        try:
            return [min(possible, key=_magnitude), max(possible, key=_magnitude)]
        except TypeError:
            return possible

    def join(self, tables: Sequence[Table], limit: int = LIMIT) -> Joined | None:
        """The natural join: variables, keys, and each table's value for each key; None if too large."""
        first, *rest = tables
        variables = first.variables
        partial = [(key, (value,)) for key, value in self.rows(first)]
        self.work += len(partial) + 10
        if self.work > BUDGET:
            raise GaveUp
        for table in rest:
            shared = [i for i, v in enumerate(table.variables) if v in variables]
            new = [i for i, v in enumerate(table.variables) if v not in variables]
            places = [variables.index(table.variables[i]) for i in shared]
            index: dict[Key, list[tuple[Key, Any]]] = {}
            for key, value in self.rows(table):
                known = tuple([key[i] for i in shared])
                index.setdefault(known, []).append((tuple([key[i] for i in new]), value))
            if not shared and len(partial) * len(index[()] if index else ()) > limit:
                return None
            partial = [
                (key + more, (*values, value))
                for key, values in partial
                for more, value in index.get(tuple([key[i] for i in places]), ())
            ]
            variables += tuple(table.variables[i] for i in new)
            self.work += len(partial)
            if len(partial) > limit:
                return None
        order = sorted(range(len(variables)), key=lambda i: variables[i].number)
        if order != list(range(len(variables))):
            partial = [(tuple([key[i] for i in order]), values) for key, values in partial]
            variables = tuple(variables[i] for i in order)
        partial = _feasible(variables, partial)
        return variables, [key for key, _ in partial], [values for _, values in partial]

    def packed(self, variables: tuple[Variable, ...], rows: dict[Key, Any]) -> Any:
        """A table of these rows, with tables and intervals among the values spread out or covered."""
        values = list(rows.values())
        if any(isinstance(value, Table) for value in values):
            return self._spread(variables, rows)
        if any(isinstance(value, Interval) for value in values):
            pairs = [self.bounds(value) for value in values]
            return Interval(min(low for low, _ in pairs), max(high for _, high in pairs))
        first = _hashable(values[0])
        if all(_hashable(value) == first for value in values[1:]):
            return values[0]
        for variable in variables if len(variables) > 1 else ():
            variables, rows = _without(variable, variables, rows)
        return Table(variables, rows)

    def _spread(self, variables: tuple[Variable, ...], rows: dict[Key, Any]) -> Any:
        inner = sorted({v for value in rows.values() if isinstance(value, Table) for v in value.variables}
                       | set(variables), key=lambda v: v.number)  # fmt: skip
        spread: dict[Key, Any] = {}
        for key, value in rows.items():
            outer = dict(zip(variables, key, strict=True))
            missing = [v for v in inner if v not in outer]
            if isinstance(value, Table):
                missing = [v for v in missing if v not in value.variables]
                cells = [(dict(zip(value.variables, k, strict=True)), v) for k, v in self.rows(value)]
            else:
                cells = [({}, value)]
            if len(spread) + len(cells) * math.prod(v.size for v in missing) > LIMIT:
                return self.unknown_of(rows.values())
            for cell, result in cells:
                if any(outer.get(v, i) != i for v, i in cell.items()):
                    continue
                for filling in product(*(range(v.size) for v in missing)):
                    chosen = outer | cell | dict(zip(missing, filling, strict=True))
                    spread[tuple(chosen[v] for v in inner)] = result
        return self.packed(tuple(inner), spread) if spread else self.unknown_of(rows.values())

    def unknown_of(self, values: Any) -> Any:
        """Any of several values, whatever they depend on."""
        found: dict[Hashable, Any] = {}
        for value in values:
            if isinstance(value, Interval):
                pairs = [self.bounds(v) for v in values]
                return Interval(min(low for low, _ in pairs), max(high for _, high in pairs))
            found.update({_hashable(v): v for v in self.possible(value)})
        if len(found) > LIMIT // 8 and all(isinstance(v, int | float) for v in found.values()):
            return Interval(min(found.values()), max(found.values()))
        return self.unknown(list(found.values()))

    def forgotten(self, value: Any) -> Any:
        """A value with the same possibilities that depends on nothing else."""
        return self.unknown_of([value]) if isinstance(value, Table) and len(value.variables) > 1 else value

    # Cases ------------------------------------------------------------------------------------

    def cases(self, table: Table) -> list[tuple[Any, Domain]]:
        """The distinct values of a table, each with the domain under which it is had."""
        groups: dict[Hashable, tuple[Any, list[Key]]] = {}
        for key, value in self.rows(table):
            groups.setdefault(_hashable(value), (value, []))[1].append(key)
        result = []
        for value, keys in groups.values():
            narrowed = {v: frozenset(key[i] for key in keys) for i, v in enumerate(table.variables)}
            result.append((value, {**self.domain, **narrowed}))
        return result

    def merged(self, table: Table, outcomes: Mapping[Hashable, Any]) -> Any:
        """What a computation gives whose outcome was had for each of a table's values."""
        rows = {key: outcomes[_hashable(value)] for key, value in self.rows(table) if _hashable(value) in outcomes}
        return self.packed(table.variables, rows)


def _feasible(variables: tuple[Variable, ...], rows: list[tuple[Key, Any]]) -> list[tuple[Key, Any]]:
    """The rows whose combinations of options there are: tables forget this when they shrink."""
    for variable in variables if len(variables) > 1 else ():
        if not variable.born_with:
            continue
        among, allowed = variable.feasible_among(variables)
        if len(among) > 1:
            places = [variables.index(v) for v in among]
            rows = [row for row in rows if tuple([row[0][i] for i in places]) in allowed]
    return rows


def _without(variable: Variable, variables: tuple[Variable, ...], rows: dict[Key, Any]) -> Any:
    """The rows without a variable, if no value depends on it; else as they are."""
    place = variables.index(variable)
    slim: dict[Key, Any] = {}
    for key, value in rows.items():
        short = key[:place] + key[place + 1 :]
        if short not in slim:
            slim[short] = value
        elif slim[short] is not value and _hashable(slim[short]) != _hashable(value):
            return variables, rows
    return variables[:place] + variables[place + 1 :], slim


def _hashable(value: Any) -> Hashable:
    if isinstance(value, list):
        return ("list", *map(_hashable, value))
    try:
        hash(value)
    except TypeError:
        return id(value)
    return (type(value) is bool, value)


hashable = _hashable


def _magnitude(value: Any) -> float:
    if isinstance(value, tuple):
        return math.prod(value)
    return float(value)
