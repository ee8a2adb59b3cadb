"""Loops over a whole space: counts that are drawn, and conditions that draws decide."""

from __future__ import annotations

from typing import Any

from smashdsl.check.bankstate import added
from smashdsl.check.cases import Cases, Handler, Machine
from smashdsl.check.values import Case, Interval, Table
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import Scope
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import mentions

PASSES = 64  # passes of a loop without banks after which its end is doubted
WIDEN = 3  # passes after which any number of banks may be written


class Loops(Cases):
    """Walks `repeat`."""

    def _repeat(self, node: nodes.Repeat, scope: Scope, handler: Handler) -> None:
        if node.count is None:
            self._repeat_until(node, scope, handler)
            return
        count = self._count_value(node.count, scope)
        if isinstance(count, Table):
            self._repeat_drawn(node, count, scope, handler)
            return
        for number in range(self._plain_count(count, node)):
            self._pass(node, number, scope, handler)

    def _plain_count(self, count: Any, node: nodes.Repeat) -> int:
        whole = count.is_integer() if isinstance(count, float) else isinstance(count, int)
        if not whole or count < 0:
            place = node.count.span if node.count else node.span
            problem = "the number of repeats must be a whole number of at least 0"
            if isinstance(count, Interval):
                self.lose("E303", place, problem)
            self.suspect("E303", place, problem)
            raise Stop
        return int(count)

    def _count_value(self, node: nodes.Expr, scope: Scope) -> Any:
        if not isinstance(node, nodes.Range):
            return self.evaluate_as("repeat", node, scope)
        self.binding.append("repeat")
        values: Any = self._range(node, scope)
        if isinstance(values, Table):
            drawn = self.drawn_from(values, node.span)
        else:
            drawn = self.drawn(values, None, node.span) if len(values) else 0
        self.binding.pop()
        return drawn

    def _pass(self, node: nodes.Repeat, number: int, scope: Scope, handler: Handler) -> None:
        self.count_iteration(node.span)
        with self.entered(f"repeat[{number}]"):
            self.run(node.body, Scope(scope), handler)

    def _repeat_drawn(
        self, node: nodes.Repeat, count: Table, scope: Scope, handler: Handler
    ) -> None:
        """Each pass is walked under the counts that reach it."""
        cases = self.tables.cases(count)
        counts = [self._plain_count(case.value, node) for case in cases]
        before = self.machine()
        self.fresh_totals()
        after: dict[Case, Machine] = {}
        outer = self.tables.domain
        for number in range(max(counts) + 1):
            ending = [case for case, n in zip(cases, counts, strict=True) if n == number]
            after.update((case, self.machine()) for case in ending)
            reaching = [case.domain for case, n in zip(cases, counts, strict=True) if n > number]
            if reaching:
                self.tables.domain = self.tables.either(reaching)
                try:
                    self._pass(node, number, scope, handler)
                finally:
                    self.tables.domain = outer
        self.merge(before, after, count)

    # Until a condition holds ----------------------------------------------------------------

    def _repeat_until(self, node: nodes.Repeat, scope: Scope, handler: Handler) -> None:
        """Walk passes until the banks' state no longer changes, then count on without walking."""
        assert node.until is not None
        before = self.machine()
        self.fresh_totals()
        exits: list[Machine] = []
        counted = mentions(node.body, ("reads", "depth"))
        number = 0
        while True:
            done = self.truth_of(node.until, scope, "until")
            if done is not False:
                exits.append(self.machine())
            if done is True:
                break
            start = self.machine()
            self.fresh_totals()
            self._pass(node, number, scope, handler)
            step = self.machine()
            self._add_up(start, step)
            number += 1
            if start.block is None:
                if number > PASSES:
                    self.suspect("E802", node.span, "this loop may never end")
                    break
            elif self._joined_with(start.block, number) and number > 1 and not counted:
                self._count_on(node, scope, start, step, exits)
                break
        if exits:
            self.merge_any(before, exits)

    def _add_up(self, start: Machine, step: Machine) -> None:
        """The costs so far and those of one pass."""
        self.totals = {name: total.copy() for name, total in start.totals.items()}
        for name, total in step.totals.items():
            self.totals[name].add(total.value(self.tables), self.tables)

    def _joined_with(self, head: Any, number: int) -> bool:
        """Weaken the banks' state to what holds before or after a pass; true if nothing changed."""
        assert self.state is not None
        counters = self.state.reads, self.state.depth
        self.state.become(head.joined(self.state))
        self.state.reads, self.state.depth = counters
        if number > WIDEN and not self.state.same_banks(head):
            self.state.most, self.state.least = len(self.state.status), head.least
            self.state.settle()
        return self.state.same_banks(head)

    def _count_on(
        self, node: nodes.Repeat, scope: Scope, start: Machine, step: Machine,
        exits: list[Machine],
    ) -> None:  # fmt: skip
        """Every further pass changes the counters and costs within the bounds of the last one."""
        assert self.state is not None
        assert node.until is not None
        steps = {name: total.bounds(self.tables) for name, total in step.totals.items()}
        reads, depth = (
            self._difference(getattr(start.block, name), getattr(step.block, name))
            for name in ("reads", "depth")
        )
        layers = tuple(b - a for a, b in zip(start.layers, step.layers, strict=True))
        met = step.met - start.met
        for _ in range(self.limits.layers):
            done = self.truth_of(node.until, scope, "until")
            if done is True or (done is not False and len(exits) < 2):
                exits.append(self.machine())
            if done is True:
                return
            self.state.reads = added(self.state.reads, *reads)
            self.state.depth = added(self.state.depth, *depth)
            self.layers = (self.layers[0] + layers[0], self.layers[1] + layers[1])
            self.met = self.met + met
            for name, (low, high) in steps.items():
                self.totals[name].add(Interval(low, high), self.tables)
        exits.append(self.machine())
        self.suspect("E802", node.span, "this loop may never end")

    def _difference(self, before: Any, after: Any) -> tuple[float, float]:
        (a, b), (c, d) = self.tables.bounds(before), self.tables.bounds(after)
        return c - a, d - b
