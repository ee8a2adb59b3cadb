"""Grouping a flat row of operands and operators into an expression.

From loosest to tightest: `a if c else b`, `or`, `and`, `not`, comparisons (which do not chain),
`a..b step s`, `+ -`, `* / // %`, unary `-`, `**` (grouped from the right).
"""

from __future__ import annotations

from collections.abc import Callable

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax import nodes
from smashdsl.syntax.errors import finished
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.limits import MAX_DEPTH, too_deep
from smashdsl.syntax.tokens import span_of

CONDITIONAL, OR, AND, NOT, COMPARISON, RANGE, SUM, PRODUCT, NEGATION, POWER = range(1, 11)

PRECEDENCE = {
    "else": 0, "if": CONDITIONAL, "or": OR, "and": AND,
    "==": COMPARISON, "!=": COMPARISON, "<": COMPARISON, "<=": COMPARISON,
    ">": COMPARISON, ">=": COMPARISON, "..": RANGE, "step": RANGE, "+": SUM, "-": SUM,
    "*": PRODUCT, "/": PRODUCT, "//": PRODUCT, "%": PRODUCT, "**": POWER,
}  # fmt: skip


class Grouping:
    """Groups one row, given last item first; mistakes go to `report` and grouping goes on."""

    def __init__(
        self,
        source: Source,
        row: list[nodes.Expr | Token],
        report: Callable[[Diagnostic], None],
    ) -> None:
        self.source = source
        self.row = row
        self.report = report
        self.depth = 0

    def expression(self) -> nodes.Expr:
        """The whole row as one expression."""
        result = self._climb(CONDITIONAL)
        self._finish()
        return result

    def filtered(self) -> tuple[nodes.Expr, nodes.Expr | None]:
        """The row after `in` of a comprehension: what is gone through, and the condition."""
        iterable = self._climb(OR)
        condition = None
        if self._next() == "if":
            self.row.pop()
            condition = self._climb(CONDITIONAL)
        self._finish()
        return iterable, condition

    def _finish(self) -> None:
        if self.row:
            self.report(finished.else_without_if(self._span(self.row[-1])))

    def _next(self) -> str:
        return str(self.row[-1]) if self.row and isinstance(self.row[-1], Token) else ""

    def _span(self, token: Token | nodes.Expr) -> Span:
        if isinstance(token, Token):
            return span_of(self.source, token)
        return token.span

    def _climb(self, lowest: int) -> nodes.Expr:
        left = self._prefixed()
        while self.row:
            operator = self.row[-1]
            if not isinstance(operator, Token) or PRECEDENCE[operator] < lowest:
                break
            self.row.pop()
            left = self._joined(left, operator)
        return left

    def _prefixed(self) -> nodes.Expr:
        first = self.row.pop()
        if not isinstance(first, Token):
            return first
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep(self._span(first))
        operand = self._climb(POWER if first.type == "NEG" else COMPARISON)
        self.depth -= 1
        span = self._span(first).to(operand.span)
        return nodes.Unary(str(first), operand, span)

    def _joined(self, left: nodes.Expr, operator: Token) -> nodes.Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep(self._span(operator))
        level = PRECEDENCE[operator]
        if level == RANGE:
            result = self._range(left, operator)
        elif level == CONDITIONAL:
            result = self._conditional(left, operator)
        else:
            right = self._climb(level if level == POWER else level + 1)
            if level == COMPARISON and PRECEDENCE.get(self._next()) == COMPARISON:
                following = self._span(self.row[-1])
                self.report(finished.chained_comparison(left, str(operator), right, following))
            span = Span(self.source, left.span.start, right.span.end)
            result = nodes.Binary(str(operator), left, right, self._span(operator), span)
        self.depth -= 1
        return result

    def _range(self, left: nodes.Expr, operator: Token) -> nodes.Expr:
        stop = self._climb(SUM)
        if operator == "step":
            self.report(finished.step_without_range(self._span(operator)))
            return left
        step = None
        if self._next() == "step":
            self.row.pop()
            step = self._climb(SUM)
        if self._next() == "..":
            self.report(finished.range_of_range(self._span(self.row[-1])))
        span = Span(self.source, left.span.start, (step or stop).span.end)
        return nodes.Range(left, stop, step, span)

    def _conditional(self, left: nodes.Expr, operator: Token) -> nodes.Expr:
        condition = self._climb(CONDITIONAL)
        if self._next() != "else":
            self.report(finished.conditional_without_else(self._span(operator)))
            return left
        self.row.pop()
        otherwise = self._climb(CONDITIONAL)
        span = Span(self.source, left.span.start, otherwise.span.end)
        return nodes.Conditional(left, condition, otherwise, span)
