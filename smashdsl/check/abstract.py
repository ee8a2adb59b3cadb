"""Expressions over a whole space: values that depend on draws are tables.

`Abstract` evaluates as the elaborator does, with tables and intervals in place of drawn values.
What may go wrong becomes a `Suspicion`; whether it really does is for the caller to confirm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from smashdsl.check.costs import Total
from smashdsl.check.findings import Findings, Suspicion
from smashdsl.check.intervals import interval_binary
from smashdsl.check.tables import Tables
from smashdsl.check.values import Case, Failed, Failure, Interval, Table
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate import functions
from smashdsl.elaborate.functions import Uneven, truth
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.values import Scope, type_name
from smashdsl.syntax import nodes

FOLDED = ("min", "max", "sum", "gcd")


class Undecided(Exception):
    """A decision depends on a table where only a plain value will do: what stands around it is
    walked by cases."""

    def __init__(self, table: Table) -> None:
        self.table = table


class Coded(ValueError):
    """A failure of a lifted function that brings its own code, and its place where it has one."""

    def __init__(self, message: str, code: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.span = span


class Abstract(Elaborator):
    """Evaluates expressions; the base of the analysis. No IR is built."""

    def __init__(self, report: Report, **kwargs: Any) -> None:
        super().__init__(report, None, **kwargs)
        self.tables = Tables()
        self.findings = Findings()
        self.totals = {name: Total() for name in ("params", "flops", "activations")}

    # Suspicions -----------------------------------------------------------------------------

    def suspect(
        self,
        code: str,
        span: Span,
        message: str,
        failure: Failure | None = None,
        drawn: Mapping[str, tuple[Any, ...]] | None = None,
    ) -> None:
        """Note that something may go wrong, under the options that led to it, or what is `drawn`
        at paths that have a name."""
        options: dict[str, tuple[Any, ...]] = {
            variable.path: tuple(variable.labels[i] for i in sorted(allowed))
            for variable, allowed in self.tables.domain.items()
            if variable.path
        }
        if failure is not None:
            found = zip(failure.variables, failure.key, strict=True)
            options |= {v.path: (v.labels[i],) for v, i in found if v.path}
        options |= {path: labels for path, labels in (drawn or {}).items() if path}
        self.findings.suspect(Suspicion(code, span, message, tuple(options.items())))

    def lose(self, code: str, span: Span, message: str) -> NoReturn:
        """Note that something may go wrong, of which too little is known to walk on from there."""
        self.suspect(code, span, message)
        self.findings.lost = True
        raise Stop

    def lift(self, span: Span, function: Callable[..., Any], *args: Any, code: str = "E302") -> Any:
        """A plain function over all that its arguments may be; failures become suspicions."""

        def failed(failure: Failure) -> None:
            self._suspect_error(failure.error, code, span, failure)

        try:
            return self.tables.lift(function, *args, failed=failed)
        except Failed:  # at the ends of intervals, which says little of what lies between
            self.findings.lost |= any(isinstance(arg, Interval) for arg in args)
            raise Stop from None
        except ValueError as error:
            self._suspect_error(error, code, span, None)
            raise Stop from None

    def _suspect_error(
        self, error: Exception, code: str, span: Span, failure: Failure | None
    ) -> None:
        if isinstance(error, Uneven):
            code = "E306"
        elif isinstance(error, Coded):
            code, span = error.code, error.span or span
        self.suspect(code, span, str(error), failure)

    def ends_fit(
        self, value: Interval, check: Callable[[Any], Any], span: Span, code: str
    ) -> Interval:
        """Suspect that an end of an interval does not fit; for a draw, that it gives that end."""
        for end in (value.low, value.high):
            try:
                check(end)
            except ValueError as error:
                self.suspect(code, span, str(error), drawn={value.path: (end,)})
        return value

    def by_cases(self, table: Any, run: Callable[[Any], Any]) -> Any:
        """`run(value)` for each value a table may have, the outcomes merged."""
        if not isinstance(table, Table):
            return run(table)
        outcomes: dict[Case, Any] = {}
        outer, names = self.tables.domain, len(self.binding)
        for case in self.tables.cases(table):
            self.tables.domain = case.domain
            try:
                outcomes[case] = run(case.value)
            except Stop:
                del self.binding[names:]
            finally:
                self.tables.domain = outer
        if not outcomes:
            raise Stop
        return self.tables.merged(table, outcomes)

    def mark_walk(self) -> tuple[int, int]:
        """Where the walk stands, for `take_back`."""
        return len(self.draws), len(self.binding)

    def take_back(self, mark: tuple[int, int]) -> None:
        """Forget the draws and names met since a mark: what follows will be walked again."""
        draws, names = mark
        while len(self.draws) > draws:
            self.draws.popitem()
        del self.binding[names:]

    # Entry points ---------------------------------------------------------------------------

    def evaluate(self, node: nodes.Expr, scope: Scope) -> Any:
        return self.tables.simplified(super().evaluate(node, scope))

    def as_whole(self, value: Any, node: nodes.Expr, what: str, least: int | None) -> int:
        if isinstance(value, Table):
            raise Undecided(value)
        if isinstance(value, Interval):
            self.lose("E302", node.span, f"{what} must be a whole number")
        return super().as_whole(value, node, what, least)

    def truth_of(self, node: nodes.Expr, scope: Scope, where: str = "if") -> Any:
        """True, False, or a table of both."""
        value = self.evaluate(node, scope)
        if isinstance(value, Interval):
            return self.tables.unknown([False, True])
        return self.lift(node.span, lambda v: truth(v, where), value)

    def condition(self, node: nodes.Expr, scope: Scope, where: str = "if") -> bool:
        value = self.truth_of(node, scope, where)
        if isinstance(value, Table):
            raise Undecided(value)
        return bool(value)

    def as_items(self, value: Any, node: nodes.Expr) -> list[Any] | range:
        if isinstance(value, Table):
            raise Undecided(value)
        return super().as_items(value, node)

    # Operators and functions ----------------------------------------------------------------

    def _conditional(self, node: nodes.Conditional, scope: Scope) -> Any:
        chosen = self.truth_of(node.condition, scope)
        return self.by_cases(
            chosen, lambda yes: self.evaluate(node.then if yes else node.otherwise, scope)
        )

    def _unary(self, node: nodes.Unary, scope: Scope) -> Any:
        value = self.evaluate(node.operand, scope)
        return self.lift(node.span, lambda v: functions.unary(node.operator, v), value)

    def _binary(self, node: nodes.Binary, scope: Scope) -> Any:
        operator = node.operator
        if operator in ("and", "or"):
            return self._either(node, scope, operator)
        return super()._binary(node, scope)

    def operate(self, node: nodes.Binary, left: Any, right: Any) -> Any:
        operator = node.operator
        if isinstance(left, Interval) or isinstance(right, Interval):
            return self._operate_within(node, left, right)
        return self.lift(node.span, lambda a, b: functions.binary(operator, a, b), left, right)

    def _operate_within(self, node: nodes.Binary, left: Any, right: Any) -> Any:
        """An operator of which an operand is known by its bounds only."""
        for value in (left, right):
            self.lift(node.span, lambda v: functions.unary("-", v), value)
        pair = self.tables.bounds(left), self.tables.bounds(right)
        found = interval_binary(node.operator, *pair)
        if found is None:
            return self.tables.unknown([False, True])
        if isinstance(found, Interval) and not _in_range(found):
            self.suspect("E302", node.span, "the result may be too large, or a division by zero")
        return found

    def _either(self, node: nodes.Binary, scope: Scope, operator: str) -> Any:
        def rest(value: bool) -> Any:
            if value == (operator == "or"):
                return value
            return self.truth_of(node.right, scope, operator)

        return self.by_cases(self.truth_of(node.left, scope, operator), rest)

    def call_function(self, name: str, values: list[Any], node: nodes.Call) -> Any:
        if not any(map(uncertain, values)):
            return super().call_function(name, values, node)
        if len(values) == 1 and isinstance(values[0], list) and name != "len":
            values = values[0]
        if name in FOLDED and len(values) > 1:
            return self._folded(name, values, node.span)

        def apply(*plain: Any) -> Any:
            try:
                return functions.FUNCTIONS[name](*plain)
            except TypeError:
                raise Coded(f"`{name}` cannot take {len(plain)} arguments", "E301") from None

        return self.lift(node.span, apply, *values)

    def _folded(self, name: str, values: Sequence[Any], span: Span) -> Any:
        """A function of any number of values, two at a time: so joint tables stay small."""
        total, *rest = values
        for value in rest:
            total = self.lift(span, functions.FUNCTIONS[name], total, value)
        return total

    def make_range(self, values: list[Any], node: nodes.Range) -> Any:
        if not any(map(uncertain, values)):
            return super().make_range(values, node)
        if any(isinstance(value, Interval) for value in values):
            self.lose("E302", node.span, "a range needs whole numbers")
        return self.lift(node.span, _whole_range, *values)

    # Lists ----------------------------------------------------------------------------------

    def _comprehension(self, node: nodes.Comprehension, scope: Scope) -> Any:
        iterable = self.evaluate(node.iterable, scope)
        return self.by_cases(iterable, lambda values: self._listed(node, values, scope))

    def _listed(self, node: nodes.Comprehension, values: Any, scope: Scope) -> Any:
        if not isinstance(values, list | range):
            problem = f"this must be a list or a range, but it is {type_name(values)}"
            self.report.fail("E302", node.iterable.span, problem)
        self._count_items(len(values), node.span)
        inner = Scope(scope)
        result: list[Any] = []
        for value in values:
            inner.names[node.target] = value
            if node.condition is not None and not self.condition(node.condition, inner):
                continue
            result.append(self.evaluate_as(f"[{len(result)}]", node.item, inner))
        return result

    def index_into(self, base: Any, node: nodes.Index, scope: Scope) -> Any:
        index = self.evaluate(node.index, scope)
        if isinstance(index, Interval):
            self.lose("E302", node.index.span, "an index must be a whole number")

        def item(plain: Any, i: Any) -> Any:
            if not isinstance(plain, list | range | tuple):
                problem = f"{type_name(plain)} cannot be indexed".capitalize()
                self.report.fail("E302", node.base.span, problem)
            return self.pick(plain, i, node)

        return self.by_cases(base, lambda plain: self.by_cases(index, lambda i: item(plain, i)))


def uncertain(value: Any) -> bool:
    """Whether a value, or something within a list, depends on draws."""
    if isinstance(value, list):
        return any(map(uncertain, value))
    return isinstance(value, Table | Interval)


def _in_range(value: Interval) -> bool:
    """Whether no number of an interval is one that the language cannot hold."""
    if isinstance(value.low, int) and isinstance(value.high, int):
        return value.low > -(2**63) and value.high < 2**63
    return math.isfinite(value.low) and math.isfinite(value.high)


def _whole_range(start: Any, stop: Any, step: Any = 1) -> range:
    if not all(functions.is_whole(v) for v in (start, stop, step)) or step < 1:
        raise ValueError("a range needs whole numbers")
    return range(start, stop + 1, step)
