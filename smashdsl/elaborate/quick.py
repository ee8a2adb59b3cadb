"""Arithmetic without ceremony.

Most expressions neither draw nor touch banks, and go well. For these a closure is built once per
definition and called for every sample. Whatever is out of the ordinary (a mistake, a set of banks,
a truth value among numbers) makes it give up with `Slow`, and the elaborator walks the tree, which
knows what to say.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from smashdsl.elaborate.functions import FUNCTIONS
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.values import POISON, Dynamic, Scope
from smashdsl.ops import find_op
from smashdsl.syntax import nodes

Quick = Callable[[Scope], Any]
LARGEST = 2**63
CALLED = ("min", "max", "abs", "exp", "log", "log2", "sqrt", "floor", "ceil", "round")


class Slow(Exception):
    """This is not for a closure."""


class QuickElaborator(Elaborator):
    """Elaborates as its base does, with closures for what they can do.

    It does not note in `bound` which names draws end up in, which only errors want to know.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quick: dict[int, Quick | None] = self.constants.setdefault("quick", {})

    def _form(self, node: nodes.Expr) -> Quick | None:
        try:
            return self.quick[id(node)]
        except KeyError:
            form = self.quick[id(node)] = quick_form(node)
            return form

    def evaluate(self, node: nodes.Expr, scope: Scope) -> Any:
        form = self._form(node)
        if form is not None:
            try:
                return form(scope)
            except Slow:
                self.quick[id(node)] = None
        return super().evaluate(node, scope)

    def evaluate_as(self, name: str, node: nodes.Expr, scope: Scope) -> Any:
        form = self._form(node)
        if form is not None:
            try:
                return form(scope)
            except Slow:
                self.quick[id(node)] = None
        self.binding.append(name)
        value = super().evaluate(node, scope)
        self.binding.pop()
        return value


def quick_form(node: nodes.Expr) -> Quick | None:
    """A closure that gives the expression's value in a scope, or None where there is none."""
    make = _MAKERS.get(type(node))
    return None if make is None else make(node)


def _constant(node: nodes.Number | nodes.Bool) -> Quick:
    value = node.value
    return lambda scope: value


def _shape(node: nodes.Shape) -> Quick:
    return lambda scope: node.dims


def _name(node: nodes.Name) -> Quick | None:
    name = node.id

    def find(scope: Scope | None) -> Any:
        while scope is not None:
            value = scope.names.get(name)
            if value is not None:
                if type(value) is Dynamic:
                    value = value.get()
                if value is POISON:
                    raise Slow
                return value
            scope = scope.parent
        raise Slow

    return find


def _binary(node: nodes.Binary) -> Quick | None:
    left, right = quick_form(node.left), quick_form(node.right)
    apply = _OPERATORS.get(node.operator)
    if left is None or right is None or apply is None:
        return None

    def operate(scope: Scope) -> Any:
        a, b = left(scope), right(scope)
        if type(a) not in _NUMBERS or type(b) not in _NUMBERS:
            raise Slow
        return apply(a, b)

    return operate


def _logical(node: nodes.Binary) -> Quick | None:
    left, right = _truth(node.left), _truth(node.right)
    if left is None or right is None:
        return None
    if node.operator == "and":
        return lambda scope: left(scope) and right(scope)
    return lambda scope: left(scope) or right(scope)


def _truth(node: nodes.Expr) -> Quick | None:
    form = quick_form(node)
    if form is None:
        return None

    def truth(scope: Scope) -> bool:
        value = form(scope)
        if type(value) is not bool:
            raise Slow
        return value

    return truth


def _unary(node: nodes.Unary) -> Quick | None:
    operand = quick_form(node.operand)
    if node.operator != "-" or operand is None:
        return None

    def negate(scope: Scope) -> Any:
        value = operand(scope)
        if type(value) not in _NUMBERS:
            raise Slow
        return -value

    return negate


def _conditional(node: nodes.Conditional) -> Quick | None:
    condition = _truth(node.condition)
    then, otherwise = quick_form(node.then), quick_form(node.otherwise)
    if condition is None or then is None or otherwise is None:
        return None
    return lambda scope: then(scope) if condition(scope) else otherwise(scope)


def _index(node: nodes.Index) -> Quick | None:
    base, index = quick_form(node.base), quick_form(node.index)
    if base is None or index is None:
        return None

    def pick(scope: Scope) -> Any:
        values, i = base(scope), index(scope)
        if type(i) is not int or type(values) not in _LISTS or not 0 <= i < len(values):
            raise Slow
        return values[i]

    return pick


def _call(node: nodes.Call) -> Quick | None:
    callee = node.callee
    if not isinstance(callee, nodes.Name) or callee.id not in CALLED or find_op(callee.id):
        return None
    if any(argument.name is not None for argument in node.arguments):
        return None
    forms = [quick_form(argument.value) for argument in node.arguments]
    arguments = [form for form in forms if form is not None]
    if len(arguments) != len(forms):
        return None
    name, function = callee.id, FUNCTIONS[callee.id]

    def call(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        if scope.find(name) is not None:
            raise Slow
        try:
            return function(*values)
        except (TypeError, ValueError):
            raise Slow from None

    return call


def _range(node: nodes.Range) -> Quick | None:
    start, stop = quick_form(node.start), quick_form(node.stop)
    step = (lambda scope: 1) if node.step is None else quick_form(node.step)
    if start is None or stop is None or step is None:
        return None

    def make(scope: Scope) -> range:
        a, b, c = start(scope), stop(scope), step(scope)
        if type(a) is not int or type(b) is not int or type(c) is not int or c < 1:
            raise Slow
        return range(a, b + 1, c)

    return make


def _within(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Arithmetic whose result must be a number that the language can hold."""

    def apply(a: Any, b: Any) -> Any:
        try:
            result = function(a, b)
        except (ZeroDivisionError, OverflowError):
            raise Slow from None
        if result - result != 0 or (type(result) is int and not -LARGEST < result < LARGEST):
            raise Slow
        return result

    return apply


def _divide(a: Any, b: Any) -> Any:
    if type(a) is int and type(b) is int:
        if b == 0 or a % b:
            raise Slow
        return a // b
    return a / b


_NUMBERS = {int, float}
_LISTS = {list, range, tuple}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _within(operator.add),
    "-": _within(operator.sub),
    "*": _within(operator.mul),
    "/": _within(_divide),
    "//": _within(operator.floordiv),
    "%": _within(operator.mod),
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_MAKERS: dict[type, Callable[[Any], Quick | None]] = {
    nodes.Number: _constant,
    nodes.Bool: _constant,
    nodes.Shape: _shape,
    nodes.Name: _name,
    nodes.Binary: lambda node: _logical(node) if node.operator in ("and", "or") else _binary(node),
    nodes.Unary: _unary,
    nodes.Conditional: _conditional,
    nodes.Index: _index,
    nodes.Call: _call,
    nodes.Range: _range,
}
