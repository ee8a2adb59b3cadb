"""Draws over a whole space: each becomes a variable, and its value a table over the options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from smashdsl.check.abstract import Abstract, uncertain
from smashdsl.check.findings import DrawSite
from smashdsl.check.values import Failure, Interval, Table, hashable
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import Draw, Subset
from smashdsl.elaborate.functions import is_number
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import Scope, label, type_name
from smashdsl.syntax import nodes

NOTHING = "there is nothing to draw from"
Weights = Sequence[Any]  # numbers, tables or intervals
_SEEN = Subset((), 0)  # what stands for the options of a draw that is analysed, not made


class Drawn(Abstract):
    """Evaluates draws."""

    def _need_chooser(self, span: Span) -> Any:
        return None

    def seen(self, span: Span, kind: str, *given: Any) -> tuple[str, DrawSite]:
        """The path of a draw that the walk comes by, and what is known of its place in the text.

        `given` is what its options depend on.
        """
        path = self.draw_path()
        group = self.group_of(path)
        self.draws[path] = Draw(path, _SEEN, None, span, group=group)
        key = (span.start, span.source.name, group)
        return path, self.findings.sites.setdefault(key, DrawSite(span, kind, group))

    def labels(self, values: Sequence[Any]) -> list[Any]:
        """How a genome names options; those that are themselves uncertain get a stand-in."""
        return [f"#{i}" if uncertain(value) else label(value) for i, value in enumerate(values)]

    # Among options --------------------------------------------------------------------------

    def drawn(self, values: Sequence[Any], weights: Weights | None, span: Span) -> Any:
        """The value of a draw among options that are known."""
        if not len(values):
            self.suspect("E602", span, NOTHING)
            raise Stop
        if weights is not None:
            self._one_weighs(weights, span)
        path, site = self.seen(span, "choice", *values, *(weights or ()))
        labels = self.labels(values)

        def allowed(index: int) -> bool:
            return weights is None or self.tables.bounds(weights[index])[1] > 0

        for i, value in enumerate(values):
            for name in self._names_of(value, labels[i]):
                (site.labels if allowed(i) else site.never)[hashable(name)] = name
        value = self.tables.choice(path, values, labels, allowed)
        if isinstance(value, Table):  # options that are uncertain themselves are spread out
            return self.tables.packed(value.variables, dict(self.tables.rows(value)))
        return value

    def _names_of(self, value: Any, name: Any) -> list[Any]:
        """The labels under which an option may appear in a genome."""
        return self.labels(self.tables.possible(value)) if isinstance(value, Table) else [name]

    def _one_weighs(self, weights: Weights, span: Span) -> None:
        """Suspect that every option weighs nothing, unless one surely weighs something."""

        def weighs(most: float) -> bool:
            if most <= 0:
                raise ValueError("every option weighs nothing")
            return True

        if not any(self.tables.bounds(weight)[0] > 0 for weight in weights):
            self.lift(span, weighs, self._folded("max", weights, span), code="E602")

    def drawn_from(
        self, lists: Table, span: Span, weigh: Callable[[Any], Any] | None = None
    ) -> Any:
        """A draw whose options depend on other draws: a variable over the union of the options."""
        union: dict[Any, Any] = {}
        for options in self.tables.possible(lists):
            union.update({hashable(value): value for value in _members(options)})
        sure = set(union)
        for key, value in list(union.items()) if weigh is not None else ():
            least, most = self.tables.bounds(weigh(value)) if weigh is not None else (1, 1)
            if most <= 0:
                del union[key]
            if least <= 0:
                sure.discard(key)
        if not union:
            self.suspect("E602", span, NOTHING)
            raise Stop
        return self._drawn_among(lists, union, sure, span)

    def _drawn_among(self, lists: Table, union: dict[Any, Any], sure: set[Any], span: Span) -> Any:
        """`sure` are the keys of the options that weigh something whatever is drawn."""
        place = {key: i for i, key in enumerate(union)}
        labels = self.labels(list(union.values()))
        path, site = self.seen(span, "choice", lists)
        site.labels.update({hashable(name): name for name in labels})
        variable = self.tables.variable(path, labels)
        variables = (*lists.variables, variable)
        rows: dict[Any, Any] = {}
        for key, options in self.tables.rows(lists):
            members = {hashable(value): value for value in _members(options)}
            if not sure & set(members):
                self.suspect("E602", span, NOTHING, Failure(ValueError(), lists.variables, key))
            rows.update({(*key, place[k]): v for k, v in members.items() if k in place})
        if not rows:
            raise Stop
        if not variable.born_with:
            variable.born_with, variable.feasible = variables, frozenset(rows)
        return self.tables.packed(variables, rows)

    def _one_of(self, node: nodes.OneOf, scope: Scope) -> Any:
        values: Any = [self.evaluate(option.value, scope) for option in node.options]
        if any(option.weight for option in node.options):
            weights = [
                1.0 if option.weight is None else self._weight(option.weight, scope)
                for option in node.options
            ]
            return self.drawn(values, weights, node.span)
        if len(values) == 1 and isinstance(values[0], Table):
            return self.drawn_from(values[0], node.span)
        if len(values) == 1 and isinstance(values[0], list | range):
            values = values[0]
            self._count_items(len(values), node.span)
        return self.drawn(values, None, node.span)

    def _weight(self, node: nodes.Expr | None, scope: Scope) -> Any:
        def checked(value: Any) -> Any:
            if not is_number(value) or value < 0:
                raise ValueError("a weight must be a number of at least 0")
            return value

        if node is None:
            return 1.0
        return self.lift(node.span, checked, self.evaluate(node, scope), code="E603")

    def _one_of_in(self, node: nodes.OneOfIn, scope: Scope) -> Any:
        values = self.evaluate(node.iterable, scope)
        inner = Scope(scope)

        def weigh(value: Any) -> Any:
            inner.names[node.target] = value
            return self._weight(node.weight, inner)

        if isinstance(values, Table):
            values = self.lift(node.iterable.span, self._listlike, values)
        if isinstance(values, Table):
            return self.drawn_from(values, node.span, weigh if node.weight else None)
        self._count_items(len(self.lift(node.iterable.span, self._listlike, values)), node.span)
        weights = [weigh(value) for value in values] if node.weight else None
        return self.drawn(values, weights, node.span)

    def _listlike(self, value: Any) -> Any:
        if not isinstance(value, list | range):
            raise ValueError(f"this must be a list or a range, but it is {type_name(value)}")
        return value

    # Numbers --------------------------------------------------------------------------------

    def _draw_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        def number(value: Any) -> Any:
            if not is_number(value):
                raise ValueError(f"`{name}` takes numbers")
            return value

        given = [self.evaluate(arg.value, scope) for arg in self._positional(node, name)]
        values = [self.lift(node.span, number, value) for value in given]
        if name == "chance":
            return self._chance(node, values)
        path, site = self.seen(node.span, "continuous", *values)
        site.log = name == "log_uniform"
        if len(values) != 2:
            self.suspect("E301", node.span, f"`{name}` takes 2 arguments")
            raise Stop
        (low, _), (_, high) = self.tables.bounds(values[0]), self.tables.bounds(values[1])
        if low > high or (name == "log_uniform" and low <= 0):
            self.suspect("E603", node.span, f"`{name}` needs low <= high")
            raise Stop
        site.labels["low"] = min(low, site.labels.get("low", low))
        site.labels["high"] = max(high, site.labels.get("high", high))
        return Interval(float(low), float(high), path) if low < high else low

    def _chance(self, node: nodes.Call, values: list[Any]) -> Any:
        low, high = self.tables.bounds(values[0]) if len(values) == 1 else (-1, 2)
        if low < 0 or high > 1:
            self.suspect("E603", node.span, "`chance` takes one probability between 0 and 1")
        path, site = self.seen(node.span, "choice", *values)
        options = [value for value, may in ((False, low < 1), (True, high > 0)) if may]
        site.labels.update({hashable(value): value for value in options})
        both = [False, True]
        return self.tables.choice(path, both, both, lambda i: both[i] in options)


def _members(options: Any) -> Sequence[Any]:
    return options if isinstance(options, list | range) else [options]
