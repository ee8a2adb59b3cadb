"""Layers over a whole space: what is read, and whether the value fits where it is written."""

from __future__ import annotations

from typing import Any

from smashdsl.check.banksets import BankSets
from smashdsl.check.bankstate import FULL, AbstractBlock, added
from smashdsl.check.flow import Flow
from smashdsl.check.weights import GENERATED, largest
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.banks import deals_out
from smashdsl.elaborate.blocks import RULES, write_place
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.stages import shown
from smashdsl.elaborate.values import Scope
from smashdsl.syntax import nodes


class Layers(BankSets):
    """Walks layers. `layer_position` is the place of the present one in the text."""

    layer_position = ""

    def _layer(self, node: nodes.Layer, scope: Scope, state: Any, block_shape: Any) -> None:
        self.fill_span = node.read.span
        self._fill(state, node.read.span)
        number = int(self.tables.bounds(state.depth)[0])
        self.met[GENERATED] = 0
        self.layer_position = f"{self.positions[0]}/{self.places.name(node.span)}"
        try:
            path = (f"block[{state.number}]", f"layer[{number}]")
            with self.within(path, one_piece=True):
                self._layer_parts(node, scope, state, block_shape)
        finally:
            self.note_met()
            state.depth = added(state.depth, 1, 1)
            self.layers = (self.layers[0] + 1, self.layers[1] + 1)

    def _layer_parts(self, node: nodes.Layer, scope: Scope, state: Any, block_shape: Any) -> None:
        self._note_plain(node)
        reads = self._named("read", node.read.banks, scope)
        size = self.channels_of(reads)
        channels = self._reading(node.read, reads, size, state)
        state.reads = added(state.reads, *self.tables.bounds(size))
        inner = Scope(scope, {"channels": channels})
        flow = self.chain(node.stages, inner, Flow(channels, block_shape.spatial))[1]
        if flow is not None:
            self._keeps_resolution(node, flow, block_shape)
        writes = self._named("write", node.write.banks, inner)
        if node.write.rule is not None:
            rule = self.evaluate_as("by", node.write.rule, inner)
            self.by_cases(rule, lambda plain: self._known_rule(plain, node.write))
        self._writing(node.write, writes, flow, state)

    def _named(self, name: str, items: tuple[nodes.Expr, ...], scope: Scope) -> Any:
        self.binding.append(name)
        banks = self.some_banks(items, scope)
        self.binding.pop()
        return banks

    def _note_plain(self, node: nodes.Layer) -> None:
        """A `some` that is all a layer reads, or writes, shows in the encoding anyway."""
        for kind, banks in (("read", node.read.banks), ("write", node.write.banks)):
            if len(banks) == 1 and isinstance(banks[0], nodes.Call):
                self.plain_sets[banks[0].span.start] = kind

    def _known_rule(self, value: Any, node: nodes.Write) -> str:
        name = getattr(value, "name", "")
        if name not in (*RULES, "sum") and node.rule is not None:
            listed = ", ".join(f"`{rule}`" for rule in RULES)
            self.report.fail("E510", node.rule.span, f"a value can be written by {listed}")
        return str(name)

    # Reading --------------------------------------------------------------------------------

    def _reading(self, node: nodes.Read, reads: Any, size: Any, state: AbstractBlock) -> Any:
        """Check what is read, and give the number of channels of the layer's value."""
        candidates = reads if isinstance(reads, tuple) else reads.candidates
        state.read_banks.update(candidates)
        if isinstance(reads, tuple):
            for i in reads:
                if state.status[i] != FULL and not state.broken:
                    place = self._item_span(node, i, state)
                    self.suspect("E501", place, f"bank `{state.banks[i].name}` is empty here")
        elif reads.fresh[1]:
            self.suspect("E501", node.span, "this may read an empty bank")
        self._not_none(reads, node.span, "this layer reads no bank")
        if node.reduce is None:
            return size
        if node.reduce == "attend":
            most = len(candidates) if reads is candidates else self.tables.bounds(reads.count)[1]
            largest(self.findings.shared, f"{self.layer_position}/attend.scores", (int(most),))
        sizes = sorted({state.banks[i].size for i in candidates})
        if len(sizes) > 1:
            self.suspect("E507", node.span, f"`{node.reduce}` needs banks of one size")
        return self.tables.unknown(sizes)

    def _not_none(self, banks: Any, span: Span, message: str) -> None:
        def some(count: int) -> int:
            if count < 1:
                raise ValueError(message)
            return count

        self.lift(span, some, len(banks) if isinstance(banks, tuple) else banks.count, code="E502")

    def _keeps_resolution(self, node: nodes.Layer, flow: Flow, block_shape: Flow) -> None:
        def same(before: Any, after: Any) -> bool:
            if before != after:
                change = f"{shown(before)} became {shown(after)}"
                raise ValueError(f"a layer keeps its block's resolution, but {change}")
            return True

        place = node.stages[0].span.to(node.stages[-1].span) if node.stages else node.span
        try:
            self.lift(place, same, block_shape.spatial, flow.spatial, code="E508")
        except Stop:
            return

    # Writing --------------------------------------------------------------------------------

    def _writing(self, node: nodes.Write, writes: Any, flow: Any, state: AbstractBlock) -> None:
        self._not_none(writes, node.span, "this layer writes to no bank")
        if flow is not None:
            try:
                self._fits(node, writes, flow.channels, state)
            except Stop:
                state.broken = True
        if isinstance(writes, tuple):
            state.fill(writes)
        else:
            state.fill_some(writes)

    def _fits(self, node: nodes.Write, writes: Any, channels: Any, state: AbstractBlock) -> None:
        candidates = writes if isinstance(writes, tuple) else writes.candidates
        sizes = [state.banks[i].size for i in candidates]
        place = write_place(node)

        def exact(value: int) -> bool:
            if not deals_out(sizes, value):
                banks = state.describe(candidates)
                raise ValueError(f"{value} channels cannot be dealt out to banks of {banks}")
            return True

        def uniform(value: int, count: int) -> bool:
            if value % sizes[0] or count * sizes[0] < value:
                banks = f"{count} banks of {sizes[0]}"
                raise ValueError(f"{value} channels cannot be dealt out to {banks}")
            return True

        if isinstance(writes, tuple):
            self.lift(place, exact, channels, code="E511")
        elif len(set(sizes)) == 1:
            self.lift(place, uniform, channels, writes.count, code="E511")
        else:
            self.suspect("E511", place, "a value may not fit the banks that are drawn")

    def recover(self, node: Any) -> None:
        super().recover(node)
        if isinstance(node, nodes.Layer) and self.state is not None:
            self.state.broken = True
