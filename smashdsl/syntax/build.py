"""From grammar rules to nodes.

`Builder` has one method for every rule or alias of `grammar/smash.lark`; the parser calls it
with the tokens and nodes of the rule's right-hand side, from the leaves up. Mistakes that only
show once a rule is complete are collected in `errors`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax import nodes
from smashdsl.syntax.errors import finished
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.numbers import read_number
from smashdsl.syntax.precedence import Grouping
from smashdsl.syntax.tokens import COMBINATORS

REDUCTIONS = frozenset({"sum", "mean", "max", "mul", "attend"})


class Rows:
    """Rules that make lists, and rules that only pass on what they hold."""

    source: Source
    errors: list[Diagnostic]

    def empty(self, _: list[Any]) -> list[Any]:
        return []

    def first(self, parts: list[Any]) -> list[Any]:
        return parts

    def append(self, parts: list[Any]) -> list[Any]:
        items: list[Any] = parts[0]
        items.append(parts[1])
        return items

    def append_separated(self, parts: list[Any]) -> list[Any]:
        items: list[Any] = parts[0]
        if not items or isinstance(items[-1], Token):
            self.errors.append(finished.stray_comma(self.span(parts[1])))
            del items[-1:]
        items.append(parts[2])
        return items

    def trailing(self, parts: list[Any]) -> list[Any]:
        items: list[Any] = parts[0]
        comma = parts[1]
        if not items or isinstance(items[-1], Token):
            self.errors.append(finished.stray_comma(self.span(comma)))
        else:
            items.append(comma)
        return items

    def only(self, parts: list[Any]) -> Any:
        return parts[0]

    item = statement = postfix = operand = stage = index = skip = only

    def body(self, parts: list[Any]) -> tuple[tuple[Any, ...], Token]:
        """The statements and the closing brace."""
        return tuple(parts[1]), parts[2]

    def span(self, first: Any, last: Any = None) -> Span:
        """From the start of one token or node to the end of another."""
        last = first if last is None else last
        start: Any = first.start if type(first) is Token else first.span.start
        end: Any = last.end if type(last) is Token else last.span.end
        return Span(self.source, start, end)

    def items(self, row: list[Any]) -> tuple[Any, ...]:
        """The row without a comma at its end."""
        if row and isinstance(row[-1], Token):
            row.pop()
        return tuple(row)


class Expressions(Rows):
    """Rules of expressions and bank sets."""

    def name(self, parts: list[Any]) -> nodes.Name:
        return nodes.Name(str(parts[0]), self.span(parts[0]))

    def number(self, parts: list[Any]) -> nodes.Number:
        token = parts[0]
        return nodes.Number(self._value(token, token), str(token), self.span(token))

    def _value(self, token: Token, text: str) -> int | float:
        try:
            return read_number(text)
        except ValueError as problem:
            self.errors.append(finished.number_out_of_range(self.span(token), str(problem)))
            return 1

    def shape(self, parts: list[Any]) -> nodes.Shape:
        token = parts[0]
        dims = tuple(int(self._value(token, size)) for size in token.split("x"))
        return nodes.Shape(dims, self.span(token))

    def boolean(self, parts: list[Any]) -> nodes.Bool:
        return nodes.Bool(parts[0] == "true", self.span(parts[0]))

    def parenthesised(self, parts: list[Any]) -> Any:
        return replace(parts[1], span=self.span(parts[0], parts[2]))

    group = parenthesised

    def list_literal(self, parts: list[Any]) -> nodes.List:
        return nodes.List(self.items(parts[1]), self.span(parts[0], parts[2]))

    def indexed(self, parts: list[Any]) -> nodes.Index:
        base, _, index, closing = parts
        return nodes.Index(base, index, self.span(base, closing))

    def call(self, parts: list[Any]) -> nodes.Call:
        callee, _, arguments, closing = parts
        return nodes.Call(callee, self.items(arguments), self.span(callee, closing))

    def argument(self, parts: list[Any]) -> nodes.Argument:
        name = str(parts[0]) if len(parts) == 3 else None
        return nodes.Argument(name, parts[-1], self.span(parts[0], parts[-1]))

    def comprehension(self, parts: list[Any]) -> nodes.Comprehension:
        item, _, target, _, row = parts
        last = row[0]
        iterable, condition = Grouping(self.source, row, self.errors.append).filtered()
        span = self.span(item, last)
        return nodes.Comprehension(item, str(target), iterable, condition, span)

    def draw(self, parts: list[Any]) -> nodes.OneOf:
        return nodes.OneOf(self.items(parts[2]), self.span(parts[0], parts[-1]))

    def draw_in(self, parts: list[Any]) -> nodes.OneOfIn:
        weight = parts[6] if len(parts) == 8 else None
        return nodes.OneOfIn(str(parts[2]), parts[4], weight, self.span(parts[0], parts[-1]))

    draw_weighted = draw_in

    def option(self, parts: list[Any]) -> nodes.Option:
        weight = parts[2] if len(parts) == 3 else None
        return nodes.Option(parts[0], weight, self.span(parts[0], parts[-1]))

    def expression(self, parts: list[Any]) -> Any:
        row = parts[0]
        if len(row) == 1:
            return row[0]
        return Grouping(self.source, row, self.errors.append).expression()

    def single(self, parts: list[Any]) -> list[Any]:
        return parts

    def prefixed(self, parts: list[Any]) -> list[Any]:
        """Rows are built from the right, last item first."""
        row: list[Any] = parts[1]
        row.append(parts[0])
        return row

    def joined(self, parts: list[Any]) -> list[Any]:
        row: list[Any] = parts[2]
        row.append(parts[1])
        row.append(parts[0])
        return row


class Builder(Expressions):
    """Rules of stages, statements and the file; one object serves one parse."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.errors: list[Diagnostic] = []

    def apply(self, parts: list[Any]) -> nodes.Apply:
        return nodes.Apply(parts[0], parts[0].span)

    def combine(self, parts: list[Any]) -> nodes.Combine:
        name, _, rows, closing = parts
        if name not in COMBINATORS:
            self.errors.append(finished.unknown_combinator(str(name), self.span(name)))
        return nodes.Combine(str(name), tuple(rows), self.span(name, closing))

    def optional(self, parts: list[Any]) -> nodes.Optional:
        return nodes.Optional(parts[0], parts[2], self.span(parts[0], parts[2]))

    def chain(self, parts: list[Any]) -> nodes.Chain:
        stages = parts[0]
        return nodes.Chain(tuple(stages), self.span(stages[0], stages[-1]))

    def let(self, parts: list[Any]) -> nodes.Let:
        keyword, name, _, value = parts
        return nodes.Let(str(name), self.span(name), value, self.span(keyword, value))

    def for_loop(self, parts: list[Any]) -> nodes.For:
        keyword, name, _, iterable, (body, closing) = parts
        span = self.span(keyword, closing)
        return nodes.For(str(name), self.span(name), iterable, body, span)

    def repeat(self, parts: list[Any]) -> nodes.Repeat:
        keyword, count, (body, closing) = parts
        return nodes.Repeat(count, None, body, self.span(keyword, closing))

    def repeat_until(self, parts: list[Any]) -> nodes.Repeat:
        keyword, _, until, (body, closing) = parts
        return nodes.Repeat(None, until, body, self.span(keyword, closing))

    def when(self, parts: list[Any]) -> nodes.If:
        keyword, condition, (body, closing) = parts
        return nodes.If(condition, body, (), self.span(keyword, closing))

    def when_else(self, parts: list[Any]) -> nodes.If:
        keyword, condition, (body, _), _, (otherwise, closing) = parts
        return nodes.If(condition, body, otherwise, self.span(keyword, closing))

    def when_else_when(self, parts: list[Any]) -> nodes.If:
        keyword, condition, (body, _), _, other = parts
        return nodes.If(condition, body, (other,), self.span(keyword, other))

    def bank(self, parts: list[Any]) -> nodes.BankDecl:
        keyword, name, _, size = parts
        return nodes.BankDecl(str(name), self.span(name), None, size, self.span(keyword, size))

    def banks(self, parts: list[Any]) -> nodes.BankDecl:
        keyword, name, _, count, _, _, size = parts
        return nodes.BankDecl(str(name), self.span(name), count, size, self.span(keyword, size))

    def enter(self, parts: list[Any]) -> nodes.Enter:
        return nodes.Enter(self.items(parts[1]), self.span(parts[0], parts[1][-1]))

    def leave(self, parts: list[Any]) -> nodes.Leave:
        return nodes.Leave(self.items(parts[1]), self.span(parts[0], parts[1][-1]))

    def layer(self, parts: list[Any]) -> nodes.Layer:
        keyword, read, stages, _, written = parts[:5]
        rule = parts[6] if len(parts) == 7 else None
        write = nodes.Write(tuple(written), rule, self.span(written[0], written[-1]))
        span = self.span(keyword, written[-1] if rule is None else rule)
        return nodes.Layer(self._read(read), tuple(stages), write, span)

    layer_by = layer

    def _read(self, members: list[nodes.Expr]) -> nodes.Read:
        span = self.span(members[0], members[-1])
        for member in members:
            reduced = _reduction(member)
            if reduced is None:
                continue
            rule, arguments = reduced
            if len(members) > 1:
                self.errors.append(finished.reduction_among_others(rule, member.span))
            if not arguments or any(each.name for each in arguments):
                self.errors.append(finished.reduction_of_what(rule, member.span))
            return nodes.Read(rule, tuple(each.value for each in arguments), span)
        return nodes.Read(None, tuple(members), span)

    def section(self, parts: list[Any]) -> nodes.Section:
        keyword, (body, closing) = parts
        span = self.span(keyword, closing)
        return nodes.Section(str(keyword), body, self.span(keyword), span)

    def input(self, parts: list[Any]) -> nodes.Input:
        return nodes.Input(self.shape(parts[1:]), self.span(parts[0], parts[1]))

    def classes(self, parts: list[Any]) -> nodes.Classes:
        return nodes.Classes(parts[1], self.span(parts[0], parts[1]))

    def encoding(self, parts: list[Any]) -> nodes.Encoding:
        return nodes.Encoding(tuple(parts[2]), self.span(parts[0], parts[3]))

    def train(self, parts: list[Any]) -> nodes.Train:
        return nodes.Train(tuple(parts[2]), self.span(parts[0], parts[3]))

    def setting(self, parts: list[Any]) -> nodes.Setting:
        name, _, value = parts
        return nodes.Setting(str(name), self.span(name), value, self.span(name, value))

    def require(self, parts: list[Any]) -> nodes.Require:
        return nodes.Require(parts[1], self.span(parts[0], parts[1]))

    def use(self, parts: list[Any]) -> nodes.Use:
        keyword, text = parts
        return nodes.Use(str(text[1:-1]), self.span(text), self.span(keyword, text))

    def op(self, parts: list[Any]) -> nodes.OpDef:
        keyword, name, (body, closing) = parts
        span = self.span(keyword, closing)
        return nodes.OpDef(str(name), self.span(name), (), body, span)

    def op_with_parameters(self, parts: list[Any]) -> nodes.OpDef:
        keyword, name, _, parameters, _, (body, closing) = parts
        span = self.span(keyword, closing)
        return nodes.OpDef(str(name), self.span(name), self.items(parameters), body, span)

    def parameter(self, parts: list[Any]) -> nodes.Parameter:
        default = parts[2] if len(parts) == 3 else None
        return nodes.Parameter(str(parts[0]), default, self.span(parts[0], parts[-1]))

    def network(self, parts: list[Any]) -> nodes.Network:
        keyword, name, (body, closing) = parts
        span = self.span(keyword, closing)
        return nodes.Network(str(keyword), str(name), self.span(name), body, span)

    def start(self, parts: list[Any]) -> nodes.File:
        return nodes.File(tuple(parts[0]), Span(self.source, 0, len(self.source.text)))


def _reduction(member: nodes.Expr) -> tuple[str, tuple[nodes.Argument, ...]] | None:
    """The rule and the arguments of `sum(...)` or one of its kin."""
    if not isinstance(member, nodes.Call) or not isinstance(member.callee, nodes.Name):
        return None
    return (member.callee.id, member.arguments) if member.callee.id in REDUCTIONS else None
