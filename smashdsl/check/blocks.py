"""Blocks and networks under analysis: bank sets, layers, loops and cases of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.check.analysis import Analysis, Flow, Undecided
from smashdsl.check.bankstate import EMPTY, FULL, MAYBE, AbstractBlock, SomeBanks, added, subset_sums
from smashdsl.check.costs import Total
from smashdsl.check.tables import Failed, GaveUp, Interval, Table, hashable
from smashdsl.elaborate.banks import deals_out, filled_by
from smashdsl.elaborate.blocks import write_place
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.stages import shown
from smashdsl.elaborate.values import Banks, Dynamic, Family, Scope, UserOp, type_name
from smashdsl.ops.table import per_dimension
from smashdsl.syntax import nodes


MOST_SPLITS = 40  # cases within cases


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
    filters: int


class SpaceAnalysis(Analysis):
    """Walks whole networks."""

    state: AbstractBlock | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters = 0
        self.splits = 0
        self.layers: tuple[int, int] = (0, 0)
        self.layer_position = ""
        self.plain_sets: dict[int, str] = {}

    # Cases of statements ----------------------------------------------------------------------

    def machine(self) -> Machine:
        block = self.state.snapshot() if self.state is not None else None
        totals = {name: total.copy() for name, total in self.totals.items()}
        return Machine(self.shape, block, totals, self.block_count, self.transition_count, len(self.draws),
                       self.layers, self.head, self.stem, self.filters)  # fmt: skip

    def reset(self, machine: Machine) -> None:
        self.shape = machine.shape
        if machine.block is not None and self.state is not None:
            self.state.__dict__.update(machine.block.snapshot().__dict__)
        self.totals = {name: total.copy() for name, total in machine.totals.items()}
        self.block_count, self.transition_count = machine.blocks, machine.transitions
        while len(self.draws) > machine.draws:
            self.draws.popitem()
        self.layers, self.head, self.stem, self.filters = machine.layers, machine.head, machine.stem, machine.filters

    def run(self, body: Sequence[Any], scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        for node in body:
            before = self.machine()
            names, depth = dict(scope.names), len(self.binding)
            try:
                super().run([node], scope, handler)
            except Undecided as undecided:
                if isinstance(undecided, UndecidedBlock) and not isinstance(node, nodes.Section):
                    raise
                if isinstance(node, nodes.BankDecl | nodes.Enter | nodes.Leave):
                    raise UndecidedBlock(undecided.table) from None
                self.reset(before)
                del self.binding[depth:]
                scope.names.clear()
                scope.names.update(names)
                self.split(undecided.table, lambda node=node: self.run([node], scope, handler))

    def split(self, table: Table, run: Callable[[], None]) -> None:
        """Run under each value of a table, and go on with what holds after any of them."""
        before = self.machine()
        for total in self.totals.values():
            total.__init__()  # type: ignore[misc]
        start = self.machine()
        after: list[tuple[Any, Machine]] = []
        outer, depth = self.tables.domain, len(self.binding)
        self.splits += 1
        if self.splits > MOST_SPLITS:
            raise GaveUp
        for value, domain in self.tables.cases(table):
            self.tables.domain = domain
            self.reset(start)
            try:
                run()
                spent = self.machine()
                for total in spent.totals.values():
                    settled = total.value(self.tables)
                    total.__init__()  # type: ignore[misc]
                    total.add(settled, self.tables)
                after.append((value, spent))
            except Stop:
                pass
            finally:
                self.tables.domain = outer
                del self.binding[depth:]
        self.splits -= 1
        if not after:
            self.reset(before)
            raise Stop
        self._merge(before, after, table)

    def _merge(self, before: Machine, after: list[tuple[Any, Machine]], table: Table | None) -> None:
        block = after[0][1].block
        for _, machine in after[1:]:
            if block is not None and machine.block is not None:
                block = block.joined(machine.block)
        self.reset(Machine(
            self._merged_shape(after, table), block, before.totals,
            max(m.blocks for _, m in after), max(m.transitions for _, m in after), before.draws,
            (min(m.layers[0] for _, m in after), max(m.layers[1] for _, m in after)),
            after[0][1].head, after[0][1].stem, max(m.filters for _, m in after),
        ))  # fmt: skip
        for name, total in self.totals.items():
            spent = {hashable(value): m.totals[name].value(self.tables) for value, m in after}
            total.add(self._merged_value(spent, table), self.tables)

    def _merged_value(self, outcomes: dict[Any, Any], table: Table | None) -> Any:
        if table is not None:
            return self.tables.merged(table, outcomes)
        pairs = [self.tables.bounds(value) for value in outcomes.values()]
        low, high = min(a for a, _ in pairs), max(b for _, b in pairs)
        return low if low == high else Interval(low, high)

    def _merged_shape(self, after: list[tuple[Any, Machine]], table: Table | None) -> Any:
        if any(machine.shape is None for _, machine in after):
            return None
        parts: list[Any] = []
        for get in (lambda s: s[0], lambda s: s[1:]):
            outcomes = {hashable(value): get(machine.shape) for value, machine in after}
            parts.append(self.tables.merged(table, outcomes) if table is not None else self.tables.unknown_of(list(outcomes.values())))
        return Flow(*parts)

    # Loops ------------------------------------------------------------------------------------

    def _repeat(self, node: nodes.Repeat, scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        if node.count is None:
            self._repeat_until(node, scope, handler)
            return
        count = self._count_value(node.count, scope)
        if isinstance(count, Table):
            self._repeat_between(node, count, scope, handler)
            return
        for number in range(self._plain_count(count, node)):
            self._pass(node, number, scope, handler)

    def _plain_count(self, count: Any, node: nodes.Repeat) -> int:
        if not isinstance(count, int) or count < 0:
            self.suspect("E303", node.count.span if node.count else node.span, "the number of repeats must be a whole number of at least 0")
            raise Stop
        return count

    def _count_value(self, node: nodes.Expr, scope: Scope) -> Any:
        if isinstance(node, nodes.Range):
            values: Any = self._range(node, scope)
            self.binding.append("repeat")
            drawn = self._dependent(values, lambda _: None, node.span) if isinstance(values, Table) else (
                self.drawn(values, list(values), None, node.span) if len(values) else 0)  # fmt: skip
            self.binding.pop()
            return drawn
        return self.evaluate_as("repeat", node, scope)

    def _pass(self, node: nodes.Repeat, number: int, scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        self.count_iteration(node.span)
        with self.entered(f"repeat[{number}]"):
            self.run(node.body, Scope(scope), handler)

    def _repeat_between(self, node: nodes.Repeat, count: Table, scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        counts = sorted(self._plain_count(value, node) for value in self.tables.possible(count))
        before = self.machine()
        for total in self.totals.values():
            total.__init__()  # type: ignore[misc]
        after = []
        for number in range(counts[-1] + 1):
            if number in counts:
                after.append((number, self.machine()))
            if number < counts[-1]:
                self._pass(node, number, scope, handler)
        self._merge(before, after, count)

    def _repeat_until(self, node: nodes.Repeat, scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        assert node.until is not None
        before = self.machine()
        for total in self.totals.values():
            total.__init__()  # type: ignore[misc]
        exits: list[tuple[Any, Machine]] = []
        number = 0
        while True:
            done = self.truth_of(node.until, scope, "until")
            if done is not False:
                exits.append((number, self.machine()))
            if done is True:
                break
            head = self.state.snapshot() if self.state is not None else None
            spent = self.machine()
            self._pass(node, number, scope, handler)
            number += 1
            if self.state is not None and head is not None:
                after = self.machine()
                counters = (self.state.reads, self.state.depth)
                self.state.__dict__.update(head.joined(self.state).__dict__)
                self.state.reads, self.state.depth = counters
                if number > 3 and not self.state.same_banks(head):
                    self.state.most, self.state.least = len(self.state.status), head.least
                    self.state.settle()
                if self.state.same_banks(head) and number > 1:
                    self._accelerate(node, scope, spent, after, exits)
                    break
            elif number > 64:
                self.suspect("E802", node.span, "this loop may never end")
                break
        if exits:
            self._merge(before, exits, None)

    def _accelerate(self, node: nodes.Repeat, scope: Scope, before: Machine, after: Machine, exits: list[tuple[Any, Machine]]) -> None:
        """From here on every pass changes the counters by the same bounds: count on without walking."""
        assert self.state is not None and before.block is not None and after.block is not None and node.until
        steps = {}
        for name in ("reads", "depth"):
            (a, b), (c, d) = (self.tables.bounds(getattr(m.block, name)) for m in (before, after))
            steps[name] = (c - a, d - b)
        costs = {}
        for name in self.totals:
            (a, b), (c, d) = (m.totals[name].bounds(self.tables) for m in (before, after))
            costs[name] = (c - a, d - b)
        layers = (after.layers[0] - before.layers[0], after.layers[1] - before.layers[1])
        for _ in range(self.limits.layers):
            done = self.truth_of(node.until, scope, "until")
            if done is not False:
                exits.append((len(exits), self.machine()))
            if done is True:
                return
            self.state.reads = added(self.state.reads, *steps["reads"])
            self.state.depth = added(self.state.depth, *steps["depth"])
            self.layers = (self.layers[0] + layers[0], self.layers[1] + layers[1])
            for name, (low, high) in costs.items():
                self.totals[name].add(Interval(low, high), self.tables)
            if len(exits) > 1:
                exits[:] = [exits[0], exits[-1]]
        self.suspect("E802", node.span, "this loop may never end")

    # Blocks -----------------------------------------------------------------------------------

    def block(self, node: nodes.Section, scope: Scope, shape: Any) -> Any:
        state = self.state = AbstractBlock(self.block_count, shape[0])
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
                    state.leave = self.some_banks(statement.banks, where)
                case nodes.Layer():
                    self._layer(statement, where, state, shape)

        outer, self.positions = self.positions, [f"{state.number}:{self._place(node.span)}"]
        try:
            with self.within((f"block[{state.number}]",)):
                self.run(node.body, inner, handle)
            self._fill(state, node.keyword_span)
        finally:
            self.positions, self.state = outer, None
        return None, self._output(node, state, shape)

    def _output(self, node: nodes.Section, state: AbstractBlock, shape: Any) -> Any:
        findings = self.findings
        findings.banks = max(findings.banks, len(state.banks))
        most = int(min(self.tables.bounds(state.depth)[1], self.limits.layers))
        findings.block_layers[state.number] = max(findings.block_layers.get(state.number, 0), most)
        findings.bank_sizes |= {bank.size for bank in state.banks}
        findings.widest = max(findings.widest, state.size(range(len(state.banks))))
        leaving = self._written_set(state) if state.leave is None else state.leave
        used = state.read_banks | set(leaving.candidates if isinstance(leaving, SomeBanks) else leaving)
        for i, bank in enumerate(state.banks):
            name = f"{node.span.start}:{bank.name}"
            if i not in used:
                findings.unread.setdefault(name, node.keyword_span)
            else:
                findings.unread[name] = None  # type: ignore[assignment]
        return Flow(self._size(state, leaving), shape[1:])

    def _enter(self, node: nodes.Enter, scope: Scope, state: Any) -> None:
        banks = self.banks(node.banks, scope)
        self._set_enter(state, banks)
        size = state.size(banks)

        def fits(channels: Any) -> bool:
            if channels != size:
                raise ValueError(f"the block's input has {channels} channels, but these banks hold {size}")
            return True

        self.lift(node.span, fits, state.channels, code="E506")

    def _set_enter(self, state: Any, banks: tuple[int, ...]) -> None:
        state.enter = banks
        state.fill(banks)

    def _fill(self, state: Any, span: Any) -> None:
        if state.enter is not None:
            return
        sizes = [bank.size for bank in state.banks]

        def count(channels: int) -> int:
            found = filled_by(sizes, channels)
            if found is None:
                raise ValueError(f"the block's input of {channels} channels does not end on a bank's edge")
            return found

        filled = self.lift(span, count, state.channels, code="E506")
        if isinstance(filled, Table):
            raise UndecidedBlock(filled)
        self._set_enter(state, tuple(range(int(filled))))

    # Bank sets --------------------------------------------------------------------------------

    def _written(self) -> Any:
        state = self.state
        assert state is not None
        self._fill(state, self.fill_span)
        written = self._written_set(state)
        return written if isinstance(written, SomeBanks) else Banks(written)

    def _written_set(self, state: AbstractBlock) -> Any:
        if MAYBE not in state.status:
            return tuple(i for i, s in enumerate(state.status) if s == FULL)
        candidates = tuple(i for i, s in enumerate(state.status) if s != EMPTY)
        return SomeBanks(candidates, state.written_count(self.tables))

    def some_banks(self, items: Sequence[nodes.Expr], scope: Scope) -> Any:
        """The banks that a list of items names: a tuple where that is certain, else `SomeBanks`."""
        sets = [self._set_of(self.evaluate(item, scope), item) for item in items]
        result = sets[0] if sets else ()
        for other in sets[1:]:
            result = self._union(result, other)
        return tuple(dict.fromkeys(result)) if isinstance(result, tuple) else result

    def banks(self, items: Sequence[nodes.Expr], scope: Scope) -> tuple[int, ...]:
        found = self.some_banks(items, scope)
        if isinstance(found, SomeBanks):
            self.suspect("E504", items[0].span, "these banks depend on draws")
            return found.candidates
        return tuple(found)

    def _set_of(self, value: Any, node: nodes.Expr) -> Any:
        if isinstance(value, Table):
            raise Undecided(value)
        if isinstance(value, SomeBanks):
            return value
        if isinstance(value, Family | Banks):
            return value.indices
        if isinstance(value, list):
            result: Any = ()
            for item in value:
                result = self._union(result, self._set_of(item, node))
            return result
        self.report.fail("E504", node.span, f"this must be a set of banks, but it is {type_name(value)}")

    def _union(self, a: Any, b: Any) -> Any:
        if isinstance(a, tuple) and isinstance(b, tuple):
            return (*a, *(i for i in b if i not in a))
        a, b = self._as_some(a), self._as_some(b)
        candidates = tuple(sorted({*a.candidates, *b.candidates}))
        fresh = (max(a.fresh[0], b.fresh[0]), a.fresh[1] + b.fresh[1])
        apart = not set(a.candidates) & set(b.candidates) or (a.fresh == (0, 0)) != (b.fresh == (0, 0))
        if apart:
            count = self.tables.lift(lambda x, y: x + y, a.count, b.count, failed=lambda _: None)
            return SomeBanks(candidates, count, (a.fresh[0] + b.fresh[0], fresh[1]))
        (low_a, high_a), (low_b, high_b) = self.tables.bounds(a.count), self.tables.bounds(b.count)
        counts = range(int(max(low_a, low_b)), int(min(high_a + high_b, len(candidates))) + 1)
        return SomeBanks(candidates, self.tables.unknown(list(counts)), fresh)

    def _as_some(self, banks: Any) -> SomeBanks:
        if isinstance(banks, SomeBanks):
            return banks
        assert self.state is not None
        status = [self.state.status[i] for i in banks]
        return SomeBanks(banks, len(banks), (status.count(EMPTY), status.count(EMPTY) + status.count(MAYBE)))

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        if not isinstance(base, Family):
            return self.index_into(base, node, scope)
        index = self.evaluate(node.index, scope)

        def pick(plain: Any) -> Any:
            wanted = list(plain) if isinstance(plain, list | range) else [plain]
            for i in wanted:
                if isinstance(i, int) and not 0 <= i < len(base.indices) and not base.single:
                    self.suspect("E505", node.span, f"there is no bank `{base.name}[{i}]`")
                    raise Stop
            return Banks(tuple(self._bank_at(base, i, node) for i in wanted))

        return self.by_cases(index, pick)

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        state = self.state
        if state is None:
            return super().bank_call(name, node, scope)
        self._fill(state, self.fill_span)
        arguments = [argument.value for argument in self._positional(node, name)]
        if name == "count":
            if len(arguments) == 1:
                value = self.evaluate(arguments[0], scope)
                if isinstance(value, list | range) and not any(isinstance(v, Family | Banks | SomeBanks) for v in value):
                    return len(value)
            return self._as_some(self.some_banks(arguments, scope)).count
        if len(arguments) != 1:
            self.report.fail("E301", node.span, "`fresh` takes one argument: how many empty banks")
        return self._fresh(self.evaluate(arguments[0], scope), node, state)

    def _fresh(self, wanted: Any, node: nodes.Call, state: AbstractBlock) -> Any:
        if MAYBE not in state.status and not isinstance(wanted, Table):
            empty = [i for i, s in enumerate(state.status) if s == EMPTY]
            return Banks(tuple(empty[: max(int(wanted), 0)]))
        total = len(state.status)
        count = self.lift(node.span, lambda w, n: max(min(n, total - w), 0), state.written_count(self.tables), wanted)
        low, high = self.tables.bounds(count)
        return SomeBanks(tuple(i for i, s in enumerate(state.status) if s != FULL), count, (int(low), int(high)))

    def some(self, node: nodes.Call, scope: Scope) -> Any:
        state = self.state
        if state is None:
            return super().some(node, scope)
        self._fill(state, self.fill_span)
        if len(node.arguments) < 2:
            self.report.fail("E301", node.span, "`some` takes a number and the banks to choose from: `some(n, S, …)`")
        first, *rest = [argument.value for argument in self._positional(node, "some")]
        wanted = self.evaluate(first, scope)
        pool = self.some_banks(rest, scope)
        site = self._site(node.span, "subset", self.draw_path())
        site.plain = self.plain_sets.get(node.span.start, "")
        whole = self._as_some(pool)
        site.labels.update({i: i for i in whole.candidates})
        if isinstance(pool, tuple) and self.tables.bounds(wanted)[0] >= len(pool):
            return Banks(tuple(sorted(pool)))
        count = self.lift(first.span, lambda n, most: max(min(n, most), 0), wanted, whole.count)
        (low, high), (least, most) = self.tables.bounds(count), self.tables.bounds(whole.count)
        certain = int(max(0, low - (most - whole.fresh[0])))
        return SomeBanks(whole.candidates, count, (certain, int(min(high, whole.fresh[1]))))

    def _size(self, state: AbstractBlock, banks: Any) -> Any:
        """The channels of a set of banks together."""
        if isinstance(banks, tuple):
            return state.size(banks)
        sizes = [state.banks[i].size for i in banks.candidates]
        if len(set(sizes)) == 1:
            return self.tables.lift(lambda n: n * sizes[0], banks.count, failed=lambda _: None)
        certain = [i for i in banks.candidates if state.status[i] == FULL and banks.fresh == (0, 0) and state.leave is None]
        low, high = self.tables.bounds(banks.count)
        sums = subset_sums(sizes, int(low), int(high)) if not certain or True else None
        return self.tables.unknown(sums) if sums else Interval(0, sum(sizes))

    # Layers -----------------------------------------------------------------------------------

    def _layer(self, node: nodes.Layer, scope: Scope, state: Any, block_shape: Any) -> None:
        self.fill_span = node.read.span
        self._fill(state, node.read.span)
        low = int(self.tables.bounds(state.depth)[0])
        self.filters = 0
        self.layer_position = f"{self.positions[0]}/{self._place(node.span)}"
        with self.within((f"block[{state.number}]", f"layer[{low}]"), one_piece=True):
            self._layer_parts(node, scope, state, block_shape)
        self.findings.positions = max(self.findings.positions, self.filters)
        state.depth = added(state.depth, 1, 1)
        self.layers = (self.layers[0] + 1, self.layers[1] + 1)

    def _layer_parts(self, node: nodes.Layer, scope: Scope, state: Any, block_shape: Any) -> None:
        self._note_plain(node)
        self.binding.append("read")
        reads = self.some_banks(node.read.banks, scope)
        self.binding.pop()
        size = self._size(state, reads)
        channels = self._reading(node.read, reads, size, state)
        state.reads = added(state.reads, *self.tables.bounds(size))
        inner = Scope(scope, {"channels": channels})
        flow = self.chain(node.stages, inner, Flow(channels, block_shape[1:]))[1]
        if flow is not None:
            self._keeps_resolution(node, flow, block_shape)
        self.binding.append("write")
        writes = self.some_banks(node.write.banks, inner)
        self.binding.pop()
        if node.write.rule is not None:
            rule = self.evaluate_as("by", node.write.rule, inner)
            self.by_cases(rule, lambda plain: self._known_rule(plain, node.write))
        self._writing(node.write, writes, flow, state)

    def _note_plain(self, node: nodes.Layer) -> None:
        """A `some` that is all a layer reads, or writes, needs no channels of its own in the encoding."""
        for kind, banks in (("read", node.read.banks), ("write", node.write.banks)):
            if len(banks) == 1 and isinstance(banks[0], nodes.Call):
                self.plain_sets[banks[0].span.start] = kind

    def _known_rule(self, value: Any, node: nodes.Write) -> str:
        from smashdsl.elaborate.blocks import RULES

        name = getattr(value, "name", "")
        if name not in (*RULES, "sum") and node.rule is not None:
            self.report.fail("E510", node.rule.span, "a value can be written by " + ", ".join(f"`{r}`" for r in RULES))
        return str(name)

    def _reading(self, node: nodes.Read, reads: Any, size: Any, state: AbstractBlock) -> Any:
        candidates = reads if isinstance(reads, tuple) else reads.candidates
        state.read_banks.update(candidates)
        if isinstance(reads, tuple):
            for i in reads:
                if state.status[i] != FULL and not state.broken:
                    self.suspect("E501", self._item_span(node, i, state), f"bank `{state.banks[i].name}` is empty here")
        elif reads.fresh[1]:
            self.suspect("E501", node.span, "this may read an empty bank")
        self._not_none(reads, node.span, "this layer reads no bank")
        if node.reduce == "attend":
            most = len(reads) if isinstance(reads, tuple) else int(self.tables.bounds(reads.count)[1])
            self.findings.tensor(f"{self.layer_position}.scores", (most,))
        if node.reduce is None:
            return size
        sizes = {state.banks[i].size for i in candidates}
        if len(sizes) > 1:
            self.suspect("E507", node.span, f"`{node.reduce}` needs banks of one size")
        return next(iter(sizes))

    def _not_none(self, banks: Any, span: Any, message: str) -> None:
        def some(count: int) -> int:
            if count < 1:
                raise ValueError(message)
            return count

        self.lift(span, some, len(banks) if isinstance(banks, tuple) else banks.count, code="E502")

    def _keeps_resolution(self, node: nodes.Layer, flow: Any, block_shape: Any) -> None:
        def same(before: Any, after: Any) -> bool:
            if before != after:
                raise ValueError(f"a layer keeps its block's resolution, but {shown(before)} became {shown(after)}")
            return True

        place = node.stages[0].span.to(node.stages[-1].span) if node.stages else node.span
        try:
            self.lift(place, same, block_shape[1:], flow[1:], code="E508")
        except Stop:
            return

    def _writing(self, node: nodes.Write, writes: Any, flow: Any, state: AbstractBlock) -> None:
        self._not_none(writes, node.span, "this layer writes to no bank")
        if flow is not None:
            self._fits(node, writes, flow[0], state)
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
                raise ValueError(f"{value} channels cannot be dealt out to banks of {state.describe(candidates)}")
            return True

        def uniform(value: int, count: int) -> bool:
            if value % sizes[0] or count * sizes[0] < value:
                raise ValueError(f"{value} channels cannot be dealt out to {count} banks of {sizes[0]}")
            return True

        try:
            if isinstance(writes, tuple):
                self.lift(place, exact, channels, code="E511")
            elif len(set(sizes)) == 1:
                self.lift(place, uniform, channels, writes.count, code="E511")
            else:
                self.suspect("E511", place, "a value may not fit the banks that are drawn")
        except Stop:
            return

    def recover(self, node: Any) -> None:
        super().recover(node)
        if isinstance(node, nodes.Layer) and self.state is not None:
            self.state.broken = True

    # Filters ----------------------------------------------------------------------------------

    def flows(self, table: Any, run: Callable[[Any], Any]) -> Any:
        before, most = self.filters, self.filters

        def counted(value: Any) -> Any:
            nonlocal most
            self.filters = before
            flow = run(value)
            most = max(most, self.filters)
            return flow

        merged = super().flows(table, counted)
        self.filters = most
        return merged

    def filter_seen(self, spec: Any, attrs: dict[str, Any], weights: Any, shape: Any, channels: Any, position: str) -> None:
        rank = len(self.tables.possible(shape[1:])[0])
        sources = self._sources(spec, attrs, weights)
        if "generated" in sources:
            self.findings.units |= {int(u) for u in self.tables.possible(channels)}
            self.findings.kernels |= {per_dimension(k, rank) for k in self.tables.possible(attrs["kernel"])}
            self.filters += 1
        most = {
            name: (min if name == "groups" else _largest)(self.tables.possible(value)) if isinstance(value, Table) else value
            for name, value in attrs.items()
        }
        for slot in spec.slots(int(self.tables.bounds(shape[0])[1]), rank, most):
            if slot.name == "weight" and sources == {"generated"}:
                continue
            self.findings.tensor(f"{position}.{slot.name}", slot.shape)
            if self.state is not None and "own" in sources:
                self.findings.own.add(f"{position}.{slot.name}")

    def _sources(self, spec: Any, attrs: dict[str, Any], weights: Any) -> set[str]:
        """Where the weights of an operation may come from."""
        if weights is not None:
            return set(self.tables.possible(weights))
        if self.state is None:
            return {"own"}
        if spec.name != "conv":
            return {"shared"}
        kernels, groups = self.tables.possible(attrs["kernel"]), self.tables.possible(attrs["groups"])
        pointwise = {"generated"} if 1 in kernels and 1 in groups else set()
        return pointwise | ({"shared"} if set(kernels) != {1} or set(groups) != {1} else set())

    # Networks ---------------------------------------------------------------------------------

    def walk(self, node: nodes.Network, file_scope: Scope) -> None:
        """Analyse a whole network; what is found is in `findings` and `report`."""
        self.main_source = node.span.source.name
        scope = Scope(file_scope, {"channels": Dynamic(self._channels)})
        for statement in node.body:
            if isinstance(statement, nodes.OpDef):
                scope.names[statement.name] = UserOp(statement, scope)
        given = self._input(node, scope)
        if given is None:
            return
        self.shape = Flow(given[0], given[1:])
        rest = [s for s in node.body if not isinstance(s, nodes.Input | nodes.Classes | nodes.OpDef)]
        self.run(rest, scope, self._statement)
        findings = self.findings
        findings.blocks, findings.transitions, findings.layers = self.block_count, self.transition_count, self.layers
        findings.costs = {name: total.bounds(self.tables) for name, total in self.totals.items()}

    def _section(self, node: nodes.Section, scope: Scope) -> None:
        self.filters = 0
        super()._section(node, scope)
        self.findings.positions = max(self.findings.positions, self.filters)

    def _check_classes(self, node: nodes.Section) -> None:
        if self.shape is None or self.classes is None:
            return

        def ends(channels: int, spatial: Any) -> bool:
            if channels != self.classes or spatial:
                raise ValueError(f"the head gives {shown((channels, *spatial))}, but the network has {self.classes} classes")
            return True

        self.lift(node.keyword_span, ends, self.shape[0], self.shape[1:], code="E407")

    def requirement(self, node: nodes.Require, scope: Scope) -> Any:
        """True or False where a requirement holds always or never; None where it depends."""
        costs = {name: total.value(self.tables) for name, total in self.totals.items()}
        inner = Scope(scope, {**costs, "depth": Interval(0, float("inf"))})
        try:
            value = self.truth_of(node.condition, inner, "require")
        except (Stop, Undecided, Failed):
            return None
        return value if isinstance(value, bool) else None


def _largest(options: Sequence[Any]) -> Any:
    if any(isinstance(option, tuple) for option in options):
        rank = max(len(o) for o in options if isinstance(o, tuple))
        whole = [o if isinstance(o, tuple) else (o,) * rank for o in options]
        return tuple(map(max, zip(*whole, strict=True)))
    return max(options)

