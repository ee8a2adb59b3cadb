"""Expressions → values.

`Expressions` walks syntax nodes in a scope. Where a value depends on a draw it asks `draw`, which
knows the path from the names being bound around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import Choice, Chooser, Continuous, Draw, Frame, Mark, Options
from smashdsl.elaborate.functions import FUNCTIONS, Uneven, binary, is_number, is_whole, truth, unary
from smashdsl.elaborate.limits import DEFAULT, Limits
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.values import (
    POISON,
    SYMBOLS,
    AppliedOp,
    BuiltinOp,
    Scope,
    Symbol,
    UserOp,
    show,
    type_name,
)
from smashdsl.ops import find_op
from smashdsl.syntax import nodes

DRAW_CALLS = ("uniform", "log_uniform", "chance", "some")


class Expressions:
    """Evaluates expressions; the base of the elaborator.

    `chooser` is None in a program: there, a draw is an error. `draws` lists the draws made.
    """

    def __init__(self, report: Report, chooser: Chooser | None, limits: Limits = DEFAULT,
                 constants: dict[Any, Any] | None = None) -> None:  # fmt: skip
        self.report = report
        self.chooser = chooser
        self.limits = limits
        self.draws: dict[str, Draw] = {}
        self.frames = [Frame()]
        self.marks: list[Mark] = []
        self.one_piece = False  # within a layer or section, whose draws all reach it
        self.bound: dict[str, tuple[str, Any]] = {}  # per draw, the name and value it ended up in
        self.where: tuple[str, ...] = ()  # the path of the scope that has been entered
        self.place = ""  # the same, joined
        self.binding: list[str] = []  # the names that the value under evaluation is bound to
        self.iterations = 0
        self.work = 0
        self.constants = {} if constants is None else constants  # options that never change, by node
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
            self.report.fail("E302", node.span, f"{what} must be a whole number, but this is "
                             + _described(value))  # fmt: skip
        if least is not None and value < least:
            self.report.fail("E303", node.span, f"{what} must be at least {least}, but this is {value}")
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
            self.report.fail("E302", node.span, f"this must be a list or a range, but it is {type_name(value)}")
        return value

    @contextmanager
    def entered(self, *parts: str) -> Iterator[None]:
        """Draws within belong to a deeper scope."""
        with self.within((*self.where, *parts)):
            yield

    @contextmanager
    def within(self, where: tuple[str, ...], one_piece: bool = False) -> Iterator[None]:
        """Draws within belong to this scope, whatever is around; those of `one_piece` belong together."""
        outer = self.where, self.place, self.binding, self.one_piece
        self.where, self.place, self.binding = where, ".".join(where), []
        if self.one_piece:
            try:
                yield
            finally:
                self.where, self.place, self.binding, _ = outer
            return
        self.one_piece = one_piece
        self.frames.append(Frame())
        try:
            yield
            if len(self.frames[-1].paths) > self.frames[-1].reached:
                self.mark("scope", 0, 0, len(self.draws))
        finally:
            self.frames.pop()
            self.where, self.place, self.binding, self.one_piece = outer

    def count_iteration(self, span: Span) -> None:
        self.iterations += 1
        if self.iterations > self.limits.iterations:
            self.report.fail("E802", span,
                             f"this network takes more than {self.limits.iterations:,} loop passes")  # fmt: skip

    # Draws --------------------------------------------------------------------------------

    def draw_path(self) -> str:
        binding = self.binding
        if len(binding) == 1:
            name = binding[0]
        else:
            name = "".join(p if p[0] == "[" or i == 0 else f".{p}" for i, p in enumerate(binding)) or "draw"
        path = f"{self.place}.{name}" if self.where else name
        if path not in self.draws:
            return path
        number = 2
        while f"{path}#{number}" in self.draws:
            number += 1
        return f"{path}#{number}"

    def _need_chooser(self, span: Span) -> Chooser:
        if self.chooser is None:
            self.report.fail(
                "E601", span, "a program may not draw", "this is chosen anew for each sample",
                helps=("make it a `space`, or write one value",),
            )  # fmt: skip
        return self.chooser

    def record(self, path: str, options: Options, value: Any, span: Span, chosen: Any) -> None:
        self.draws[path] = Draw(path, options, value, span, chosen, self.group_of(path))
        (self.frames[-1] if self.where else self.frames[0]).paths.append(path)

    def group_of(self, path: str) -> str:
        """The path of a draw in the current scope, without the scope's numbers."""
        return f"{_unnumbered(self.place)}{path[len(self.place) :]}"

    # Marks --------------------------------------------------------------------------------

    def mark(self, kind: str, part: int, layer: int, since: int) -> None:
        """Note a thing that draws may decide; `since` is the number of draws made before it began."""
        own = list(islice(reversed(self.draws), len(self.draws) - since))[::-1]
        around = [path for frame in self.frames for path in frame.paths if path not in own]
        self.marks.append(Mark(kind, part, layer, (*around, *own)))
        for frame in self.frames:
            frame.reached = len(frame.paths)

    def choose(self, labels: list[Any], weights: list[float] | None, span: Span) -> int:
        """Draw one of some labelled options; gives its index."""
        chooser = self._need_chooser(span)
        if not labels or (weights is not None and not any(w > 0 for w in weights)):
            self.report.fail("E602", span, "there is nothing to draw from",
                             "no option is left" if not labels else "every option weighs nothing")  # fmt: skip
        path, options = self.draw_path(), Choice(labels, weights)
        index = chooser.choice(path, options)
        self.record(path, options, labels[index], span, index)
        return index

    def _one_of(self, node: nodes.OneOf, scope: Scope) -> Any:
        self._need_chooser(node.span)
        known = self.constants.get(id(node))
        if known is None:
            known = self._options(node, scope)
            if _constant(node):
                self.constants[id(node)] = known
        values, labels, weights = known
        return values[self.choose(labels, weights, node.span)]

    def _options(self, node: nodes.OneOf, scope: Scope) -> tuple[Any, list[Any], list[float] | None]:
        """The values of the options, their labels and weights; one list or range stands for its members."""
        values: Any = [self.evaluate(option.value, scope) for option in node.options]
        weights = None
        if any(option.weight for option in node.options):
            weights = [self._weight(option.weight, scope) for option in node.options]
        elif len(values) == 1 and isinstance(values[0], list | range):
            values = values[0]
            self._count_items(len(values), node.span)
        return values, [_label(value) for value in values], weights

    def _weight(self, node: nodes.Expr | None, scope: Scope) -> float:
        if node is None:
            return 1.0
        value = self.evaluate(node, scope)
        if not is_number(value) or value < 0:
            self.report.fail("E603", node.span, f"a weight must be a number of at least 0, but this is {_described(value)}")
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
        return values[self.choose([_label(v) for v in values], weights, node.span)]

    def _draw_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        chooser = self._need_chooser(node.span)
        values = [self.evaluate(argument.value, scope) for argument in self._positional(node, name)]
        if not all(is_number(value) for value in values):
            self.report.fail("E302", node.span, f"`{name}` takes numbers")
        if name == "chance":
            return self._chance(node, values)
        if len(values) != 2:
            self.report.fail("E301", node.span, f"`{name}` takes 2 arguments, `{name}(low, high)`, but got {len(values)}")
        low, high = map(float, values)
        if low > high or (name == "log_uniform" and low <= 0):
            need = "0 < low <= high" if name == "log_uniform" else "low <= high"
            self.report.fail("E603", node.span, f"`{name}` needs {need}, but got {show(low)} and {show(high)}")
        path, options = self.draw_path(), Continuous(low, high, name == "log_uniform")
        value = chooser.continuous(path, options)
        self.record(path, options, value, node.span, value)
        return value

    def _chance(self, node: nodes.Call, values: list[Any]) -> bool:
        if len(values) != 1 or not 0 <= values[0] <= 1:
            self.report.fail("E603", node.span, "`chance` takes one probability between 0 and 1")
        return bool(self.choose([False, True], [1 - values[0], values[0]], node.span))

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

    def _count_items(self, count: int, span: Span) -> None:
        if count > self.limits.items:
            self.report.fail("E802", span, f"{count:,} items are more than the {self.limits.items:,} allowed")
        self.count_work(count, span)

    def count_work(self, amount: int, span: Span) -> None:
        self.work += amount
        if self.work > self.limits.work:
            self.report.fail("E802", span, "this network takes too much work to unroll",
                             f"more than {self.limits.work:,} list items and banks in all")  # fmt: skip

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        return self.index_into(base, node, scope)

    def index_into(self, base: Any, node: nodes.Index, scope: Scope) -> Any:
        """`base[index]` of a list or shape; sets of banks are the block's to index."""
        if not isinstance(base, list | range | tuple):
            self.report.fail("E302", node.base.span, f"{type_name(base)} cannot be indexed".capitalize())
        return self.pick(base, self.evaluate(node.index, scope), node)

    def pick(self, base: Any, index: Any, node: nodes.Index) -> Any:
        """The item of a list at an index, or those at several."""
        if isinstance(index, list | range):
            return [self._item(base, i, node) for i in index]
        return self._item(base, index, node)

    def _item(self, base: Any, index: Any, node: nodes.Index) -> Any:
        if not is_whole(index):
            self.report.fail("E302", node.index.span, f"an index must be a whole number, but this is {_described(index)}")
        if not 0 <= index < len(base):
            inside = f"it has {len(base)} items, 0 to {len(base) - 1}" if len(base) else "it is empty"
            self.report.fail("E304", node.index.span, f"index {index} is outside of the list: {inside}")
        return base[index]

    def _positional(self, node: nodes.Call, name: str) -> tuple[nodes.Argument, ...]:
        for argument in node.arguments:
            if argument.name is not None:
                self.report.fail("E301", argument.span, f"`{name}` takes no argument named `{argument.name}`")
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
        if isinstance(callee, BuiltinOp | UserOp):
            return self.apply_arguments(callee, node, scope)
        self.report.fail("E302", node.callee.span, f"{type_name(callee)} cannot be called".capitalize())

    def _function(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        if name == "fixed" and len(node.arguments) == 1:
            argument = node.arguments[0].value
            if not isinstance(argument, nodes.Name) or argument.id != "gabor":
                self.report.fail("E305", argument.span, "the fixed filters to choose from are: gabor")
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
        self.report.fail("E503", node.span, "`some` chooses banks, and there are none outside a block")

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        self.report.fail("E503", node.span, f"`{name}` is about banks, and there are none outside a block")

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
                    self.report.fail("E301", argument.span, f"`{op.name}` takes {most}, but this is number {position + 1}",
                                     helps=(signature(op),))  # fmt: skip
                name = names[position]
            elif name not in names:
                self.report.fail("E301", argument.span, f"`{op.name}` has no parameter `{name}`", helps=(signature(op),))
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
        step = 1 if node.step is None else self.as_whole(values[2], node.step, "the step of a range", 1)
        return range(start, stop + 1, step)


@cache
def _unnumbered(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)


def _described(value: Any) -> str:
    return show(value) if is_number(value) else type_name(value)


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
        for given in op.definition.parameters:
            parts.append(given.name if given.default is None else f"{given.name}={given.default.span.text}")
    return f"`{op.name}({', '.join(parts)})`"


def _label(value: Any) -> Any:
    """How a genome names an option."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | range):
        return [_label(item) for item in value]
    if isinstance(value, Symbol):
        return value.name
    return show(value)


_LITERALS = (nodes.Number, nodes.Shape, nodes.Bool)


def _constant(node: nodes.OneOf) -> bool:
    """Whether the options are literals, the same wherever they are evaluated."""
    return all(_literal(o.value) and (o.weight is None or _literal(o.weight)) for o in node.options)


def _literal(node: nodes.Expr) -> bool:
    if isinstance(node, nodes.List):
        return all(map(_literal, node.items))
    if isinstance(node, nodes.Range):
        return _literal(node.start) and _literal(node.stop) and (node.step is None or _literal(node.step))
    return isinstance(node, _LITERALS)
