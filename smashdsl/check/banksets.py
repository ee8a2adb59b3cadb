"""Banks over a whole space: how the input fills them, and sets of them that draws choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from smashdsl.check.abstract import Undecided
from smashdsl.check.bankstate import EMPTY, FULL, MAYBE, AbstractBlock, SomeBanks, subset_sums
from smashdsl.check.cases import UndecidedBlock
from smashdsl.check.loops import Loops
from smashdsl.check.values import GaveUp, Interval, Table
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.banks import filled_by
from smashdsl.elaborate.functions import is_whole
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import Banks, Family, Scope, type_name
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import holds

BRANCHES = (nodes.If, nodes.For, nodes.Repeat)


class BankSets(Loops):
    """Evaluates sets of banks: a tuple of indices where the set is certain, else `SomeBanks`.

    `plain_sets` has, by place, the draws of sets that are all a layer reads, or writes.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plain_sets: dict[int, str] = {}

    # The block's input ----------------------------------------------------------------------

    def _enter(self, node: nodes.Enter, scope: Scope, state: Any) -> None:
        if state.enter is not None:
            self.suspect("E509", node.span, "the block's input has entered its banks already")
            raise Stop
        banks = self.banks(node.banks, scope)
        size = state.size(banks)
        self._set_enter(state, banks)

        def fits(channels: Any) -> bool:
            if channels != size:
                raise ValueError(f"the input has {channels} channels, but these banks hold {size}")
            return True

        self.lift(node.span, fits, state.channels, code="E506")

    def ready(self, node: Any) -> None:
        """Deal the input out before a loop or branch in which that would happen later on: so it is
        certain afterwards."""
        state = self.state
        if state is None or state.enter is not None or not isinstance(node, BRANCHES):
            return
        if isinstance(state.channels, int) and not holds(node, (nodes.Enter, nodes.BankDecl)):
            count = filled_by([bank.size for bank in state.banks], state.channels)
            if count is not None and holds(node, nodes.Layer):
                self._set_enter(state, tuple(range(count)))

    def _set_enter(self, state: Any, banks: tuple[int, ...]) -> None:
        state.enter = banks
        state.fill(banks)

    def _fill(self, state: Any, span: Span | None) -> None:
        if state.enter is not None:
            return
        sizes = [bank.size for bank in state.banks]

        def count(channels: int) -> int:
            found = filled_by(sizes, channels)
            if found is None:
                raise ValueError(f"the input of {channels} channels does not end on a bank's edge")
            return found

        assert span is not None
        filled = self.lift(span, count, state.channels, code="E506")
        if isinstance(filled, Table):
            raise UndecidedBlock(filled)
        if isinstance(filled, Interval):
            raise GaveUp
        self._set_enter(state, tuple(range(int(filled))))

    # Sets -----------------------------------------------------------------------------------

    def _written(self) -> Any:
        state = self._abstract()
        self._fill(state, self.fill_span)
        written = self.written_set(state)
        return written if isinstance(written, SomeBanks) else Banks(written)

    def _abstract(self) -> AbstractBlock:
        assert self.state is not None
        return self.state

    def written_set(self, state: AbstractBlock) -> Any:
        """The banks that hold data."""
        if MAYBE not in state.status:
            return tuple(i for i, s in enumerate(state.status) if s == FULL)
        candidates = tuple(i for i, s in enumerate(state.status) if s != EMPTY)
        return SomeBanks(candidates, state.written_count(self.tables))

    def some_banks(self, items: Sequence[nodes.Expr], scope: Scope) -> Any:
        """The banks that a list of items names."""
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
            values = self.tables.possible(value)
            wrong = [v for v in values if not isinstance(v, Family | Banks | SomeBanks | list)]
            if wrong:
                self._no_set(wrong[0], node)
            raise Undecided(value)
        if isinstance(value, SomeBanks):
            return value
        if isinstance(value, Family | Banks):
            return value.indices
        if not isinstance(value, list):
            self._no_set(value, node)
        result: Any = ()
        for item in value:
            result = self._union(result, self._set_of(item, node))
        return result

    def _no_set(self, value: Any, node: nodes.Expr) -> NoReturn:
        problem = f"this must be a set of banks, but it is {type_name(value)}"
        self.report.fail("E504", node.span, problem)

    def _union(self, a: Any, b: Any) -> Any:
        if isinstance(a, tuple) and isinstance(b, tuple):
            return (*a, *(i for i in b if i not in a))
        a, b = self._as_some(a), self._as_some(b)
        candidates = tuple(sorted({*a.candidates, *b.candidates}))
        highest = a.fresh[1] + b.fresh[1]
        if _apart(a, b):
            count = self.tables.lift(lambda x, y: x + y, a.count, b.count, failed=lambda _: None)
            return SomeBanks(candidates, count, (a.fresh[0] + b.fresh[0], highest))
        (low_a, high_a), (low_b, high_b) = self.tables.bounds(a.count), self.tables.bounds(b.count)
        most = min(high_a + high_b, len(candidates))
        counts = range(int(max(low_a, low_b)), int(most) + 1)
        fresh = max(a.fresh[0], b.fresh[0]), highest
        return SomeBanks(candidates, self.tables.unknown(list(counts)), fresh)

    def _as_some(self, banks: Any) -> SomeBanks:
        if isinstance(banks, SomeBanks):
            return banks
        status = [self._abstract().status[i] for i in banks]
        empty, maybe = status.count(EMPTY), status.count(MAYBE)
        return SomeBanks(banks, len(banks), (empty, empty + maybe), empty == len(banks))

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        if not isinstance(base, Family):
            return self.index_into(base, node, scope)
        index = self.evaluate(node.index, scope)

        def pick(plain: Any) -> Any:
            wanted = list(plain) if isinstance(plain, list | range) else [plain]
            for i in wanted:
                if is_whole(i) and not 0 <= i < len(base.indices) and not base.single:
                    self.suspect("E505", node.span, f"there is no bank `{base.name}[{i}]`")
                    raise Stop
            return Banks(tuple(self._bank_at(base, i, node) for i in wanted))

        return self.by_cases(index, pick)

    # Calls ----------------------------------------------------------------------------------

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().bank_call(name, node, scope)
        self._fill(self.state, self.fill_span)
        arguments = [argument.value for argument in self._positional(node, name)]
        if name == "count":
            return self._count(arguments, scope)
        if len(arguments) != 1:
            problem = "`fresh` takes one argument: how many empty banks"
            self.report.fail("E301", node.span, problem)
        return self._fresh(self._wanted(arguments[0], scope), self.state)

    def _count(self, arguments: Sequence[nodes.Expr], scope: Scope) -> Any:
        if len(arguments) == 1:
            value = self.evaluate(arguments[0], scope)
            sets = Family | Banks | SomeBanks
            if isinstance(value, list | range) and not any(isinstance(v, sets) for v in value):
                return len(value)
        return self._as_some(self.some_banks(arguments, scope)).count

    def _wanted(self, node: nodes.Expr, scope: Scope) -> Any:
        """A number of banks."""

        def whole(value: Any) -> int:
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if not is_whole(value) or value < 0:
                raise ValueError("the number of banks must be a whole number of at least 0")
            return int(value)

        return self.lift(node.span, whole, self.evaluate(node, scope), code="E303")

    def _fresh(self, wanted: Any, state: AbstractBlock) -> Any:
        high = int(self.tables.bounds(wanted)[1])
        if MAYBE not in state.status:
            empty = tuple(i for i, s in enumerate(state.status) if s == EMPTY)[:high]
            if is_whole(wanted):
                return Banks(empty)
        else:
            empty = tuple(i for i, s in enumerate(state.status) if s != FULL)
        total = len(state.status)
        count = self.tables.lift(
            lambda written, n: max(min(n, total - written), 0),
            state.written_count(self.tables), wanted, failed=lambda _: None,
        )  # fmt: skip
        low, high = (int(bound) for bound in self.tables.bounds(count))
        return SomeBanks(empty, count, (low, high), all_fresh=True)

    def some(self, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().some(node, scope)
        self._fill(self.state, self.fill_span)
        first, *rest = [argument.value for argument in self._positional(node, "some")]
        if not rest:
            problem = "`some` takes a number and the banks to choose from: `some(n, S, …)`"
            self.report.fail("E301", node.span, problem)
        wanted = self._wanted(first, scope)
        pool = self.some_banks(rest, scope)
        whole = self._as_some(pool)
        _, site = self.seen(node.span, "subset", wanted, pool)
        site.plain = self.plain_sets.get(node.span.start, "")
        site.labels.update({i: i for i in whole.candidates})
        if isinstance(pool, tuple) and self.tables.bounds(wanted)[0] >= len(pool):
            return Banks(tuple(sorted(pool)))
        count = self.tables.lift(
            lambda n, most: max(min(n, most), 0), wanted, whole.count, failed=lambda _: None
        )
        (low, high), (_, most) = self.tables.bounds(count), self.tables.bounds(whole.count)
        certain = int(max(0, low - (most - whole.fresh[0])))
        fresh = certain, int(min(high, whole.fresh[1]))
        return SomeBanks(whole.candidates, count, fresh, whole.all_fresh)

    def channels_of(self, banks: Any) -> Any:
        """The channels of a set of banks together."""
        state = self._abstract()
        if isinstance(banks, tuple):
            return state.size(banks)
        sizes = [state.banks[i].size for i in banks.candidates]
        if len(set(sizes)) <= 1:
            size = sizes[0] if sizes else 0
            return self.tables.lift(lambda n: n * size, banks.count, failed=lambda _: None)
        low, high = self.tables.bounds(banks.count)
        sums = subset_sums(sizes, int(low), int(high))
        self.tables.spend(len(sizes) ** 2)
        return self.tables.unknown(sums) if sums else Interval(0, sum(sizes))


def _apart(a: SomeBanks, b: SomeBanks) -> bool:
    """Whether two sets have no member in common, whatever is drawn."""
    if not set(a.candidates) & set(b.candidates):
        return True
    return (a.all_fresh and b.fresh == (0, 0)) or (b.all_fresh and a.fresh == (0, 0))
