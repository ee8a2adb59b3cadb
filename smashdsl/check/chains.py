"""Chains of stages over a whole space: shapes whose channels and resolution may be tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from smashdsl.check.abstract import Undecided
from smashdsl.check.costs import Total
from smashdsl.check.flow import Flow
from smashdsl.check.operations import Operations
from smashdsl.check.values import Case, Table
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.stages import DRAWN
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Scope, UserOp, type_name
from smashdsl.syntax import nodes


class Chains(Operations):
    """Walks stages. As in the elaborator a chain gives its IR, here empty, and its shape."""

    # Cases ----------------------------------------------------------------------------------

    def flows(self, table: Any, run: Callable[[Any], Flow | None]) -> Flow | None:
        """`run(value)` gives a flow for each value of a table; these merged, with their costs."""
        if not isinstance(table, Table):
            return run(table)
        outer, before, met = self.tables.domain, self.totals, self.met
        names = len(self.binding)
        flows: dict[Case, Flow] = {}
        spent: dict[Case, dict[str, Any]] = {}
        most = met
        for case in self.tables.cases(table):
            self.tables.domain, self.met = case.domain, met.copy()
            self.totals = {name: Total() for name in before}
            try:
                flow = run(case.value)
                costs = {name: total.value(self.tables) for name, total in self.totals.items()}
            except Stop:
                del self.binding[names:]
                continue
            finally:
                self.tables.domain, self.totals = outer, before
                most = most | self.met
            spent[case] = costs
            if flow is not None:
                flows[case] = flow
        self.met = most
        for name, total in before.items():
            if spent:
                of_this = {case: costs[name] for case, costs in spent.items()}
                total.add(self.tables.merged(table, of_this), self.tables)
        return self._merged_flow(table, flows) if flows else None

    def _merged_flow(self, table: Table, flows: Mapping[Case, Flow]) -> Flow:
        return Flow(
            self.tables.merged(table, {case: flow.channels for case, flow in flows.items()}),
            self.tables.merged(table, {case: flow.spatial for case, flow in flows.items()}),
        )

    def body(self, body: Sequence[Any], scope: Scope, shape: Any) -> Any:
        """As the elaborator's; a decision that depends on draws splits the walk of the body."""
        names, mark = dict(scope.names), self.mark_walk()
        try:
            return super().body(body, scope, shape)
        except Undecided as undecided:
            self.take_back(mark)

            def again(_: Any) -> Flow | None:
                found: Flow | None = self.body(body, Scope(scope.parent, dict(names)), shape)[1]
                return found

            return (), self.flows(undecided.table, again)

    # Stages ---------------------------------------------------------------------------------

    def stage(self, node: nodes.Stage, scope: Scope, shape: Any) -> Any:
        if not isinstance(node, nodes.Optional):
            return super().stage(node, scope, shape)

        def either(there: bool) -> Any:
            return self.stage(node.stage, scope, shape)[1] if there else shape

        return (), self.flows(self.truth_of(node.condition, scope), either)

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        if not isinstance(node.callee, nodes.Name) or scope.find(node.callee.id) is not None:
            callee = self.evaluate(node.callee, scope)
            if isinstance(callee, Table):
                return self.by_cases(callee, lambda op: self._applied(op, node, scope))
        return super()._call(node, scope)

    def _applied(self, op: Any, node: nodes.Call, scope: Scope) -> Any:
        if not isinstance(op, BuiltinOp | UserOp):
            self.report.fail("E302", node.callee.span, f"{type_name(op)} cannot be called")
        return self.apply_arguments(op, node, scope)

    def _apply(self, node: nodes.Apply, scope: Scope, shape: Any) -> Any:
        drawn = isinstance(node.op, DRAWN)
        value = self.evaluate_as("op", node.op, scope) if drawn else self.evaluate(node.op, scope)
        return (), self.flows(value, lambda op: self._apply_one(op, node, shape))

    def _apply_one(self, value: Any, node: nodes.Apply, shape: Any) -> Any:
        if isinstance(value, BuiltinOp | UserOp):
            value = AppliedOp(value, {}, {}, node.span.text)
        if not isinstance(value, AppliedOp):
            problem = f"a stage must be an operation, but this is {type_name(value)}"
            self.report.fail("E307", node.span, problem)
        if isinstance(value.op, BuiltinOp):
            return self._builtin(value.op, value, node.span, shape)[1]
        return self._user(value.op, value, node.span, shape)[1]

    # Combinators ----------------------------------------------------------------------------

    def _combine(self, node: nodes.Combine, scope: Scope, shape: Any) -> Any:
        branches: list[tuple[tuple[nodes.Stage, ...], Span]] = []
        flags: list[Any] = []
        for branch in node.branches:
            only = branch.stages[0]
            optional = len(branch.stages) == 1 and isinstance(only, nodes.Optional)
            if optional and isinstance(only, nodes.Optional):
                flags.append(self.truth_of(only.condition, scope))
                branches.append(((only.stage,), branch.span))
            else:
                flags.append(True)
                branches.append((branch.stages, branch.span))
        present = self.tables.lift(lambda *plain: plain, *flags, failed=lambda _: None)

        def run(there: tuple[bool, ...]) -> Flow | None:
            kept = [branch for yes, branch in zip(there, branches, strict=True) if yes]
            return self._meet_branches(node, kept, scope, shape)

        return (), self.flows(present, run)

    def _meet_branches(
        self,
        node: nodes.Combine,
        branches: Sequence[tuple[tuple[nodes.Stage, ...], Span]],
        scope: Scope,
        shape: Any,
    ) -> Flow | None:
        flows = [(self.chain(stages, scope, shape)[1], span) for stages, span in branches]
        if not flows:
            self.suspect("E408", node.span, f"every branch of this `{node.rule}` is left out")
            return None
        if any(flow is None for flow, _ in flows):
            return None
        first = flows[0][0]
        for flow, span in flows[1:]:
            self._agree(node, first, flow, span)
        if node.rule != "cat":
            return first  # type: ignore[no-any-return]
        total = self.tables.lift(
            lambda *sizes: sum(sizes), *(flow.channels for flow, _ in flows), failed=lambda _: None
        )
        return Flow(total, first.spatial)

    def _agree(self, node: nodes.Combine, first: Flow, flow: Flow, span: Span) -> None:
        def same(a: Any, b: Any) -> bool:
            if a != b:
                raise ValueError(f"the branches of `{node.rule}` do not fit together: {a} and {b}")
            return True

        try:
            self.lift(span, same, first.spatial, flow.spatial, code="E409")
            if node.rule != "cat":
                self.lift(span, same, first.channels, flow.channels, code="E409")
        except Stop:
            return
