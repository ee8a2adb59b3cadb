"""A space beside a program: which answers to its draws fit what the program has.

Takes a definition and the program to make; gives the draws, or what was in the way. Every layer,
bank and section is compared as soon as it is complete, and what differs sends the search back to
the draws that it depends on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, islice
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.elaborate.dependence import depends
from smashdsl.elaborate.draws import Choice, Continuous, Subset
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, module_scope
from smashdsl.elaborate.stages import DRAWN
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Scope, UserOp
from smashdsl.ir import Block, Chain, Combine, Op, Program, Transition, all_ops, flat
from smashdsl.ir.training import TrainSetting
from smashdsl.space.rewind import Rewinding
from smashdsl.space.search import Exhausted, Mismatch
from smashdsl.space.traced import NOTHING, Origins, Pending
from smashdsl.syntax import nodes

MOST_TRIES = 50_000
MOST_SUBSETS = 2_000


class Matcher(Rewinding):
    """Elaborates a space towards a target program. It is its own chooser."""

    def __init__(self, definition: Definition, target: Program) -> None:
        super().__init__(
            Report(first_only=True), self, constants=definition.constants, tries=MOST_TRIES
        )
        self.definition = definition
        self.target = target
        self.furthest: tuple[tuple[int, int, int], str] = (
            (-1, 0, 0),
            "nothing could be elaborated",
        )
        self.reached = 0  # layers of the block that have been compared
        self.attribute_origins: dict[int, tuple[Op, dict[str, Origins], Origins]] = {}
        self.wanted: tuple[int, ...] = ()
        self.op_origins: Origins = NOTHING
        self.chosen: set[str] = set()  # the draws that chose operations of this layer or section

    def match(self) -> dict[str, Any]:
        """The genome, or `Exhausted`."""
        network = self.definition.network
        try:
            self.network(network, module_scope(self.definition.module, self))
        except Mismatch as mismatch:
            raise Exhausted from mismatch
        except SmashError as error:
            self.note(str(error.diagnostics[0].message))
            raise Exhausted from error
        return {
            path: self._settled(path, draw.options, draw.value)
            for path, draw in self.draws.items()
            if "?" not in path
        }

    def _settled(self, path: str, options: Any, value: Any) -> Any:
        if not isinstance(options, Continuous):
            return value
        low, high = self.intervals.get(path, (options.low, options.high))
        return low if low == high else options.snap((low + high) / 2)

    def note(self, reason: str) -> None:
        """Remember why the attempt that came furthest failed: the first of equals, and rather what
        differs than how much there is."""
        place = (len(self.body_parts), self.reached, int("number of layers" not in reason))
        if place > self.furthest[0]:
            self.furthest = (place, reason)

    def differ(self, blame: Origins | set[str], reason: str) -> None:
        where = ""
        if self.state is not None:
            where = f"block {self.state.number}, layer {len(self.state.layers)}: "
        self.note(where + reason)
        raise Mismatch({*blame, *self.control}, reason)

    # Choosing ---------------------------------------------------------------------------------

    def choice(self, path: str, options: Choice) -> int:
        key = ("choice", *map(str, options.labels))
        allowed = [i for i in range(len(options.labels)) if options.allowed(i)]
        return int(self.trials.current(path, key, lambda: allowed))

    def continuous(self, path: str, options: Continuous) -> float:
        self.intervals.setdefault(path, (options.low, options.high))
        return Pending(path)  # type: ignore[return-value]

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        names = {bank.name: i for i, bank in enumerate(self.state.banks)} if self.state else {}
        guess = tuple(i for i, name in enumerate(options.labels) if names.get(name) in self.wanted)
        if self.binding and self.binding[0] in ("read", "write"):
            if len(guess) != options.size:
                self.differ(
                    frozenset(self.touched),
                    f"it names {len(guess)} of these banks, and the space {options.size}",
                )
            return guess

        def candidates() -> list[tuple[int, ...]]:
            every = islice(combinations(range(len(options.labels)), options.size), MOST_SUBSETS)
            return [
                *([guess] if len(guess) == options.size else []),
                *(c for c in every if c != guess),
            ]

        return tuple(
            self.trials.current(path, ("subset", *options.labels, options.count), candidates)
        )

    def decide(self, value: Pending, outcomes: Sequence[Any]) -> Any:
        """One of several outcomes for an open number, remembered like a draw."""
        base, number = f"{value.path}?", 0
        while f"{base}{number}" in self.draws:
            number += 1
        path = f"{base}{number}"
        chosen = self.trials.current(path, tuple(map(str, outcomes)), lambda: list(outcomes))
        self.draws[path] = self.draws[value.path]
        self.touched.add(path)
        return chosen

    def pending(self, value: Pending, operator: str, other: float, swapped: bool) -> Any:
        combined = value.combined(operator, other, swapped)
        if combined is not None:
            return combined
        if operator not in ("<", "<=", ">", ">=") or not value.scale:
            self.differ({value.path}, f"`{operator}` of a number that is still open")
        bound = (other - value.shift) / value.scale
        rising = (operator in (">", ">=")) != swapped
        above = rising == (
            value.scale > 0
        )  # the comparison holds where the draw is above the bound
        low, high = self.intervals[value.path]
        outcomes = [
            holds
            for holds in self._likely()
            if (bound < high if holds == above else low < bound) or low == bound == high
        ]
        if not outcomes:
            outcomes = [low >= bound] if above else [low <= bound]
        holds = self.decide(value, outcomes)
        self.intervals[value.path] = (
            (max(low, bound), high) if holds == above else (low, min(high, bound))
        )
        return holds

    def _likely(self) -> tuple[bool, bool]:
        """The outcomes of a comparison, the likelier first: a loop ends when the target's layers
        do."""
        if self.state is None:
            return (True, False)
        block = self._target_block(self.state.number)
        done = block is None or len(self.state.layers) >= len(block.layers)
        return (done, not done)

    # Training settings ------------------------------------------------------------------------

    def _train_value(self, known: TrainSetting, setting: nodes.Setting, scope: Scope) -> float:
        wanted = self.target.train[known.name]
        value, origins = self.with_origins(
            lambda: self.evaluate_as(known.name, setting.value, scope)
        )
        if isinstance(value, Pending):
            self._settle(value, wanted, known.name)
            return wanted
        given = self._train_checked(known, value, setting.value.span)
        if given != wanted:
            self.differ(origins, f"`{known.name}` is {wanted}, and the space gives {given}")
        return given

    def _settle(self, value: Pending, wanted: float, name: str) -> None:
        """Settle an open number so that it gives what the target has."""
        low, high = self.intervals[value.path]
        x = (wanted - value.shift) / value.scale if value.scale else math.nan
        if (value.scale, value.shift) != (1, 0):  # what was drawn is on the grid
            snapped = self.draws[value.path].options.snap(x)  # type: ignore[union-attr]
            x = snapped if math.isclose(x, snapped, rel_tol=1e-9, abs_tol=1e-12) else x
        if not low <= x <= high:
            self.differ({value.path}, f"`{name}` is {wanted}, outside of what the space gives")
        self.intervals[value.path] = (x, x)

    # Comparing --------------------------------------------------------------------------------

    def _target_block(self, number: int) -> Block | None:
        blocks = self.target.blocks
        return blocks[number] if number < len(blocks) else None

    def _declare(self, node: nodes.BankDecl, scope: Scope, state: Any) -> None:
        before = len(state.banks)
        _, origins = self.with_origins(lambda: super(Matcher, self)._declare(node, scope, state))
        target = self._target_block(state.number)
        if target is None:
            self.differ(origins, "the program has no such block")
            return
        sizes = [bank.size for bank in state.banks[before:]]
        wanted = [bank.size for bank in target.banks[before : len(state.banks)]]
        if sizes != wanted:
            self.differ(origins, f"the banks hold {_few(wanted)}, and the space's {_few(sizes)}")
        self.remember(scope, node.name, origins)

    def _layer(
        self, node: nodes.Layer, scope: Scope, state: Any, block_shape: tuple[int, ...]
    ) -> None:
        target = self._target_block(state.number)
        number = len(state.layers)
        if target is None or number >= len(target.layers):
            self.differ(NOTHING, "the program has no more layers here")
            return
        self.target_layer = target.layers[number]
        self.reached = number
        self.chosen = set()
        super()._layer(node, scope, state, block_shape)
        layer = state.layers[number]
        if (layer.reduce, layer.reads) != (self.target_layer.reduce, self.target_layer.reads):
            self.differ(self.read_origins, "it reads other banks, or reads them another way")
        self.compare(layer.stages, self.target_layer.stages)
        if (layer.rule, layer.writes) != (self.target_layer.rule, self.target_layer.writes):
            self.differ(self.write_origins, "it writes other banks, or writes them another way")

    def _banks_as(self, name: str, items: Sequence[nodes.Expr], scope: Scope) -> tuple[int, ...]:
        self.wanted = self.target_layer.reads if name == "read" else self.target_layer.writes
        banks, origins = self.with_origins(
            lambda: super(Matcher, self)._banks_as(name, items, scope)
        )
        setattr(self, f"{name}_origins", origins)
        return tuple(banks)

    def _rule(self, node: nodes.Write, scope: Scope) -> str:
        rule, origins = self.with_origins(lambda: super(Matcher, self)._rule(node, scope))
        self.write_origins |= origins
        return str(rule)

    def _finish(self, node: nodes.Section, state: Any, shape: tuple[int, ...]) -> Any:
        block, out = super()._finish(node, state, shape)
        self.reached = len(state.layers)
        target = self._target_block(state.number)
        if target is None or block is None or len(target.layers) != len(block.layers):
            self.differ(set(self.draws), "the block has another number of layers")
        elif [bank.size for bank in block.banks] != [bank.size for bank in target.banks]:
            self.differ(set(self.draws), "the block has other banks")
        elif (block.enter, block.leave) != (target.enter, target.leave):
            self.differ(set(self.draws), "other banks enter or leave the block")
        return block, out

    def _section(self, node: nodes.Section, scope: Scope) -> None:
        number = len(self.body_parts)
        self.reached = 0
        self.chosen = set()
        super()._section(node, scope)
        if node.kind == "stem":
            self.compare(self.stem or (), self.target.stem)
        elif node.kind == "head":
            if len(self.body_parts) != len(self.target.body):
                self.differ(set(self.draws), "it has another number of blocks and transitions")
            self.compare(self.head or (), self.target.head)
        elif number >= len(self.target.body) or type(self.target.body[number]) is not type(
            self.body_parts[number]
        ):
            self.differ(set(self.draws), "blocks and transitions come in another order")
        elif isinstance(part := self.target.body[number], Transition):
            made = self.body_parts[number]
            self.compare(made.stages if isinstance(made, Transition) else (), part.stages)

    def compare(self, made: Chain, wanted: Chain) -> None:
        """Compare two chains stage by stage."""
        mine, theirs = ([s for s in flat(chain) if not _idle(s)] for chain in (made, wanted))
        for a, b in zip(mine, theirs, strict=False):
            if isinstance(a, Op) and isinstance(b, Op):
                self._compare_ops(a, b)
            elif (
                isinstance(a, Combine)
                and isinstance(b, Combine)
                and a.rule == b.rule
                and len(a.branches) == len(b.branches)
            ):
                for branch, other in zip(a.branches, b.branches, strict=True):
                    self.compare(branch, other)
            else:
                self.differ(self.chosen, f"it has `{_name(b)}` where the space has `{_name(a)}`")
        if len(mine) != len(theirs):
            self.differ(
                self.chosen, f"it has {len(theirs)} operations in a row, and the space {len(mine)}"
            )

    def _compare_ops(self, a: Op, b: Op) -> None:
        _, attributes, chosen = self.attribute_origins.get(id(a), (a, {}, NOTHING))
        if a.name != b.name:
            self.differ(chosen, f"it has `{b.name}` where the space has `{a.name}`")
        for name, value in a.attrs.items():
            if value != b.attrs[name]:
                self.differ(
                    attributes.get(name, NOTHING) | chosen,
                    f"`{name}` of `{a.name}` is {b.attrs[name]}, and the space gives {value}",
                )

    def _apply(self, node: nodes.Apply, scope: Scope, shape: Any) -> Any:
        outer, self.drawn_here = self.op_origins, isinstance(node.op, DRAWN)
        named = node.op.callee if isinstance(node.op, nodes.Call) else node.op
        if isinstance(named, nodes.Name) or (
            isinstance(named, nodes.Index) and not depends(named.index, NOTHING)
        ):
            _, origins = self.with_origins(lambda: self.evaluate(named, scope))
            self.op_origins = outer | origins
            self.chosen |= origins
        try:
            result, _ = self.with_origins(lambda: super(Matcher, self)._apply(node, scope, shape))
        finally:
            self.op_origins = outer
        return result

    def _chosen_by(self) -> Origins:
        """The draws that chose the operation at hand: those around it, and one that stands in
        its place."""
        if self.drawn_here:
            self.drawn_here = False
            self.op_origins |= frozenset(self.touched)
            self.chosen |= self.touched
        return self.op_origins

    def _user(self, op: UserOp, applied: AppliedOp, span: Any, shape: Any) -> Any:
        self._chosen_by()
        return super()._user(op, applied, span, shape)

    def _builtin(self, op: BuiltinOp, applied: AppliedOp, span: Any, shape: Any) -> Any:
        chosen = self._chosen_by()
        applied = self._closed(op, applied)
        chain, out = super()._builtin(op, applied, span, shape)
        _, log = self.argument_origins.get(id(applied), (applied, {}))
        for stage in all_ops(chain):
            self.attribute_origins[id(stage)] = (stage, dict(log), chosen)
        return chain, out

    def _closed(self, op: BuiltinOp, applied: AppliedOp) -> AppliedOp:
        """Arguments with open numbers settled to what the target has there."""
        if not any(isinstance(value, Pending) for value in applied.arguments.values()):
            return applied
        arguments = dict(applied.arguments)
        _, log = self.argument_origins.get(id(applied), (applied, {}))
        log = dict(log)
        for name, value in applied.arguments.items():
            if isinstance(value, Pending):
                low, high = self.intervals[value.path]
                seen = {o.attrs[name] for o in self._target_ops() if o.name == op.spec.name}
                draws = sorted(
                    x for x in ((v - value.shift) / value.scale for v in seen) if low <= x <= high
                )
                if not draws:
                    self.differ(
                        {value.path}, f"`{name}` of `{op.name}` lies outside of {low} to {high}"
                    )
                x = self.decide(value, draws)
                self.intervals[value.path] = (x, x)
                arguments[name] = value.scale * x + value.shift
                log[name] = frozenset(self.touched)
        closed = AppliedOp(applied.op, arguments, applied.spans, applied.text)
        self.argument_origins[id(closed)] = (closed, log)
        return closed

    def _target_ops(self) -> list[Op]:
        if self.state is not None:
            return list(all_ops(self.target_layer.stages))
        chains = [self.target.stem, self.target.head, *(t.stages for t in self.target.transitions)]
        return [op for chain in chains for op in all_ops(chain)]

    target_layer: Any = None
    drawn_here = False
    read_origins: Origins = NOTHING
    write_origins: Origins = NOTHING


def _idle(stage: Op | Combine) -> bool:
    return isinstance(stage, Op) and stage.name == "identity"


def _name(stage: Op | Combine) -> str:
    return stage.name if isinstance(stage, Op) else stage.rule


def _few(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes[:6])) + (", …" if len(sizes) > 6 else "")
