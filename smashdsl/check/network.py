"""Whole networks under analysis: blocks, the head, and what requirements say of all programs.

`SpaceAnalysis` is one walk over a space that covers all its programs. Values that depend on draws
are tables; where the text branches on one, every case is walked under the options that lead to it
and the outcomes are merged.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from smashdsl.check.abstract import Undecided
from smashdsl.check.bankstate import FULL, AbstractBlock, SomeBanks
from smashdsl.check.flow import Flow
from smashdsl.check.layers import Layers
from smashdsl.check.values import Failed, GaveUp, Interval
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.settings import train_number
from smashdsl.elaborate.stages import shown
from smashdsl.elaborate.values import Dynamic, Scope, UserOp
from smashdsl.ir.training import TrainSetting
from smashdsl.syntax import nodes

UNROLLED = (nodes.Input, nodes.Classes, nodes.OpDef)


class SpaceAnalysis(Layers):
    """Walks whole networks; what is found is in `findings` and `report`."""

    def walk(self, node: nodes.Network, file_scope: Scope) -> None:
        """Analyse a whole network.

        Raises:
            GaveUp: it took too much work.
        """
        scope = Scope(file_scope, {"channels": Dynamic(self._channels)})
        for statement in node.body:
            if isinstance(statement, nodes.OpDef):
                scope.names[statement.name] = UserOp(statement, scope)
        given = self._input(node, scope)
        if given is None:
            return
        self.shape = Flow(given[0], given[1:])
        rest = [statement for statement in node.body if not isinstance(statement, UNROLLED)]
        self.run(rest, scope, self._statement)
        found = self.findings
        found.blocks, found.transitions = self.block_count, self.transition_count
        found.layers = self.layers
        found.costs = {name: total.bounds(self.tables) for name, total in self.totals.items()}

    def _class_count(self, node: nodes.Expr, scope: Scope) -> Any:
        value = self.evaluate(node, scope)
        return self.by_cases(value, lambda n: self.as_whole(n, node, "the number of classes", 1))

    # Blocks ---------------------------------------------------------------------------------

    def block(self, node: nodes.Section, scope: Scope, shape: Any) -> Any:
        state = self.state = AbstractBlock(self.block_count, shape.channels)
        self.block_count += 1
        self.fill_span = node.keyword_span
        inner = Scope(scope, {
            "channels": shape.channels,
            "reads": Dynamic(lambda: state.reads),
            "depth": Dynamic(lambda: state.depth),
            "written": Dynamic(self._written),
        })  # fmt: skip

        def handle(statement: Any, where: Scope) -> None:
            match statement:
                case nodes.BankDecl():
                    self._declare(statement, where, state)
                case nodes.Enter():
                    self._enter(statement, where, state)
                case nodes.Leave():
                    self._leave(statement, where, state)
                case nodes.Layer():
                    self._layer(statement, where, state, shape)

        outer, self.positions = self.positions, [f"{state.number}:{self.places.name(node.span)}"]
        try:
            if shape.spatial == ():
                self.suspect("E405", node.keyword_span, "a block needs a spatial input")
            with self.within((f"block[{state.number}]",)):
                self.run(node.body, inner, handle)
            self._fill(state, node.keyword_span)
            return None, self._output(node, state, shape)
        finally:
            self.positions, self.state = outer, None

    def _leave(self, node: nodes.Leave, scope: Scope, state: Any) -> None:
        self._fill(state, node.span)
        leaving = self.some_banks(node.banks, scope)
        self._not_none(leaving, node.span, "no bank leaves the block")
        if isinstance(leaving, tuple):
            for i in leaving:
                if state.status[i] != FULL and not state.broken:
                    name = state.banks[i].name
                    self.suspect("E501", node.span, f"bank `{name}` leaves the block, but is empty")
        elif leaving.fresh[1]:
            self.suspect("E501", node.span, "an empty bank may leave the block")
        state.leave = leaving

    def _output(self, node: nodes.Section, state: AbstractBlock, shape: Flow) -> Flow:
        found = self.findings
        found.banks = max(found.banks, len(state.banks))
        found.bank_sizes |= {bank.size for bank in state.banks}
        found.widest = max(found.widest, state.size(range(len(state.banks))))
        leaving: Any = self.written_set(state) if state.leave is None else state.leave
        kept = leaving.candidates if isinstance(leaving, SomeBanks) else leaving
        used = state.read_banks | set(kept)
        for i, bank in enumerate(state.banks):
            name = (node.span.start, bank.name)
            if i in used:
                found.used.add(name)
            else:
                found.unread.setdefault(name, node.keyword_span)
        return Flow(self.channels_of(leaving), shape.spatial)

    def _train_checked(self, known: TrainSetting, value: Any, span: Span) -> Any:
        def check(plain: Any) -> float:
            return train_number(known, plain)

        if isinstance(value, Interval):
            return self.ends_fit(value, check, span, "E303")
        return self.lift(span, check, value, code="E303")

    def _section(self, node: nodes.Section, scope: Scope) -> None:
        self.met = Counter()
        super()._section(node, scope)
        self.note_met()

    # The end --------------------------------------------------------------------------------

    def _check_classes(self, node: nodes.Section) -> None:
        if self.shape is None or self.classes is None:
            return

        def ends(channels: int, spatial: Any, classes: int) -> bool:
            if channels != classes or spatial:
                given = shown((channels, *spatial))
                raise ValueError(f"the head gives {given}, but there are {classes} classes")
            return True

        flow: Any = self.shape
        sizes = flow.channels, flow.spatial, self.classes
        self.lift(node.keyword_span, ends, *sizes, code="E407")

    def requirement(self, node: nodes.Require, scope: Scope) -> bool | None:
        """True or False where a requirement holds always or never; None where it depends, or where
        telling took too much work."""
        costs = {name: total.value(self.tables) for name, total in self.totals.items()}
        inner = Scope(scope, {**costs, "depth": Interval(0, math.inf)})
        try:
            value = self.truth_of(node.condition, inner, "require")
        except (Stop, Undecided, Failed, GaveUp):
            return None
        return value if isinstance(value, bool) else None
