"""Banks: their declarations, what enters and leaves a block, and the sets that texts name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import Note
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.banks import BlockState, filled_by
from smashdsl.elaborate.draws import Subset
from smashdsl.elaborate.functions import is_whole
from smashdsl.elaborate.stages import Stages
from smashdsl.elaborate.values import Banks, Family, Scope, type_name
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import parts


class BankSets(Stages):
    """Elaborates declarations of banks and expressions that name sets of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state: BlockState | None = None
        self.block_node: nodes.Section | None = None
        self.fill_span: Span | None = None  # where to say that the block's input fits no banks

    # Banks --------------------------------------------------------------------------------

    def _declare(self, node: nodes.BankDecl, scope: Scope, state: BlockState) -> None:
        count = 1
        if node.count is not None:
            self.binding.append(f"{node.name}.count")
            count = self.whole(node.count, scope, "the number of banks", 0)
            self.binding.pop()
        if len(state.banks) + count > self.limits.banks:
            self.report.fail(
                "E802", node.span, f"a block may have at most {self.limits.banks:,} banks"
            )
        self.binding.append(f"{node.name}.size")
        size = self.whole(node.size, scope, "the size of a bank", 1)
        self.binding.pop()
        if any(family.name == node.name for family in state.families):
            self.report.fail("E203", node.name_span, f"this block has a bank `{node.name}` already")
        scope.names[node.name] = state.declare(node.name, [size] * count, node.count is None)

    def _enter(self, node: nodes.Enter, scope: Scope, state: BlockState) -> None:
        banks = self.banks(node.banks, scope)
        if state.enter is not None:
            self.report.fail(
                "E509",
                node.span,
                "the block's input has entered its banks already",
                helps=("`enter` stands before the first layer",),
            )
        self._set_enter(state, banks)
        if state.size(banks) != state.channels:
            self.report.error(
                "E506",
                node.span,
                f"the block's input has {state.channels} channels, but these banks hold "
                f"{state.size(banks)}: {state.describe(banks)}",
            )

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
            state.broken = True
            self._set_enter(state, everything[:1])
            self.report.fail(
                "E506",
                span,
                f"the block's input of {state.channels} channels does not end on a bank's edge: "
                + (state.describe(everything) or "the block has no banks"),
                helps=("declare banks that it fills exactly, in order, or name them with `enter`",),
            )
        self._set_enter(state, tuple(range(count)))

    def _leave_full(self, node: nodes.Leave, state: BlockState) -> None:
        self._fill(state, node.span)
        leave = state.leave or ()
        if not leave:
            self.report.fail("E502", node.span, "no bank leaves the block")
        for i in leave:
            if not state.full[i] and not state.broken:
                name = state.banks[i].name
                self.report.error(
                    "E501",
                    node.span,
                    f"bank `{name}` leaves the block, but is empty here",
                    notes=self._writers(state, i),
                )

    def _writers(self, state: BlockState, bank: int) -> tuple[Note, ...]:
        writers = [layer for layer in state.layers if bank in layer.writes]
        name = state.banks[bank].name
        if writers:
            return tuple(Note(f"this layer writes `{name}`", layer.span) for layer in writers[:3])
        layers = (node for node in parts(self.block_node) if isinstance(node, nodes.Layer))
        later = [layer for layer in layers if _names(layer.write.banks, name)]
        later.sort(key=lambda layer: layer.span.start)
        return (
            Note(f"no layer before this writes `{name}`"),
            *(Note(f"this layer may write `{name}`", layer.span) for layer in later[:3]),
        )

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
        if not isinstance(value, list):
            self.report.fail(
                "E504", node.span, f"this must be a set of banks, but it is {type_name(value)}"
            )
        return tuple(i for item in value for i in self._members(item, node))

    def _index(self, node: nodes.Index, scope: Scope) -> Any:
        base = self.evaluate(node.base, scope)
        if not isinstance(base, Family):
            return self.index_into(base, node, scope)
        index = self.evaluate(node.index, scope)
        wanted = list(index) if isinstance(index, list | range) else [index]
        return Banks(tuple(self._bank_at(base, i, node) for i in wanted))

    def _bank_at(self, family: Family, index: Any, node: nodes.Index) -> int:
        if not is_whole(index):
            self.report.fail(
                "E302",
                node.index.span,
                f"an index must be a whole number, but this is {type_name(index)}",
            )
        if family.single:
            self.report.fail("E505", node.span, f"`{family.name}` is one bank, and takes no index")
        if not 0 <= index < len(family.indices):
            inside = (
                f"`{family.name}[0]` to `{family.name}[{len(family.indices) - 1}]`"
                if family.indices
                else "none"
            )
            self.report.fail(
                "E505",
                node.span,
                f"there is no bank `{family.name}[{index}]`",
                notes=(Note(f"the banks of that name are {inside}"),),
            )
        return int(family.indices[index])

    def bank_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().bank_call(name, node, scope)
        self._fill(self.state, self.fill_span)
        if name == "count":
            arguments = [argument.value for argument in self._positional(node, name)]
            if len(arguments) == 1:
                value = self.evaluate(arguments[0], scope)
                if isinstance(value, list | range) and not any(
                    isinstance(v, Family | Banks) for v in value
                ):
                    return len(value)
            return len(self.banks(arguments, scope))
        if len(node.arguments) != 1:
            self.report.fail("E301", node.span, "`fresh` takes one argument: how many empty banks")
        return Banks(
            self.state.fresh(self.whole(node.arguments[0].value, scope, "the number of banks", 0))
        )

    def some(self, node: nodes.Call, scope: Scope) -> Any:
        if self.state is None:
            return super().some(node, scope)
        chooser = self._need_chooser(node.span)
        self._fill(self.state, self.fill_span)
        if len(node.arguments) < 2:
            self.report.fail(
                "E301",
                node.span,
                "`some` takes a number and the banks to choose from: `some(n, S, …)`",
            )
        first, *rest = [argument.value for argument in self._positional(node, "some")]
        count = self.whole(first, scope, "the number of banks", 0)
        pool = tuple(sorted(self.banks(rest, scope)))
        names = [self.state.banks[i].name for i in pool]
        path, options = self.draw_path(), Subset(names, count)
        chosen = chooser.subset(path, options)
        self.record(path, options, [names[i] for i in chosen], node.span, chosen)
        return Banks(tuple(pool[i] for i in chosen))


def _names(items: Sequence[nodes.Expr], bank: str) -> bool:
    """Whether one of some items is written as a bank's name, or indexes its family."""
    family = bank.partition("[")[0]
    for item in items:
        base = item.base if isinstance(item, nodes.Index) else item
        if isinstance(base, nodes.Name) and base.id == family:
            return True
    return False
