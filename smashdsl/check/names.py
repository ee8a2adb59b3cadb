"""Names: every one used is defined, none is defined twice, none hides a quantity of the language.

Looks at the text alone, all of it, also at what no network reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.diagnostic import Note
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.choices import DRAW_CALLS
from smashdsl.elaborate.functions import FUNCTIONS
from smashdsl.elaborate.modules import Module
from smashdsl.elaborate.network import COSTS
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.values import SYMBOLS
from smashdsl.ops import find_op, op_names
from smashdsl.syntax import nodes

IN_NETWORK = ("channels", "classes")
IN_BLOCK = ("reads", "depth", "written")
PREDEFINED = (*IN_NETWORK, *IN_BLOCK, *COSTS)
CALLS = (*FUNCTIONS, *DRAW_CALLS, "count", "fresh")


@dataclass
class Names:
    """The names in a part of the text, each with the place that defines it (None: the language)."""

    parent: Names | None = None
    known: dict[str, Span | None] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.known or (self.parent is not None and self.parent.has(name))

    def all(self) -> list[str]:
        return [*self.known, *(self.parent.all() if self.parent else ())]

    def inner(self, *names: str) -> Names:
        return Names(self, dict.fromkeys(names))


def check_names(module: Module, report: Report) -> None:
    """Report what is wrong with the names of a file and of the files it uses."""
    waiting, seen = [module], set()
    while waiting:
        module = waiting.pop()
        if id(module) not in seen:
            seen.add(id(module))
            _check_file(module, report)
            waiting += reversed(module.uses)


def _check_file(module: Module, report: Report) -> None:
    walk = _Walk(report)
    top = Names()
    for used in module.uses:
        for item in used.tree.items:
            if isinstance(item, nodes.Let | nodes.OpDef):
                top.known[item.name] = item.name_span
    mine = Names(top)
    for item in module.tree.items:
        if isinstance(item, nodes.Let | nodes.OpDef):
            walk.define(item.name, item.name_span, mine)
    networks: dict[str, Span] = {}
    for item in module.tree.items:
        if isinstance(item, nodes.Let):
            walk.expression(item.value, mine)
        elif isinstance(item, nodes.OpDef):
            walk.op(item, mine)
        elif isinstance(item, nodes.Network):
            if item.name in networks:
                walk.twice(item.name, item.name_span, networks[item.name])
            networks.setdefault(item.name, item.name_span)
            walk.network(item, mine)


class _Walk:
    def __init__(self, report: Report) -> None:
        self.report = report

    def define(self, name: str, span: Span, names: Names) -> None:
        if name in PREDEFINED:
            problem = f"`{name}` is a quantity of the language and cannot be defined"
            self.report.error("E204", span, problem, helps=("choose another name",))
        known = names.known.get(name)
        if known is not None:
            self.twice(name, span, known)
        names.known[name] = span

    def twice(self, name: str, span: Span, first: Span) -> None:
        self.report.error("E203", span, f"`{name}` is defined twice",
                          notes=(Note(f"`{name}` is first defined here", first),))  # fmt: skip

    # Definitions ------------------------------------------------------------------------------

    def network(self, node: nodes.Network, outer: Names) -> None:
        names = outer.inner("channels")
        for statement in node.body:
            if isinstance(statement, nodes.Classes):
                names.known["classes"] = None
                self.expression(statement.value, outer)
            elif isinstance(statement, nodes.OpDef):
                self.define(statement.name, statement.name_span, names)
        for statement in node.body:
            if isinstance(statement, nodes.OpDef):
                self.op(statement, names)
            else:
                self.statements([statement], names)

    def op(self, node: nodes.OpDef, outer: Names) -> None:
        names = outer.inner("channels")
        for parameter in node.parameters:
            self.define(parameter.name, parameter.span, names)
            if parameter.default is not None:
                self.expression(parameter.default, names)
        self.statements(node.body, Names(names))

    # Statements -------------------------------------------------------------------------------

    def statements(self, body: Sequence[Any], names: Names) -> None:
        for node in body:
            match node:
                case nodes.Let():
                    self.expression(node.value, names)
                    self.define(node.name, node.name_span, names)
                case nodes.For():
                    self.expression(node.iterable, names)
                    self.statements(node.body, names.inner(node.target))
                case nodes.Repeat():
                    self.each((node.count, node.until), names)
                    self.statements(node.body, names.inner())
                case nodes.If():
                    self.expression(node.condition, names)
                    self.statements(node.body, names.inner())
                    self.statements(node.otherwise, names.inner())
                case nodes.Chain():
                    self.stage(node, names)
                case nodes.Section():
                    extra = IN_BLOCK if node.kind == "block" else ()
                    self.statements(node.body, names.inner(*extra))
                case nodes.BankDecl():
                    self.each((node.count, node.size), names)
                    self.define(node.name, node.name_span, names)
                case nodes.Enter() | nodes.Leave():
                    self.each(node.banks, names)
                case nodes.Layer():
                    self.layer(node, names)
                case nodes.Encoding() | nodes.Train():
                    self.each([setting.value for setting in node.settings], names)
                case nodes.Require():
                    self.expression(node.condition, names.inner(*COSTS))

    def layer(self, node: nodes.Layer, names: Names) -> None:
        self.each(node.read.banks, names)
        for stage in node.stages:
            self.stage(stage, names)
        self.each((*node.write.banks, node.write.rule), names)

    def stage(self, node: nodes.Stage, names: Names) -> None:
        match node:
            case nodes.Apply():
                self.operation(node.op, names)
            case nodes.Combine():
                for branch in node.branches:
                    self.stage(branch, names)
            case nodes.Optional():
                self.stage(node.stage, names)
                self.expression(node.condition, names)
            case nodes.Chain():
                for stage in node.stages:
                    self.stage(stage, names)

    def operation(self, node: nodes.Expr, names: Names) -> None:
        """An expression that stands for a stage: its name must be an operation's."""
        if isinstance(node, nodes.Name):
            if not names.has(node.id) and find_op(node.id) is None:
                self.unknown("E202", "operation", node, [*names.all(), *op_names()])
        elif isinstance(node, nodes.Call):
            self.operation(node.callee, names)
            self.each([argument.value for argument in node.arguments], names)
        else:
            self.expression(node, names)

    # Expressions ------------------------------------------------------------------------------

    def each(self, expressions: Iterable[nodes.Expr | None], names: Names) -> None:
        for expression in expressions:
            if expression is not None:
                self.expression(expression, names)

    def expression(self, node: nodes.Expr, names: Names) -> None:
        match node:
            case nodes.Name():
                if not names.has(node.id) and node.id not in SYMBOLS and find_op(node.id) is None:
                    self.unknown(
                        "E201", "name", node, [*names.all(), *op_names(), *SYMBOLS, *CALLS]
                    )
            case nodes.List():
                self.each(node.items, names)
            case nodes.Comprehension():
                self.expression(node.iterable, names)
                self.each((node.condition, node.item), names.inner(node.target))
            case nodes.Index():
                self.each((node.base, node.index), names)
            case nodes.Call():
                self.call(node, names)
            case nodes.Unary():
                self.expression(node.operand, names)
            case nodes.Binary():
                self.each((node.left, node.right), names)
            case nodes.Conditional():
                self.each((node.then, node.condition, node.otherwise), names)
            case nodes.Range():
                self.each((node.start, node.stop, node.step), names)
            case nodes.OneOf():
                for option in node.options:
                    self.each((option.value, option.weight), names)
            case nodes.OneOfIn():
                self.expression(node.iterable, names)
                self.each((node.weight,), names.inner(node.target))

    def call(self, node: nodes.Call, names: Names) -> None:
        if isinstance(node.callee, nodes.Name):
            name = node.callee.id
            if not names.has(name) and name not in CALLS and find_op(name) is None:
                self.unknown(
                    "E201",
                    "function or operation",
                    node.callee,
                    [*names.all(), *CALLS, *op_names()],
                )
        else:
            self.expression(node.callee, names)
        self.each([argument.value for argument in node.arguments], names)

    def unknown(self, code: str, what: str, node: nodes.Name, candidates: Iterable[str]) -> None:
        close = did_you_mean(node.id, candidates)
        helps = [f"did you mean `{close}`?"] if close else []
        if node.id in PREDEFINED:
            where = {"classes": "the network declares no `classes`"}
            known = (
                "it is known inside blocks" if node.id in IN_BLOCK else "it is known in `require`"
            )
            helps = [
                where.get(
                    node.id,
                    known if node.id != "channels" else "it is known inside networks and ops",
                )
            ]
        self.report.error(code, node.span, f"there is no {what} `{node.id}`", helps=helps)
