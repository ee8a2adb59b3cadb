"""The expressions that draw: `one_of`, `uniform`, `log_uniform` and `chance`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from smashdsl.elaborate.drawing import Drawing
from smashdsl.elaborate.draws import Choice, Continuous
from smashdsl.elaborate.functions import is_number
from smashdsl.elaborate.values import Scope, described, label, show
from smashdsl.syntax import nodes

DRAW_CALLS = ("uniform", "log_uniform", "chance", "some")


class Choices(Drawing, ABC):
    """Draws one of the values that its subclass evaluates."""

    @abstractmethod
    def evaluate(self, node: nodes.Expr, scope: Scope) -> Any:
        """The value of an expression."""

    @abstractmethod
    def items(self, node: nodes.Expr, scope: Scope) -> list[Any] | range:
        """The members of an expression that must be a list or range."""

    @abstractmethod
    def _positional(self, node: nodes.Call, name: str) -> tuple[nodes.Argument, ...]:
        """The arguments of a call that takes none by name."""

    def _one_of(self, node: nodes.OneOf, scope: Scope) -> Any:
        self._need_chooser(node.span)
        known = self.constants.get(id(node))
        if known is None:
            known = self._options(node, scope)
            if _constant(node):
                self.constants[id(node)] = known
        values, options = known
        return values[self.choose(options, node.span)]

    def _options(self, node: nodes.OneOf, scope: Scope) -> tuple[Any, Choice]:
        """The values and the options; one list or range stands for its members."""
        values: Any = [self.evaluate(option.value, scope) for option in node.options]
        weights = None
        if any(option.weight for option in node.options):
            weights = [self._weight(option.weight, scope) for option in node.options]
        elif len(values) == 1 and isinstance(values[0], list | range):
            values = values[0]
            self._count_items(len(values), node.span)
        return values, self.options([label(value) for value in values], weights, node.span)

    def _weight(self, node: nodes.Expr | None, scope: Scope) -> float:
        if node is None:
            return 1.0
        value = self.evaluate(node, scope)
        if not is_number(value) or value < 0:
            self.report.fail(
                "E603",
                node.span,
                f"a weight must be a number of at least 0, but this is {described(value)}",
            )
        return float(value)

    def _one_of_in(self, node: nodes.OneOfIn, scope: Scope) -> Any:
        self._need_chooser(node.span)
        values = self.items(node.iterable, scope)
        self._count_items(len(values), node.span)
        weights = None
        if node.weight is not None:
            inner = Scope(scope)
            weights = []
            for value in values:
                inner.names[node.target] = value
                weights.append(self._weight(node.weight, inner))
        options = self.options([label(value) for value in values], weights, node.span)
        return values[self.choose(options, node.span)]

    def _draw_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        chooser = self._need_chooser(node.span)
        values = [self.evaluate(argument.value, scope) for argument in self._positional(node, name)]
        if not all(is_number(value) for value in values):
            self.report.fail("E302", node.span, f"`{name}` takes numbers")
        if name == "chance":
            return self._chance(node, values)
        if len(values) != 2:
            self.report.fail(
                "E301",
                node.span,
                f"`{name}` takes 2 arguments, `{name}(low, high)`, but got {len(values)}",
            )
        low, high = map(float, values)
        if low > high or (name == "log_uniform" and low <= 0):
            need = "0 < low <= high" if name == "log_uniform" else "low <= high"
            self.report.fail(
                "E603", node.span, f"`{name}` needs {need}, but got {show(low)} and {show(high)}"
            )
        path, options = self.draw_path(), Continuous(low, high, name == "log_uniform")
        value = chooser.continuous(path, options)
        self.record(path, options, value, node.span, value)
        return value

    def _chance(self, node: nodes.Call, values: list[Any]) -> bool:
        if len(values) != 1 or not 0 <= values[0] <= 1:
            self.report.fail("E603", node.span, "`chance` takes one probability between 0 and 1")
        options = Choice([False, True], [1 - values[0], values[0]])
        return bool(self.choose(options, node.span))


_LITERALS = (nodes.Number, nodes.Shape, nodes.Bool)


def _constant(node: nodes.OneOf) -> bool:
    """Whether the options are literals, the same wherever they are evaluated."""
    return all(_literal(o.value) and (o.weight is None or _literal(o.weight)) for o in node.options)


def _literal(node: nodes.Expr) -> bool:
    if isinstance(node, nodes.List):
        return all(map(_literal, node.items))
    if isinstance(node, nodes.Range):
        return (
            _literal(node.start)
            and _literal(node.stop)
            and (node.step is None or _literal(node.step))
        )
    return isinstance(node, _LITERALS)
