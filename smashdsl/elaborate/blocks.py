"""Blocks: bank declarations, bank sets and layers → IR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import Note
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.banks import BlockState, dealable, deals_out, filled_by
from smashdsl.elaborate.draws import Subset
from smashdsl.elaborate.functions import is_whole
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.stages import Shape, Stages, shown
from smashdsl.elaborate.values import Banks, BuiltinOp, Dynamic, Family, Scope, Symbol, type_name
from smashdsl.ir import Block, Layer
from smashdsl.ir.naming import layer_path
from smashdsl.syntax import nodes

RULES = ("add", "replace", "mul", "max", "mean")


class Blocks(Stages):
    """Elaborates the statements of a block."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state: BlockState | None = None
        self.layer_count = 0
        self.block_count = 0
        self.fill_span: Span | None = None  # where to say that the block's input fits no banks
        self.traced: list[tuple[Span, tuple[int, ...] | None]] = []

    def block(self, node: nodes.Section, scope: Scope, shape: tuple[int, ...]) -> tuple[Block | None, Shape]:
        """One block; None where mistakes leave nothing to build."""
        state = self.state = BlockState(self.block_count, shape[0])
        self.block_count += 1
        self.fill_span = node.keyword_span
        inner = Scope(scope, {
            "channels": shape[0],
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
                    state.leave = self.banks(statement.banks, where)
                    self._leave_full(statement, state)
                case nodes.Layer():
                    self._layer(statement, where, state, shape)

        outer_positions, self.positions = self.positions, [f"{state.number}:{self._place(node.span)}"]
        with self.within((f"block[{state.number}]",)):
            self.run(node.body, inner, handle)
        self.positions, self.state = outer_positions, None
        return self._finish(node, state, shape)

    def _finish(self, node: nodes.Section, state: BlockState, shape: tuple[int, ...]) -> tuple[Block | None, Shape]:
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

    # Banks --------------------------------------------------------------------------------

    def _declare(self, node: nodes.BankDecl, scope: Scope, state: BlockState) -> None:
        count = 1
        if node.count is not None:
            self.binding.append(f"{node.name}.count")
            count = self.whole(node.count, scope, "the number of banks", 0)
            self.binding.pop()
        if len(state.banks) + count > self.limits.banks:
            self.report.fail("E802", node.span, f"a block may have at most {self.limits.banks:,} banks")
        self.binding.append(f"{node.name}.size")
        size = self.whole(node.size, scope, "the size of a bank", 1)
        self.binding.pop()
        if any(family.name == node.name for family in state.families):
            self.report.fail("E203", node.name_span, f"this block has a bank `{node.name}` already")
        scope.names[node.name] = state.declare(node.name, [size] * count, node.count is None)

    def _enter(self, node: nodes.Enter, scope: Scope, state: BlockState) -> None:
        banks = self.banks(node.banks, scope)
        if state.enter is not None:
            self.report.fail("E509", node.span, "the block's input has entered its banks already",
                             helps=("`enter` stands before the first layer",))  # fmt: skip
        self._set_enter(state, banks)
        if state.size(banks) != state.channels:
            self.report.error(
                "E506", node.span,
                f"the block's input has {state.channels} channels, but these banks hold "
                f"{state.size(banks)}: {state.describe(banks)}",
            )  # fmt: skip

    def _set_enter(self, state: BlockState, banks: tuple[int, ...]) -> None:
        state.enter = banks
        for i in banks:
            state.full[i] = True

    def _fill(self, state: BlockState, span: Span | None) -> None:
        """Deal the block's input to its banks, if that has not happened."""
        if state.enter is not None:
            return
        sizes = [bank.size for bank in state.banks]
        count = filled_by(sizes, state.channels)
        if count is None:
            everything = tuple(range(len(sizes)))
            state.broken = state.broken or not sizes
            self._set_enter(state, everything[:1])
            self.report.fail(
                "E506", span,
                f"the block's input of {state.channels} channels does not end on a bank's edge: "
                + (state.describe(everything) or "the block has no banks"),
                helps=("declare banks that it fills exactly, in order, or name them with `enter`",),
            )  # fmt: skip
        self._set_enter(state, tuple(range(count)))

    def _leave_full(self, node: nodes.Leave, state: BlockState) -> None:
        self._fill(state, node.span)
        for i in state.leave or ():
            if not state.full[i] and not state.broken:
                name = state.banks[i].name
                self.report.error("E501", node.span, f"bank `{name}` leaves the block, but is empty here",
                                  notes=self._writers(state, i))  # fmt: skip

    def _writers(self, state: BlockState, bank: int) -> tuple[Note, ...]:
        writers = [layer for layer in state.layers if bank in layer.writes]
        name = state.banks[bank].name
        if not writers:
            return (Note(f"no layer before this writes `{name}`"),)
        return tuple(Note(f"this layer writes `{name}`", layer.span) for layer in writers[:3])

    # Bank sets ----------------------------------------------------------------------------

    def _state(self) -> BlockState:
        assert self.state is not None
        return self.state

    def _written(self) -> Banks:
        state = self._state()
        if state.enter is None:
            self._fill(state, self.fill_span)
        return Banks(state.written())

    def banks(self, items: Sequence[nodes.Expr], scope: Scope) -> tuple[int, ...]:
        """The banks that a list of items names, each once, in order."""
        found: dict[int, None] = {}
        for item in items:
            found.update(dict.fromkeys(self._members(self.evaluate(item, scope), item)))
        return tuple(found)

    def _banks_as(self, name: str, items: Sequence[nodes.Expr], scope: Scope) -> tuple[int, ...]:
        self.binding.append(name)
        banks = self.banks(items, scope)
        self.binding.pop()
        return banks

    def _members(self, value: Any, node: nodes.Expr) -> tuple[int, ...]:
        if isinstance(value, Family | Banks):
            return value.indices
        if isinstance(value, list):
            return tuple(i for item in value for i in self._members(item, node))
        self.report.fail("E504", node.span, f"this must be a set of banks, but it is {type_name(value)}")

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        if not isinstance(base, Family):
            return self.index_into(base, node, scope)
        index = self.evaluate(node.index, scope)
        wanted = list(index) if isinstance(index, list | range) else [index]
        return Banks(tuple(self._bank_at(base, i, node) for i in wanted))

    def _bank_at(self, family: Family, index: Any, node: nodes.Index) -> int:
        if not is_whole(index):
            self.report.fail("E302", node.index.span, f"an index must be a whole number, but this is {type_name(index)}")
        if family.single:
            self.report.fail("E505", node.span, f"`{family.name}` is one bank, and takes no index")
        if not 0 <= index < len(family.indices):
            inside = f"`{family.name}[0]` to `{family.name}[{len(family.indices) - 1}]`" if family.indices else "none"
            self.report.fail("E505", node.span, f"there is no bank `{family.name}[{index}]`",
                             notes=(Note(f"the banks of that name are {inside}"),))  # fmt: skip
        return family.indices[index]

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().bank_call(name, node, scope)
        self._fill(self.state, self.fill_span)
        if name == "count":
            arguments = [argument.value for argument in self._positional(node, name)]
            if len(arguments) == 1:
                value = self.evaluate(arguments[0], scope)
                if isinstance(value, list | range) and not any(isinstance(v, Family | Banks) for v in value):
                    return len(value)
            return len(self.banks(arguments, scope))
        if len(node.arguments) != 1:
            self.report.fail("E301", node.span, "`fresh` takes one argument: how many empty banks")
        return Banks(self.state.fresh(self.whole(node.arguments[0].value, scope, "the number of banks", 0)))

    def some(self, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().some(node, scope)
        chooser = self._need_chooser(node.span)
        self._fill(self.state, self.fill_span)
        if len(node.arguments) < 2:
            self.report.fail("E301", node.span, "`some` takes a number and the banks to choose from: `some(n, S, …)`")
        first, *rest = [argument.value for argument in self._positional(node, "some")]
        count = self.whole(first, scope, "the number of banks", 0)
        pool = tuple(sorted(self.banks(rest, scope)))
        names = [self.state.banks[i].name for i in pool]
        path, options = self.draw_path(), Subset(names, count)
        chosen = chooser.subset(path, options)
        self.record(path, options, [names[i] for i in chosen], node.span, chosen)
        return Banks(tuple(pool[i] for i in chosen))

    # Layers -------------------------------------------------------------------------------

    def _layer(self, node: nodes.Layer, scope: Scope, state: BlockState, block_shape: tuple[int, ...]) -> None:
        self.layer_count += 1
        if self.layer_count > self.limits.layers:
            self.report.fail("E801", node.span, f"this network has more than {self.limits.layers:,} layers")
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

    def _layer_parts(self, node: nodes.Layer, scope: Scope, state: BlockState, block_shape: tuple[int, ...]) -> None:
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
        position = f"{self.positions[0]}/{self._place(node.span)}"
        state.layers.append(Layer(reads, node.read.reduce or "cat", stages, writes, rule, position, node.span))

    def _read(self, node: nodes.Read, reads: tuple[int, ...], state: BlockState) -> int:
        if not reads:
            self.report.fail("E502", node.span, "this layer reads no bank")
        for i in reads:
            if not state.full[i] and not state.broken:
                name = state.banks[i].name
                self.report.error("E501", self._item_span(node, i, state), f"bank `{name}` is empty here",
                                  "nothing has been written to it", self._writers(state, i))  # fmt: skip
        if node.reduce is None:
            return state.size(reads)
        sizes = {state.banks[i].size for i in reads}
        if len(sizes) > 1:
            self.report.error("E507", node.span, f"`{node.reduce}` needs banks of one size, but these are "
                              + state.describe(reads))  # fmt: skip
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

    def _lost_resolution(self, node: nodes.Layer, scope: Scope, channels: int, block_shape: tuple[int, ...],
                         out: tuple[int, ...]) -> tuple[int, ...]:  # fmt: skip
        place = node.stages[0].span.to(node.stages[-1].span)
        before = "x".join(map(str, block_shape[1:]))
        after = "x".join(map(str, out[1:])) or "a vector"
        self.report.error(
            "E508", self.resolution_span(node, (channels, *block_shape[1:])) or place,
            f"a layer keeps its block's resolution, but {before} became {after}",
            helps=("downsample in a `transition`",),
        )  # fmt: skip
        return (out[0], *block_shape[1:])

    def resolution_span(self, node: nodes.Layer, shape: tuple[int, ...]) -> Span | None:
        """The first stage written in the layer itself after which the resolution differs."""
        return next((span for span, spatial in self.traced if spatial is not None and spatial != shape[1:]), None)

    def chain(self, chain: Sequence[nodes.Stage], scope: Scope, shape: Shape) -> Any:
        """As `Stages.chain`, noting the resolution after each of a layer's own stages."""
        if self.state is None or self.calls:
            return super().chain(chain, scope, shape)
        stages: list[Any] = []
        self.traced: list[tuple[Span, tuple[int, ...] | None]] = []
        traced = []
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
            self.report.fail("E510", node.rule.span, "a value can be written by " + ", ".join(f"`{r}`" for r in RULES))
        return name

    def _write(self, node: nodes.Write, writes: tuple[int, ...], out: Shape, state: BlockState) -> None:
        if not writes:
            state.broken = True
            self.report.fail("E502", node.span, "this layer writes to no bank")
        sizes = [state.banks[i].size for i in writes]
        if out is not None and not deals_out(sizes, out[0]):
            fits = dealable(sizes)
            could = " or ".join(map(str, fits)) if len(fits) <= 6 else f"{', '.join(map(str, fits[:5]))}, … or {fits[-1]}"
            self.report.error(
                "E511", write_place(node),
                f"{out[0]} channels cannot be dealt out to banks of {_sizes(sizes)}: {state.describe(writes)}",
                f"{could} channels would fit",
                (Note(f"the layer's value is {shown(out)}"),),
            )  # fmt: skip
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
