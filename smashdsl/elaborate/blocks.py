"""Blocks and their layers → IR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import Note
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.banks import BlockState, dealable, deals_out
from smashdsl.elaborate.banksets import BankSets
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.stages import Shape, shown
from smashdsl.elaborate.values import BuiltinOp, Dynamic, Scope, Symbol
from smashdsl.ir import Block, Layer
from smashdsl.ir.naming import layer_path
from smashdsl.syntax import nodes

RULES = ("add", "replace", "mul", "max", "mean")


class Blocks(BankSets):
    """Elaborates the statements of a block."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layer_count = 0
        self.block_count = 0
        self.traced: list[tuple[Span, tuple[int, ...] | None]] = []

    def block(
        self, node: nodes.Section, scope: Scope, shape: tuple[int, ...]
    ) -> tuple[Block | None, Shape]:
        """One block; None where mistakes leave nothing to build."""
        state = self.state = BlockState(self.block_count, shape[0])
        self.block_count += 1
        self.fill_span = node.keyword_span
        self.block_node = node
        inner = Scope(
            scope,
            {
                "channels": shape[0],
                "reads": Dynamic(lambda: state.reads),
                "depth": Dynamic(lambda: state.depth),
                "written": Dynamic(self._written),
            },
        )

        def handle(statement: Any, where: Scope) -> None:
            match statement:
                case nodes.BankDecl():
                    self._declare(statement, where, state)
                case nodes.Enter():
                    self._enter(statement, where, state)
                case nodes.Leave():
                    state.leave = self.banks(statement.banks, where)
                    self._leave_full(statement, state)
                case nodes.Layer():
                    self._layer(statement, where, state, shape)

        outer_positions, self.positions = (
            self.positions,
            [f"{state.number}:{self.places.name(node.span)}"],
        )
        with self.within((f"block[{state.number}]",)):
            self.run(node.body, inner, handle)
        self.positions, self.state = outer_positions, None
        return self._finish(node, state, shape)

    def _finish(
        self, node: nodes.Section, state: BlockState, shape: tuple[int, ...]
    ) -> tuple[Block | None, Shape]:
        try:
            self._fill(state, node.keyword_span)
        except Stop:
            return None, None
        leave = state.written() if state.leave is None else state.leave
        if not leave:
            return None, None
        block = Block(tuple(state.banks), state.enter or (), tuple(state.layers), leave, node.span)
        return block, (state.size(leave), *shape[1:])

    def recover(self, node: Any) -> None:
        if self.state is not None:
            self.state.broken = True

    # Layers -------------------------------------------------------------------------------

    def _layer(
        self, node: nodes.Layer, scope: Scope, state: BlockState, block_shape: tuple[int, ...]
    ) -> None:
        self.layer_count += 1
        if self.layer_count > self.limits.layers:
            self.report.fail(
                "E801", node.span, f"this network has more than {self.limits.layers:,} layers"
            )
        self.fill_span = node.read.span
        self._fill(state, node.read.span)
        since = len(self.draws)
        self.path = layer_path(state.number, len(state.layers))
        with self.within((f"block[{state.number}]", f"layer[{state.depth}]"), one_piece=True):
            try:
                self._layer_parts(node, scope, state, block_shape)
            finally:
                state.depth += 1
            self.mark("layer", state.number, state.depth - 1, since)

    def _layer_parts(
        self, node: nodes.Layer, scope: Scope, state: BlockState, block_shape: tuple[int, ...]
    ) -> None:
        reads = self._banks_as("read", node.read.banks, scope)
        channels = self._read(node.read, reads, state)
        state.reads += state.size(reads)
        inner = Scope(scope, {"channels": channels})
        stages, out = self.chain(node.stages, inner, (channels, *block_shape[1:]))
        if out is not None and out[1:] != block_shape[1:]:
            out = self._lost_resolution(node, scope, channels, block_shape, out)
        writes = self._banks_as("write", node.write.banks, inner)
        self.count_work(len(reads) + len(writes), node.span)
        rule = self._rule(node.write, inner)
        self._write(node.write, writes, out, state)
        position = f"{self.positions[0]}/{self.places.name(node.span)}"
        state.layers.append(
            Layer(reads, node.read.reduce or "cat", stages, writes, rule, position, node.span)
        )

    def _read(self, node: nodes.Read, reads: tuple[int, ...], state: BlockState) -> int:
        if not reads:
            self.report.fail("E502", node.span, "this layer reads no bank")
        for i in reads:
            if not state.full[i] and not state.broken:
                name = state.banks[i].name
                self.report.error(
                    "E501",
                    self._item_span(node, i, state),
                    f"bank `{name}` is empty here",
                    "nothing has been written to it",
                    self._writers(state, i),
                )
        if node.reduce is None:
            return state.size(reads)
        sizes = {state.banks[i].size for i in reads}
        if len(sizes) > 1:
            self.report.error(
                "E507",
                node.span,
                f"`{node.reduce}` needs banks of one size, but these are " + state.describe(reads),
            )
        return state.banks[reads[0]].size

    def _item_span(self, node: nodes.Read, bank: int, state: BlockState) -> Span:
        """The place of the item that names a bank, where it names it literally."""
        name = state.banks[bank].name
        family = name.partition("[")[0]
        for item in node.banks:
            if item.span.text.replace(" ", "") == name:
                return item.span
        for item in node.banks:
            if item.span.text.partition("[")[0].strip() == family:
                return item.span
        return node.span

    def _lost_resolution(
        self,
        node: nodes.Layer,
        scope: Scope,
        channels: int,
        block_shape: tuple[int, ...],
        out: tuple[int, ...],
    ) -> tuple[int, ...]:
        place = node.stages[0].span.to(node.stages[-1].span)
        before = "x".join(map(str, block_shape[1:]))
        after = "x".join(map(str, out[1:])) or "a vector"
        self.report.error(
            "E508",
            self.resolution_span(node, (channels, *block_shape[1:])) or place,
            f"a layer keeps its block's resolution, but {before} became {after}",
            helps=("downsample in a `transition`",),
        )
        return (out[0], *block_shape[1:])

    def resolution_span(self, node: nodes.Layer, shape: tuple[int, ...]) -> Span | None:
        """The first stage written in the layer itself after which the resolution differs."""
        return next(
            (span for span, spatial in self.traced if spatial is not None and spatial != shape[1:]),
            None,
        )

    def chain(self, chain: Sequence[nodes.Stage], scope: Scope, shape: Shape) -> Any:
        """As `Stages.chain`, noting the resolution after each of a layer's own stages."""
        if self.state is None or self.calls:
            return super().chain(chain, scope, shape)
        stages: list[Any] = []
        traced: list[tuple[Span, tuple[int, ...] | None]] = []
        for node in chain:
            more, shape = super().chain((node,), scope, shape)
            stages.extend(more)
            traced.append((node.span, None if shape is None else shape[1:]))
        self.traced = traced
        return tuple(stages), shape

    def _rule(self, node: nodes.Write, scope: Scope) -> str:
        if node.rule is None:
            return "add"
        value = self.evaluate_as("by", node.rule, scope)
        name = value.name if isinstance(value, Symbol | BuiltinOp) else ""
        if name == "sum":
            name = "add"
        if name not in RULES:
            self.report.fail(
                "E510",
                node.rule.span,
                "a value can be written by " + ", ".join(f"`{r}`" for r in RULES),
            )
        return name

    def _write(
        self, node: nodes.Write, writes: tuple[int, ...], out: Shape, state: BlockState
    ) -> None:
        if not writes:
            state.broken = True
            self.report.fail("E502", node.span, "this layer writes to no bank")
        sizes = [state.banks[i].size for i in writes]
        if out is not None and not deals_out(sizes, out[0]):
            fits = dealable(sizes)
            could = (
                " or ".join(map(str, fits))
                if len(fits) <= 6
                else f"{', '.join(map(str, fits[:5]))}, … or {fits[-1]}"
            )
            self.report.error(
                "E511",
                write_place(node),
                f"{out[0]} channels cannot be dealt out to banks of {_sizes(sizes)}: "
                f"{state.describe(writes)}",
                f"{could} channels would fit",
                (Note(f"the layer's value is {shown(out)}"),),
            )
        for i in writes:
            state.full[i] = True


def _sizes(sizes: Sequence[int]) -> str:
    return " and ".join(map(str, sorted(set(sizes))))


def write_place(node: nodes.Write) -> Span:
    """Everything behind the keyword `write`, from the blank on."""
    source, start = node.span.source, node.span.start
    while start > 0 and source.text[start - 1].isspace():
        start -= 1
    return Span(source, start, node.span.end)
