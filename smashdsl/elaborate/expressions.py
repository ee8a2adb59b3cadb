"""Expressions → values.

`Expressions` walks syntax nodes in a scope; draws among them are made and named by `Drawing`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.choices import DRAW_CALLS, Choices
from smashdsl.elaborate.functions import (
    FUNCTIONS,
    Uneven,
    binary,
    is_whole,
    truth,
    unary,
)
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import (
    POISON,
    SYMBOLS,
    AppliedOp,
    BuiltinOp,
    Scope,
    UserOp,
    described,
    show,
    type_name,
)
from smashdsl.ops import find_op
from smashdsl.syntax import nodes


class Expressions(Choices):
    """Evaluates expressions; the base of the elaborator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._evaluators: dict[type, Callable[[Any, Scope], Any]] = {
            nodes.Number: lambda node, scope: node.value,
            nodes.Bool: lambda node, scope: node.value,
            nodes.Shape: lambda node, scope: node.dims,
            nodes.Name: self._name,
            nodes.List: self._list,
            nodes.Comprehension: self._comprehension,
            nodes.Index: self._index,
            nodes.Call: self._call,
            nodes.Unary: self._unary,
            nodes.Binary: self._binary,
            nodes.Conditional: self._conditional,
            nodes.Range: self._range,
            nodes.OneOf: self._one_of,
            nodes.OneOfIn: self._one_of_in,
        }

    # Entry points -------------------------------------------------------------------------

    def evaluate(self, node: nodes.Expr, scope: Scope) -> Any:
        """The value of an expression; raises `Stop` when it has none."""
        value = self._evaluators[type(node)](node, scope)
        if value is POISON:
            raise Stop
        return value

    def evaluate_as(self, name: str, node: nodes.Expr, scope: Scope) -> Any:
        """The value of an expression that is bound to a name: its draws are called after it.

        What `Stop` leaves on the stack is taken off where `Stop` is caught.
        """
        self.binding.append(name)
        before = len(self.draws)
        value = self.evaluate(node, scope)
        self.binding.pop()
        if len(self.draws) > before and name[0] != "[":
            for path in islice(reversed(self.draws), len(self.draws) - before):
                self.bound.setdefault(path, (name, value))
        return value

    def whole(self, node: nodes.Expr, scope: Scope, what: str, least: int | None = None) -> int:
        """The value of an expression that must be a whole number, at least `least`."""
        return self.as_whole(self.evaluate(node, scope), node, what, least)

    def as_whole(self, value: Any, node: nodes.Expr, what: str, least: int | None) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not is_whole(value):
            self.report.fail(
                "E302",
                node.span,
                f"{what} must be a whole number, but this is " + described(value),
            )
        if least is not None and value < least:
            self.report.fail(
                "E303", node.span, f"{what} must be at least {least}, but this is {value}"
            )
        return int(value)

    def condition(self, node: nodes.Expr, scope: Scope, where: str = "if") -> bool:
        """The truth of an expression."""
        value = self.evaluate(node, scope)
        try:
            return truth(value, where)
        except ValueError as error:
            self.report.fail("E302", node.span, str(error))

    def items(self, node: nodes.Expr, scope: Scope) -> list[Any] | range:
        """The members of an expression that must be a list or range."""
        return self.as_items(self.evaluate(node, scope), node)

    def as_items(self, value: Any, node: nodes.Expr) -> list[Any] | range:
        if not isinstance(value, list | range):
            self.report.fail(
                "E302", node.span, f"this must be a list or a range, but it is {type_name(value)}"
            )
        return value

    # Names, lists, calls ------------------------------------------------------------------

    def _name(self, node: nodes.Name, scope: Scope) -> Any:
        value = scope.find(node.id)
        if value is None:
            spec = find_op(node.id)
            value = BuiltinOp(node.id, spec) if spec else SYMBOLS.get(node.id, POISON)
        return value

    def _list(self, node: nodes.List, scope: Scope) -> list[Any]:
        result = []
        for number, item in enumerate(node.items):
            result.append(self.evaluate_as(f"[{number}]", item, scope))
        return result

    def _comprehension(self, node: nodes.Comprehension, scope: Scope) -> list[Any]:
        inner = Scope(scope)
        result: list[Any] = []
        values = self.items(node.iterable, scope)
        self._count_items(len(values), node.span)
        for value in values:
            inner.names[node.target] = value
            if node.condition is not None and not self.condition(node.condition, inner):
                continue
            result.append(self.evaluate_as(f"[{len(result)}]", node.item, inner))
        return result

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        return self.index_into(base, node, scope)

    def index_into(self, base: Any, node: nodes.Index, scope: Scope) -> Any:
        """`base[index]` of a list or shape; sets of banks are the block's to index."""
        if not isinstance(base, list | range | tuple):
            self.report.fail(
                "E302", node.base.span, f"{type_name(base)} cannot be indexed".capitalize()
            )
        return self.pick(base, self.evaluate(node.index, scope), node)

    def pick(self, base: Any, index: Any, node: nodes.Index) -> Any:
        """The item of a list at an index, or those at several."""
        if isinstance(index, list | range):
            return [self._item(base, i, node) for i in index]
        return self._item(base, index, node)

    def _item(self, base: Any, index: Any, node: nodes.Index) -> Any:
        if not is_whole(index):
            self.report.fail(
                "E302",
                node.index.span,
                f"an index must be a whole number, but this is {described(index)}",
            )
        if not 0 <= index < len(base):
            inside = (
                f"it has {len(base)} items, 0 to {len(base) - 1}" if len(base) else "it is empty"
            )
            self.report.fail(
                "E304", node.index.span, f"index {index} is outside of the list: {inside}"
            )
        return base[index]

    def _positional(self, node: nodes.Call, name: str) -> tuple[nodes.Argument, ...]:
        for argument in node.arguments:
            if argument.name is not None:
                self.report.fail(
                    "E301", argument.span, f"`{name}` takes no argument named `{argument.name}`"
                )
        return node.arguments

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        if isinstance(node.callee, nodes.Name):
            name = node.callee.id
            found = scope.find(name)
            if found is None:
                if name == "some":
                    return self.some(node, scope)
                if name in DRAW_CALLS:
                    return self._draw_call(name, node, scope)
                if name in ("count", "fresh"):
                    return self.bank_call(name, node, scope)
                if name in FUNCTIONS and find_op(name) is None:
                    return self._function(name, node, scope)
        callee = self.evaluate(node.callee, scope)
        if not isinstance(callee, BuiltinOp | UserOp):
            self.report.fail(
                "E302", node.callee.span, f"{type_name(callee)} cannot be called".capitalize()
            )
        return self.apply_arguments(callee, node, scope)

    def _function(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        if name == "fixed" and len(node.arguments) == 1:
            argument = node.arguments[0].value
            if not isinstance(argument, nodes.Name) or argument.id != "gabor":
                self.report.fail(
                    "E305", argument.span, "the fixed filters to choose from are: gabor"
                )
        values = [self.evaluate(argument.value, scope) for argument in self._positional(node, name)]
        return self.call_function(name, values, node)

    def call_function(self, name: str, values: list[Any], node: nodes.Call) -> Any:
        try:
            return FUNCTIONS[name](*values)
        except TypeError:
            self.report.fail("E301", node.span, f"`{name}` cannot take {len(values)} arguments")
        except ValueError as error:
            self.report.fail("E302", node.span, str(error))

    def some(self, node: nodes.Call, scope: Scope) -> Any:
        """`some(n, S, …)`; there are banks inside blocks only."""
        self.report.fail(
            "E503", node.span, "`some` chooses banks, and there are none outside a block"
        )

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        self.report.fail(
            "E503", node.span, f"`{name}` is about banks, and there are none outside a block"
        )

    def apply_arguments(self, op: BuiltinOp | UserOp, node: nodes.Call, scope: Scope) -> AppliedOp:
        """Match arguments with parameters and evaluate them."""
        if isinstance(op, BuiltinOp):
            names = [parameter.name for parameter in op.spec.parameters]
        else:
            names = [parameter.name for parameter in op.definition.parameters]
        values: dict[str, Any] = {}
        spans: dict[str, Span] = {}
        for position, argument in enumerate(node.arguments):
            name = argument.name
            if name is None:
                if position >= len(names):
                    most = _arguments(len(names))
                    self.report.fail(
                        "E301",
                        argument.span,
                        f"`{op.name}` takes {most}, but this is number {position + 1}",
                        helps=(signature(op),),
                    )
                name = names[position]
            elif name not in names:
                self.report.fail(
                    "E301",
                    argument.span,
                    f"`{op.name}` has no parameter `{name}`",
                    helps=(signature(op),),
                )
            if name in values:
                self.report.fail("E301", argument.span, f"`{name}` is given twice")
            values[name] = self.evaluate_as(name, argument.value, scope)
            spans[name] = argument.value.span
        return AppliedOp(op, values, spans, node.span.text)

    # Operators ----------------------------------------------------------------------------

    def _unary(self, node: nodes.Unary, scope: Scope) -> Any:
        try:
            return unary(node.operator, self.evaluate(node.operand, scope))
        except ValueError as error:
            self.report.fail("E302", node.span, str(error))

    def _binary(self, node: nodes.Binary, scope: Scope) -> Any:
        operator = node.operator
        if operator in ("and", "or"):
            left = self.condition(node.left, scope, operator)
            if left == (operator == "or"):
                return left
            return self.condition(node.right, scope, operator)
        return self.operate(node, self.evaluate(node.left, scope), self.evaluate(node.right, scope))

    def operate(self, node: nodes.Binary, left: Any, right: Any) -> Any:
        """A binary operator other than `and` and `or`, applied."""
        try:
            return binary(node.operator, left, right)
        except Uneven as error:
            self.report.fail("E306", node.span, str(error), helps=("`//` divides and rounds down",))
        except ValueError as error:
            self.report.fail("E302", node.span, str(error))

    def _conditional(self, node: nodes.Conditional, scope: Scope) -> Any:
        chosen = node.then if self.condition(node.condition, scope) else node.otherwise
        return self.evaluate(chosen, scope)

    def _range(self, node: nodes.Range, scope: Scope) -> range:
        parts = (node.start, node.stop, *(() if node.step is None else (node.step,)))
        return self.make_range([self.evaluate(part, scope) for part in parts], node)

    def make_range(self, values: list[Any], node: nodes.Range) -> range:
        start = self.as_whole(values[0], node.start, "the start of a range", None)
        stop = self.as_whole(values[1], node.stop, "the end of a range", None)
        step = (
            1
            if node.step is None
            else self.as_whole(values[2], node.step, "the step of a range", 1)
        )
        return range(start, stop + 1, step)


def _arguments(count: int) -> str:
    return {0: "no arguments", 1: "one argument"}.get(count, f"{count} arguments")


def signature(op: BuiltinOp | UserOp) -> str:
    """`conv(units, kernel, stride=1, …)`, as a help line shows it."""
    parts = []
    if isinstance(op, BuiltinOp):
        for parameter in op.spec.parameters:
            default = "" if parameter.default is None else f"={show(parameter.default)}"
            parts.append(parameter.name + default)
    else:
        parts = [
            given.name if given.default is None else f"{given.name}={given.default.span.text}"
            for given in op.definition.parameters
        ]
    return f"`{op.name}({', '.join(parts)})`"
