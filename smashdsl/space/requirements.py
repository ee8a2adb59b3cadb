"""Why samples were rejected: which requirement, how often, and how near they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.network import COSTS
from smashdsl.elaborate.requirements import Ceiling, conjuncts
from smashdsl.elaborate.run import Elaborated
from smashdsl.elaborate.values import Scope, show
from smashdsl.syntax import nodes

_SHORTFALL = {"<", "<=", ">", ">="}


@dataclass
class Rejections:
    """Counts rejected samples by requirement, with the nearest miss of each comparison."""

    counts: dict[Span, int] = field(default_factory=dict)
    nearest: dict[Span, tuple[float, str]] = field(default_factory=dict)

    def add(self, elaborated: Elaborated) -> None:
        require = elaborated.unmet
        assert require is not None
        self.counts[require.condition.span] = self.counts.get(require.condition.span, 0) + 1
        scope = next(scope for node, scope in elaborated.elaborator.requirements if node is require)
        costs = {name: getattr(elaborated.plan.costs, name) for name in COSTS}
        for part in conjuncts(require.condition):
            self._near(part, Scope(scope, costs), elaborated)

    def add_abandoned(self, ceiling: Ceiling) -> None:
        """Count a sample that was given up because a cost had passed what is worth going on for."""
        span = ceiling.require.condition.span
        self.counts[span] = self.counts.get(span, 0) + 1

    def budget(self, ceilings: Sequence[Ceiling]) -> dict[str, float]:
        """Per cost, the most that a sample may have to be accepted or to come nearer than all
        others."""
        return {
            ceiling.cost: ceiling.most + self.nearest[ceiling.part.span][0]
            for ceiling in ceilings
            if ceiling.part.span in self.nearest
        }

    def _near(self, part: nodes.Expr, scope: Scope, elaborated: Elaborated) -> None:
        if not isinstance(part, nodes.Binary) or part.operator not in _SHORTFALL:
            return
        evaluate = elaborated.elaborator.evaluate
        if evaluate(part, scope):
            return
        left, right = evaluate(part.left, scope), evaluate(part.right, scope)
        missed = abs(left - right)
        if part.span not in self.nearest or missed < self.nearest[part.span][0]:
            was = f"`{part.left.span.text}` was {grouped(left)}"
            self.nearest[part.span] = (
                missed,
                f"{was}, and must be {part.operator} {grouped(right)}",
            )

    def error(self, attempts: int, what: str) -> SmashError:
        """The error that says so after so many attempts in a row."""
        most = max(self.counts, key=lambda span: self.counts[span])
        notes = [
            Note(f"`require {span.text}` failed {count:,} of {attempts:,} times", span)
            for span, count in self.counts.items()
        ]
        notes += [Note(f"the nearest: {text}", span) for span, (_, text) in self.nearest.items()]
        return SmashError(
            Diagnostic(
                "E702",
                f"{attempts:,} samples in a row were rejected{what}",
                most,
                "this requirement rejected most",
                tuple(notes),
                ("loosen the requirement, or narrow the draws",),
            )
        )


def excess(elaborated: Elaborated) -> float:
    """How far a program is from meeting its requirements, as a sum of relative misses; 0 if it
    does."""
    costs = {name: getattr(elaborated.plan.costs, name) for name in COSTS}
    evaluate = elaborated.elaborator.evaluate
    total = 0.0
    for require, scope in elaborated.elaborator.requirements:
        inner = Scope(scope, costs)
        for part in conjuncts(require.condition):
            if evaluate(part, inner):
                continue
            if isinstance(part, nodes.Binary) and part.operator in _SHORTFALL:
                left, right = evaluate(part.left, inner), evaluate(part.right, inner)
                total += abs(left - right) / max(abs(right), 1) + 1e-9
            else:
                total += 1
    return total


def grouped(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else show(value)
