"""Elaboration that knows which draws each value came from.

The base of the search for a program's genome: when something does not match, only the draws that it
depends on can be to blame.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.functions import is_number
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Scope, UserOp
from smashdsl.syntax import nodes

Origins = frozenset[str]
NOTHING: Origins = frozenset()


class TracedList(list[Any]):
    """A list that knows the origins of each item."""

    origins: list[Origins]


class Pending:
    """A number of an interval that has not been chosen yet: `scale * x + shift` for the draw's
    x."""

    def __init__(self, path: str, scale: float = 1, shift: float = 0) -> None:
        self.path, self.scale, self.shift = path, scale, shift

    def combined(self, operator: str, other: float, swapped: bool) -> Pending | None:
        """The result of arithmetic with a plain number, where it stays linear."""
        match operator:
            case "+":
                return Pending(self.path, self.scale, self.shift + other)
            case "-":
                sign = -1 if swapped else 1
                return Pending(self.path, sign * self.scale, sign * (self.shift - other))
            case "*":
                return Pending(self.path, self.scale * other, self.shift * other)
            case "/" if not swapped and other:
                return Pending(self.path, self.scale / other, self.shift / other)
        return None


class Tracing(Elaborator):
    """`touched` collects the draws behind what is being evaluated; `control` those behind
    decisions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.touched: set[str] = set()
        self.control: set[str] = set()
        self.origins: dict[tuple[int, str], tuple[Scope, Origins]] = {}
        self.argument_origins: dict[int, tuple[AppliedOp, dict[str, Origins]]] = {}

    def with_origins(self, run: Callable[[], Any]) -> tuple[Any, Origins]:
        """A value with the draws it came from."""
        outer, self.touched = self.touched, set()
        try:
            value = run()
            found = frozenset(self.touched)
        finally:
            self.touched |= outer
        return value, found

    def remember(self, scope: Scope, name: str, origins: Origins) -> None:
        if origins:
            self.origins[id(scope), name] = (scope, origins)

    def record(self, path: str, options: Any, value: Any, span: Span, chosen: Any) -> None:
        super().record(path, options, value, span, chosen)
        self.touched.add(path)

    # Names and lists --------------------------------------------------------------------------

    def _name(self, node: nodes.Name, scope: Scope) -> Any:
        where: Scope | None = scope
        while where is not None and node.id not in where.names:
            where = where.parent
        if where is not None:
            self.touched |= self.origins.get((id(where), node.id), (where, NOTHING))[1]
        return super()._name(node, scope)

    def _let(self, node: nodes.Let, scope: Scope) -> None:
        _, origins = self.with_origins(lambda: super(Tracing, self)._let(node, scope))
        self.remember(scope, node.name, origins)

    def _for(self, node: nodes.For, scope: Scope, handler: Any) -> None:
        values, origins = self.with_origins(lambda: self.items(node.iterable, scope))
        self.control |= origins
        name = "for" if node.target == "_" else node.target
        for number, value in enumerate(values):
            self.count_iteration(node.span)
            inner = Scope(scope, {node.target: value})
            self.remember(inner, node.target, origins)
            with self.entered(f"{name}[{number}]"):
                self.run(node.body, inner, handler)

    def _list(self, node: nodes.List, scope: Scope) -> list[Any]:
        def fill(add: Callable[[int, nodes.Expr, Scope], None]) -> None:
            for number, item in enumerate(node.items):
                add(number, item, scope)

        return self._collected(fill)

    def _comprehension(self, node: nodes.Comprehension, scope: Scope) -> list[Any]:
        values = self.items(node.iterable, scope)
        self._count_items(len(values), node.span)

        def fill(add: Callable[[int, nodes.Expr, Scope], None]) -> None:
            count = 0
            for value in values:
                inner = Scope(scope, {node.target: value})
                if node.condition is None or self.condition(node.condition, inner):
                    add(count, node.item, inner)
                    count += 1

        return self._collected(fill)

    def _collected(
        self, fill: Callable[[Callable[[int, nodes.Expr, Scope], None]], Any]
    ) -> TracedList:
        result = TracedList()
        result.origins = []

        def add(number: int, node: nodes.Expr, scope: Scope) -> None:
            value, origins = self.with_origins(lambda: self.evaluate_as(f"[{number}]", node, scope))
            result.append(value)
            result.origins.append(origins)

        fill(add)
        return result

    def index_into(self, base: Any, node: nodes.Index, scope: Scope) -> Any:
        if not isinstance(base, TracedList):
            return super().index_into(base, node, scope)
        before = set(self.touched)
        everything = frozenset().union(*base.origins)
        index, origins = self.with_origins(lambda: self.evaluate(node.index, scope))
        value = self.pick(base, index, node)
        wanted = index if isinstance(index, list | range) else [index]
        used = frozenset().union(*(base.origins[i] for i in wanted))
        self.touched = (before - everything) | origins | used
        return value

    # Arguments --------------------------------------------------------------------------------

    def apply_arguments(self, op: BuiltinOp | UserOp, node: nodes.Call, scope: Scope) -> AppliedOp:
        self.argument_log: dict[str, Origins] = {}
        log = self.argument_log
        applied = super().apply_arguments(op, node, scope)
        self.argument_origins[id(applied)] = (applied, log)
        return applied

    def evaluate_as(self, name: str, node: nodes.Expr, scope: Scope) -> Any:
        log = getattr(self, "argument_log", None)
        value, origins = self.with_origins(
            lambda: super(Tracing, self).evaluate_as(name, node, scope)
        )
        if log is not None:
            log[name] = origins
            self.argument_log = log
        return value

    def _parameters(self, op: UserOp, applied: AppliedOp, span: Span, scope: Scope) -> None:
        super()._parameters(op, applied, span, scope)
        _, log = self.argument_origins.get(id(applied), (applied, {}))
        for name in applied.arguments:
            self.remember(scope, name, log.get(name, NOTHING))

    # Decisions --------------------------------------------------------------------------------

    def condition(self, node: nodes.Expr, scope: Scope, where: str = "if") -> bool:
        value, origins = self.with_origins(
            lambda: super(Tracing, self).condition(node, scope, where)
        )
        self.control |= origins
        return bool(value)

    def _repeat_count(self, node: nodes.Expr, scope: Scope) -> int:
        value, origins = self.with_origins(lambda: super(Tracing, self)._repeat_count(node, scope))
        self.control |= origins
        return int(value)

    def operate(self, node: nodes.Binary, left: Any, right: Any) -> Any:
        if isinstance(left, Pending) and is_number(right):
            return self.pending(left, node.operator, right, False)
        if isinstance(right, Pending) and is_number(left):
            return self.pending(right, node.operator, left, True)
        return super().operate(node, left, right)

    def pending(self, value: Pending, operator: str, other: float, swapped: bool) -> Any:
        """An operator applied to an open number."""
        return value.combined(operator, other, swapped)
