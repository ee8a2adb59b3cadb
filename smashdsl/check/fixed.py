"""Whether all programs of a space make the same draws, with the same options.

It rests on the analysis of the whole space: what that cannot rule out counts as differing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashdsl.check.abstract import Undecided, uncertain
from smashdsl.check.bankstate import SomeBanks
from smashdsl.check.findings import DrawSite
from smashdsl.check.network import SpaceAnalysis
from smashdsl.check.values import GaveUp, Table
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, module_scope
from smashdsl.elaborate.values import Scope
from smashdsl.syntax import nodes


class _Fixedness(SpaceAnalysis):
    """Walks a space and notes draws that some programs make otherwise, or not at all.

    As long as `varying` is empty, `draws` are those of every program: none is within a branch that
    draws decide, where the tables' domain is restricted; no options or weights depend on draws; and
    no number in a path does.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.varying: list[Span] = []
        self._open = 0  # loops around that go on until a condition holds

    def seen(self, span: Span, kind: str, *given: Any) -> tuple[str, DrawSite]:
        numbered = self.state is not None and uncertain(self.state.depth)
        depends = any(isinstance(each, SomeBanks) or uncertain(each) for each in given)
        if self.tables.domain or self._open or numbered or depends:
            self.varying.append(span)
        return super().seen(span, kind, *given)

    def _repeat_until(self, node: nodes.Repeat, scope: Scope, handler: Any) -> None:
        self._open += 1
        try:
            super()._repeat_until(node, scope, handler)
        finally:
            self._open -= 1

    def _go_on(self, before: Any, ends: Sequence[Any], shape: Any, table: Table | None) -> None:
        """Paths count blocks and transitions: where these differ, all that follows does."""
        if len({(end.blocks, end.transitions) for end in ends}) > 1:
            self.varying.append(self._at)
        super()._go_on(before, ends, shape, table)

    def ready(self, node: Any) -> None:
        self._at = node.span
        super().ready(node)


def varying_place(definition: Definition) -> Span | None:
    """A place where programs of a space may make different draws, or with different options.

    None where all programs make the same draws, each with the same options and weights.
    """
    analysis = _Fixedness(Report())
    name = definition.network.name_span
    try:
        analysis.walk(definition.network, module_scope(definition.module, analysis))
    except (GaveUp, Undecided, RecursionError, SmashError):
        return analysis.varying[0] if analysis.varying else name
    if analysis.varying:
        return analysis.varying[0]
    found = analysis.findings
    return name if found.lost or found.suspicions or analysis.report.found else None
