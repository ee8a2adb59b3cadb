"""Plain functions applied to values that depend on draws.

Exact as long as the joint table stays small, and an over-approximation (never an omission) beyond.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from smashdsl.check.domains import LIMIT, Domains
from smashdsl.check.values import Failed, Failure, GaveUp, Interval, Table
from smashdsl.check.variables import Key, Variable, feasible

CORNERS = 4096  # combinations of extremes, beyond which an analysis is given up

OnFailure = Callable[[Failure], None]
Joined = tuple[tuple[Variable, ...], list[Key], list[tuple[Any, ...]]]


class Tables(Domains):
    """Lifts functions over tables and intervals."""

    def lift(
        self, function: Callable[..., Any], *args: Any, failed: OnFailure, limit: int = LIMIT,
        beside: bool = True,
    ) -> Any:  # fmt: skip
        """`function(*args)` for every combination of what the arguments may be.

        A `ValueError` of the function for a combination is passed to `failed`, and the combination
        left out; when none is left, `Failed` is raised. Where combinations cannot be enumerated the
        function is tried at the ends of what its arguments may be, and `beside` them: right for
        functions that are monotone in each argument, and so for tests of divisibility.
        """
        tables = [arg for arg in args if isinstance(arg, Table)]
        intervals = any(isinstance(arg, Interval) for arg in args)
        if not tables and not intervals:
            return function(*args)
        joined = None if intervals else self.join(tables, limit)
        if joined is None and not intervals and self._ways(tables) <= limit:
            args = tuple(self.forgotten(arg) for arg in args)
            joined = self.join([arg for arg in args if isinstance(arg, Table)], limit)
        if joined is None:
            return self._corners(function, args, failed, beside)
        return self._each(function, args, joined, failed)

    def _ways(self, tables: Sequence[Table]) -> int:
        """How many combinations of values there are if none depends on another."""
        count = 1
        for table in tables:
            count *= len(self.possible(table))
        return count

    def _each(
        self, function: Callable[..., Any], args: Sequence[Any], joined: Joined, failed: OnFailure
    ) -> Any:
        variables, keys, columns = joined
        rows: dict[Key, Any] = {}
        places = [i for i, arg in enumerate(args) if isinstance(arg, Table)]
        plain = list(args)
        for key, values in zip(keys, columns, strict=True):
            for i, value in zip(places, values, strict=True):
                plain[i] = value
            try:
                rows[key] = function(*plain)
            except ValueError as error:
                failed(Failure(error, variables, key))
        if not rows:
            raise Failed
        return self.packed(variables, rows)

    def _corners(
        self, function: Callable[..., Any], args: Sequence[Any], failed: OnFailure, beside: bool
    ) -> Any:
        ends = [self._ends(arg, beside) for arg in args]
        if math.prod(map(len, ends)) > CORNERS:
            raise GaveUp
        results = []
        for corner in product(*ends):
            try:
                results.append(function(*corner))
            except (ValueError, OverflowError) as error:
                failed(Failure(error, (), ()))
        self.spend(len(results))
        if not results:
            raise Failed
        if all(result == results[0] for result in results):
            return results[0]
        kinds = set(map(type, results))
        if kinds == {bool}:
            return self.unknown([False, True])
        if kinds <= {int, float}:
            return Interval(min(results), max(results))
        raise GaveUp

    def _ends(self, arg: Any, beside: bool) -> Sequence[Any]:
        """The least and greatest of what a value may be, and what lies `beside` them, in order."""
        if isinstance(arg, Interval):
            low, high = arg.low, arg.high
            if beside and isinstance(low, int) and isinstance(high, int) and high - low > 2:
                return [low, low + 1, high - 1, high]
            return [low, high]
        possible = self.possible(arg)
        kinds = set(map(type, possible))
        if kinds <= {int, float} and len(possible) > 2:
            ordered = sorted(possible)
            return [*ordered[:2], *ordered[-2:]] if beside else [ordered[0], ordered[-1]]
        ranks = {len(value) for value in possible if isinstance(value, tuple)}
        if len(ranks) == 1 and kinds <= {tuple, int}:
            sizes = [v if isinstance(v, tuple) else (v,) * max(ranks) for v in possible]
            columns = list(zip(*sizes, strict=True))
            return [tuple(map(min, columns)), tuple(map(max, columns))]
        return possible

    def join(self, tables: Sequence[Table], limit: int = LIMIT) -> Joined | None:
        """The natural join: variables, keys, and each table's value per key; None if too large."""
        first, *rest = tables
        variables = first.variables
        partial = [(key, (value,)) for key, value in self.rows(first)]
        if rest and len(partial) > limit:
            return None
        self.spend(len(partial) + 10)
        for table in rest:
            found = self._join_with(partial, variables, table, limit)
            if found is None:
                return None
            partial, variables = found
            self.spend(len(partial))
        numbers = [variable.number for variable in variables]
        if numbers != sorted(numbers):
            order = sorted(range(len(variables)), key=numbers.__getitem__)
            partial = [(tuple([key[i] for i in order]), values) for key, values in partial]
            variables = tuple(variables[i] for i in order)
        if rest:
            partial = feasible(variables, partial)
        return variables, [key for key, _ in partial], [values for _, values in partial]

    def _join_with(
        self,
        partial: list[tuple[Key, Any]],
        variables: tuple[Variable, ...],
        table: Table,
        limit: int,
    ) -> tuple[list[tuple[Key, Any]], tuple[Variable, ...]] | None:
        if table.variables == variables:
            rows = table.rows
            known = [(key, (*values, rows[key])) for key, values in partial if key in rows]
            return known, variables
        shared = [i for i, v in enumerate(table.variables) if v in variables]
        new = [i for i, v in enumerate(table.variables) if v not in variables]
        index: dict[Key, list[tuple[Key, Any]]] = {}
        for key, value in self.rows(table):
            more = (tuple([key[i] for i in new]), value)
            index.setdefault(tuple([key[i] for i in shared]), []).append(more)
        if not shared and len(partial) * len(index.get((), ())) > limit:
            return None
        places = [variables.index(table.variables[i]) for i in shared]
        partial = [
            (key + more, (*values, value))
            for key, values in partial
            for more, value in index.get(tuple([key[i] for i in places]), ())
        ]
        if len(partial) > limit:
            return None
        return partial, variables + tuple(table.variables[i] for i in new)
