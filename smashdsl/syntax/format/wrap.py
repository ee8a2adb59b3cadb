"""Statements that are longer than a line.

Lines are broken before `->`, after the commas of brackets and before binary operators: where
the author broke them, and where a line would become too long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from smashdsl.diagnostics.span import Span
from smashdsl.syntax import nodes
from smashdsl.syntax.format import flat
from smashdsl.syntax.precedence import CONDITIONAL

WIDTH = 100
_STEP = 2
_FARTHEST = 60


@dataclass(frozen=True, slots=True)
class Breaks:
    """Where the author broke lines; `text` is empty for trees that were not written by one."""

    text: str = ""

    def inside(self, span: Span) -> bool:
        return "\n" in self.text[span.start : span.end]

    def between(self, before: Span, after: Span) -> bool:
        return "\n" in self.text[before.end : after.start]


class Wrapper:
    """Writes one statement over as many lines as it needs.

    `tail` is always the number of characters that will follow on the same line.
    """

    def __init__(self, breaks: Breaks, indent: int) -> None:
        self.breaks = breaks
        self.lines: list[str] = [" " * indent]

    @property
    def column(self) -> int:
        return len(self.lines[-1])

    @property
    def indent(self) -> int:
        return self.column - len(self.lines[-1].lstrip())

    def text(self, text: str) -> None:
        self.lines[-1] += text

    def newline(self, indent: int) -> None:
        self.lines[-1] = self.lines[-1].rstrip()
        self.lines.append(" " * indent)

    def fits(self, text: str, tail: int = 0) -> bool:
        return self.column + len(text) + tail <= WIDTH

    def leaf(self, node: flat.Leaf, tail: int = 0) -> None:
        """A statement that holds no others."""
        text = flat.leaf(node)
        if self.fits(text, tail) and not self.breaks.inside(node.span):
            self.text(text)
            return
        match node:
            case nodes.Chain():
                self.chain(node.stages, tail)
            case nodes.Layer():
                self._layer(node, tail)
            case nodes.Let() | nodes.Setting() | nodes.Classes():
                self._ending(text, node.value, tail)
            case nodes.Require():
                self._ending(text, node.condition, tail)
            case nodes.BankDecl():
                self._ending(text, node.size, tail)
            case _:
                self.text(text)

    def _ending(self, text: str, value: nodes.Expr, tail: int) -> None:
        """A statement that ends with an expression."""
        self.text(text.removesuffix(flat.expression(value)))
        self.expression(value, tail)

    def _layer(self, node: nodes.Layer, tail: int) -> None:
        indent = self.indent + _STEP
        self.text("read ")
        self._read(node.read, 0 if node.stages else 3)
        before = node.read.span
        for stage in node.stages:
            self._arrow(before, stage.span, self._opening(stage, indent), indent, 0)
            self.stage(stage, 0)
            before = stage.span
        self._arrow(before, node.write.span, flat.write(node.write), indent, tail)
        self.text("write ")
        self._members(node.write.banks, tail)
        if node.write.rule is not None:
            self.text(" by ")
            self.expression(node.write.rule, tail)

    def _read(self, node: nodes.Read, tail: int) -> None:
        if node.reduce is None:
            self._members(node.banks, tail)
            return
        self.text(node.reduce)
        writers = [_Item(bank, flat.expression(bank), self.expression) for bank in node.banks]
        self._bracketed("(", writers, ")", tail)

    def _members(self, banks: Sequence[nodes.Expr], tail: int) -> None:
        column = self.column
        for i, bank in enumerate(banks):
            if i:
                self._comma(banks[i - 1].span, bank.span, flat.expression(bank), column, tail)
            self.expression(bank, tail if i == len(banks) - 1 else 1)

    def chain(self, stages: Sequence[nodes.Stage], tail: int) -> None:
        """Stages joined by arrows; lines after the first are indented more."""
        indent = self.indent + _STEP
        for i, stage in enumerate(stages):
            rest = tail if i == len(stages) - 1 else 0
            if i:
                text = self._opening(stage, indent)
                self._arrow(stages[i - 1].span, stage.span, text, indent, rest)
            self.stage(stage, rest)

    def _opening(self, stage: nodes.Stage, indent: int) -> str:
        """What must fit on a line for a stage to start there: all of it, unless it has braces
        that will be spread over lines anyway."""
        text = flat.stage(stage)
        inner = stage.stage if isinstance(stage, nodes.Optional) else stage
        if not isinstance(inner, nodes.Combine):
            return text
        spread = self.breaks.inside(stage.span) or indent + len("-> ") + len(text) > WIDTH
        return f"{inner.rule} {{" if spread else text

    def _arrow(self, before: Span, after: Span, text: str, indent: int, tail: int) -> None:
        if self.breaks.between(before, after) or not self.fits(f" -> {text}", tail):
            self.newline(indent)
            self.text("-> ")
        else:
            self.text(" -> ")

    def stage(self, node: nodes.Stage, tail: int) -> None:
        """One stage."""
        text = flat.stage(node)
        if self.fits(text, tail) and not self.breaks.inside(node.span):
            self.text(text)
            return
        match node:
            case nodes.Apply():
                self.expression(node.op, tail)
            case nodes.Optional():
                condition = f" if {flat.expression(node.condition)}"
                self.stage(node.stage, len(condition) + tail)
                self.text(condition)
            case nodes.Chain():
                self.text("(")
                self.chain(node.stages, tail + 1)
                self.text(")")
            case nodes.Combine():
                self._combine(node)

    def _combine(self, node: nodes.Combine) -> None:
        indent = self.indent
        self.text(f"{node.rule} {{")
        for i, branch in enumerate(node.branches):
            last = i == len(node.branches) - 1
            self.newline(indent + _STEP)
            self.chain(branch.stages, 0 if last else 2)
            self.text("" if last else " ;")
        self.newline(indent)
        self.text("}")

    def expression(self, node: nodes.Expr, tail: int, least: int = CONDITIONAL) -> None:
        """An expression, in parentheses if it holds together less tightly than `least`."""
        text = flat.expression(node, least)
        if self.fits(text, tail) and not self.breaks.inside(node.span):
            self.text(text)
        elif flat.level(node) < least:
            self.text("(")
            self.expression(node, tail + 1)
            self.text(")")
        else:
            self._long(node, text, tail)

    def _long(self, node: nodes.Expr, text: str, tail: int) -> None:
        match node:
            case nodes.Binary():
                self._binary(node, tail)
            case nodes.Call():
                self.text(flat.postfixed(node.callee))
                items = [_Item(a, flat.argument(a), self._argument) for a in node.arguments]
                self._bracketed("(", items, ")", tail)
            case nodes.OneOf():
                options = [_Item(o, flat.option(o), self._option) for o in node.options]
                self._bracketed("one_of(", options, ")", tail)
            case nodes.OneOfIn(weight=weight) if weight is not None:
                self._split("one_of(", text, f"weight {flat.expression(weight)})", tail)
            case nodes.Comprehension():
                self._split("[", text, text[len(flat.expression(node.item)) + 2 :], tail)
            case nodes.List():
                values = [_Item(v, flat.expression(v), self.expression) for v in node.items]
                self._bracketed("[", values, "]", tail)
            case _:
                self.text(text)

    def _split(self, opening: str, text: str, end: str, tail: int) -> None:
        """A text in brackets, with its end on a line of its own if it is too long."""
        if self.fits(text, tail):
            self.text(text)
            return
        column = self.column + len(opening)
        self.text(text.removesuffix(end))
        self.newline(column)
        self.text(end)

    def _binary(self, node: nodes.Binary, tail: int) -> None:
        left, right = flat.sides(node)
        self.expression(node.left, 0, left)
        indent = self.indent + 2 * _STEP if len(self.lines) == 1 else self.indent
        text = f" {node.operator} {flat.expression(node.right, right)}"
        if self.breaks.between(node.left.span, node.right.span) or not self.fits(text, tail):
            self.newline(indent)
            self.text(f"{node.operator} ")
        else:
            self.text(f" {node.operator} ")
        self.expression(node.right, tail, right)

    def parameters(self, node: nodes.OpDef) -> None:
        """`op name(parameters)`."""
        text = flat.header(node)
        if self.fits(text, 2) and not self._broken(node.parameters):
            self.text(text)
            return
        items = [_Item(p, flat.parameter(p), self._parameter) for p in node.parameters]
        self.text(f"op {node.name}")
        self._bracketed("(", items, ")", 2)

    def _broken(self, parameters: Sequence[nodes.Parameter]) -> bool:
        return any(self.breaks.between(a.span, b.span) for a, b in pairwise(parameters))

    def _parameter(self, node: nodes.Parameter, tail: int) -> None:
        if node.default is None:
            self.text(node.name)
        else:
            self.text(f"{node.name} = ")
            self.expression(node.default, tail)

    def _argument(self, node: nodes.Argument, tail: int) -> None:
        if node.name:
            self.text(f"{node.name}=")
        self.expression(node.value, tail)

    def _option(self, node: nodes.Option, tail: int) -> None:
        weight = "" if node.weight is None else f": {flat.expression(node.weight)}"
        self.expression(node.value, len(weight) + tail)
        self.text(weight)

    def _bracketed(self, opening: str, items: Sequence[_Item], closing: str, tail: int) -> None:
        """Items between brackets, lined up behind the opening one."""
        hanging = self.indent + 2 * _STEP
        self.text(opening)
        column = self.column if self.column <= _FARTHEST else hanging
        for i, item in enumerate(items):
            rest = tail + len(closing) if i == len(items) - 1 else 1
            if i:
                self._comma(items[i - 1].node.span, item.node.span, item.text, column, rest)
            item.write(item.node, rest)
        self.text(closing)

    def _comma(self, before: Span, after: Span, text: str, column: int, tail: int) -> None:
        if self.breaks.between(before, after) or not self.fits(f", {text}", tail):
            self.text(",")
            self.newline(column)
        else:
            self.text(", ")


@dataclass(frozen=True, slots=True)
class _Item:
    """Something between brackets, its text on one line, and what writes it on several."""

    node: nodes.Expr | nodes.Argument | nodes.Option | nodes.Parameter
    text: str
    write: Callable[..., None]
