"""Statements walked by cases: where draws decide, every outcome is walked in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.check.abstract import Undecided
from smashdsl.check.bankstate import AbstractBlock
from smashdsl.check.chains import Chains
from smashdsl.check.costs import Total
from smashdsl.check.flow import Flow
from smashdsl.check.values import Case, GaveUp, Interval, Table
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import Scope
from smashdsl.syntax import nodes

Handler = Callable[[Any, Scope], None]
MOST_SPLITS = 40  # cases within cases
STEP = 100  # rows of a table that walking one statement is as much work as


class UndecidedBlock(Undecided):
    """The layout of a block depends on a table: the whole block is walked by cases."""


@dataclass
class Machine:
    """Everything that a statement may change."""

    shape: Any
    block: AbstractBlock | None
    totals: dict[str, Total]
    blocks: int
    transitions: int
    draws: int
    layers: tuple[int, int]
    head: Any
    stem: Any
    met: Counter[str]


class Cases(Chains):
    """Runs statements; `layers` bounds the number of layers so far."""

    state: AbstractBlock | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layers: tuple[int, int] = (0, 0)
        self.splits = 0

    def machine(self) -> Machine:
        """What has been reached so far, for `reset`."""
        block = self.state.snapshot() if self.state is not None else None
        totals = {name: total.copy() for name, total in self.totals.items()}
        return Machine(
            self.shape, block, totals, self.block_count, self.transition_count, len(self.draws),
            self.layers, self.head, self.stem, self.met.copy(),
        )  # fmt: skip

    def reset(self, machine: Machine) -> None:
        """Go on from there."""
        self.shape = machine.shape
        if machine.block is not None and self.state is not None:
            self.state.become(machine.block)
        self.totals = {name: total.copy() for name, total in machine.totals.items()}
        self.block_count, self.transition_count = machine.blocks, machine.transitions
        while len(self.draws) > machine.draws:
            self.draws.popitem()
        self.layers, self.met = machine.layers, machine.met.copy()
        self.head, self.stem = machine.head, machine.stem

    def fresh_totals(self) -> None:
        """Count costs from zero, so that those of what follows are known apart."""
        self.totals = {name: Total() for name in self.totals}

    def run(self, body: Sequence[Any], scope: Scope, handler: Handler) -> None:
        for node in body:
            self.tables.spend(STEP)
            self.ready(node)
            before, names, binding = self.machine(), dict(scope.names), len(self.binding)
            try:
                super().run([node], scope, handler)
            except UndecidedBlock as undecided:
                if not isinstance(node, nodes.Section):
                    raise
                self._again(node, scope, handler, before, names, binding, undecided.table)
            except Undecided as undecided:
                if isinstance(node, nodes.BankDecl | nodes.Enter | nodes.Leave):
                    raise UndecidedBlock(undecided.table) from None
                self._again(node, scope, handler, before, names, binding, undecided.table)

    def ready(self, node: Any) -> None:
        """Called before a statement is walked."""

    def _again(
        self, node: Any, scope: Scope, handler: Handler, before: Machine, names: dict[str, Any],
        binding: int, table: Table,
    ) -> None:  # fmt: skip
        """Walk a statement that could not be decided once more, by cases."""
        del self.binding[binding:]
        self.reset(before)
        found: dict[Case, dict[str, Any]] = {}

        def walk(case: Case) -> None:
            scope.names.clear()
            scope.names.update(names)
            self.run([node], scope, handler)
            found[case] = dict(scope.names)

        self.split(table, walk)
        for name in {name for outcome in found.values() for name in outcome}:
            values = {case: outcome[name] for case, outcome in found.items() if name in outcome}
            different = len({id(value) for value in values.values()}) > 1
            scope.names[name] = (
                self.tables.merged(table, values) if different else next(iter(values.values()))
            )

    def split(self, table: Table, run: Callable[[Case], None]) -> None:
        """Run under each value of a table, and go on with what holds after any of them."""
        before = self.machine()
        self.fresh_totals()
        start = self.machine()
        after: dict[Case, Machine] = {}
        outer, names = self.tables.domain, len(self.binding)
        self.splits += 1
        if self.splits > MOST_SPLITS:
            raise GaveUp
        for case in self.tables.cases(table):
            self.tables.domain = case.domain
            self.reset(start)
            try:
                run(case)
                self._settle_totals()
                after[case] = self.machine()
            except Stop:
                del self.binding[names:]
            finally:
                self.tables.domain = outer
        self.splits -= 1
        if not after:
            self.reset(before)
            raise Stop
        self.merge(before, after, table)

    def _settle_totals(self) -> None:
        """Sum up each cost under the present domain."""
        spent = {name: total.value(self.tables) for name, total in self.totals.items()}
        self.fresh_totals()
        for name, value in spent.items():
            self.totals[name].add(value, self.tables)

    # Merging --------------------------------------------------------------------------------

    def merge(self, before: Machine, after: Mapping[Case, Machine], table: Table) -> None:
        """Go on with what holds after each of a table's cases; costs in `after` count from zero."""
        ends = list(after.values())
        self._go_on(before, ends, self._shape_after(after, table), table)
        for name, total in self.totals.items():
            spent = {case: end.totals[name].value(self.tables) for case, end in after.items()}
            total.add(self.tables.merged(table, spent), self.tables)

    def merge_any(self, before: Machine, ends: Sequence[Machine]) -> None:
        """Go on with what holds whichever of several ways was taken."""
        shapes = [end.shape for end in ends]
        shape = None
        if None not in shapes:
            shape = Flow(
                self.tables.unknown_of([shape.channels for shape in shapes]),
                self.tables.unknown_of([shape.spatial for shape in shapes]),
            )
        self._go_on(before, ends, shape, None)
        for name, total in self.totals.items():
            pairs = [end.totals[name].bounds(self.tables) for end in ends]
            low, high = min(a for a, _ in pairs), max(b for _, b in pairs)
            total.add(low if low == high else Interval(low, high), self.tables)

    def _go_on(
        self, before: Machine, ends: Sequence[Machine], shape: Any, table: Table | None
    ) -> None:
        block = ends[0].block
        for end in ends[1:]:
            if block is not None and end.block is not None:
                if block.layout() != end.block.layout():
                    raise UndecidedBlock(table) if table else GaveUp
                block = block.joined(end.block)
        layers = min(end.layers[0] for end in ends), max(end.layers[1] for end in ends)
        met: Counter[str] = Counter()
        for end in ends:
            met |= end.met
        self.reset(Machine(
            shape, block, before.totals,
            max(end.blocks for end in ends), max(end.transitions for end in ends), before.draws,
            layers, ends[0].head, ends[0].stem, met,
        ))  # fmt: skip

    def _shape_after(self, after: Mapping[Case, Machine], table: Table) -> Flow | None:
        if any(end.shape is None for end in after.values()):
            return None
        return self._merged_flow(table, {case: end.shape for case, end in after.items()})
