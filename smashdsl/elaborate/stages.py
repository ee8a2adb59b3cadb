"""Chains of stages → IR, with the shape that flows through them.

A shape of None is one that an earlier, reported mistake left unknown: what follows is then
checked as far as it goes without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from smashdsl.diagnostics.diagnostic import Note
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.attributes import attributes, normal
from smashdsl.elaborate.draws import Choice
from smashdsl.elaborate.expressions import Expressions, signature
from smashdsl.elaborate.places import Places
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.requirements import GROWING, Budget, TooCostly
from smashdsl.elaborate.values import POISON, AppliedOp, BuiltinOp, Scope, UserOp, type_name
from smashdsl.ir import Chain, Combine, Group, Op
from smashdsl.ir import Stage as IRStage
from smashdsl.ops import OpError, OpSpec
from smashdsl.ops.table import Outline
from smashdsl.plan import is_filter, source_of
from smashdsl.syntax import nodes

Shape = tuple[int, ...] | None
Handler = Callable[[Any, Scope], None]

DRAWN = (nodes.OneOf, nodes.OneOfIn)
PASSES = 64  # of `repeat until`, after which mistakes end it
_MERGED = ("sum", "mean", "max", "mul", "cat")


def shown(shape: Shape) -> str:
    """A shape for people: `16×32×32`."""
    return "unknown" if shape is None else "×".join(map(str, shape))


class Stages(Expressions):
    """Elaborates statements and chains."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: list[UserOp] = []
        self.positions: list[str] = []
        self.stage_count = 0
        self.stopped = False  # whether a statement was given up
        self.budget: Budget = {}  # what may be spent on a cost before there is no point going on
        self.spent = dict.fromkeys(GROWING, 0)
        self.path = ""  # of the layer or section, as weight slots are named
        # by path, the input channels (of one group) of generated filters
        self.generated: dict[str, list[int]] = {}
        self.places = Places(())

    # Statements ---------------------------------------------------------------------------

    def run(self, body: Sequence[Any], scope: Scope, handler: Handler) -> None:
        """Run statements in order: `let`, `for`, `repeat` and `if` here, the rest by `handler`."""
        depth = len(self.binding)
        for node in body:
            try:
                match node:
                    case nodes.Let():
                        self._let(node, scope)
                    case nodes.For():
                        self._for(node, scope, handler)
                    case nodes.Repeat():
                        self._repeat(node, scope, handler)
                    case nodes.If():
                        chosen = (
                            node.body if self.condition(node.condition, scope) else node.otherwise
                        )
                        self.run(chosen, Scope(scope), handler)
                    case _:
                        handler(node, scope)
            except Stop:
                del self.binding[depth:]
                self.stopped = True
                self.recover(node)

    def recover(self, node: Any) -> None:
        """Called after a statement was given up."""

    def _let(self, node: nodes.Let, scope: Scope) -> None:
        depth = len(self.binding)
        try:
            scope.names[node.name] = self.evaluate_as(node.name, node.value, scope)
        except Stop:
            del self.binding[depth:]
            scope.names[node.name] = POISON

    def _for(self, node: nodes.For, scope: Scope, handler: Handler) -> None:
        name = "for" if node.target == "_" else node.target
        for number, value in enumerate(self.items(node.iterable, scope)):
            self.count_iteration(node.span)
            with self.entered(f"{name}[{number}]"):
                self.run(node.body, Scope(scope, {node.target: value}), handler)

    def _repeat(self, node: nodes.Repeat, scope: Scope, handler: Handler) -> None:
        number = 0
        count = None if node.count is None else self._repeat_count(node.count, scope)
        while number < count if count is not None else not self._until(node, scope):
            self.count_iteration(node.span)
            with self.entered(f"repeat[{number}]"):
                self.run(node.body, Scope(scope), handler)
            number += 1
            if number >= PASSES and node.until is not None and (self.stopped or self.report.found):
                return  # what is mistaken does not bring the end nearer

    def _until(self, node: nodes.Repeat, scope: Scope) -> bool:
        assert node.until is not None
        return self.condition(node.until, scope, "until")

    def _repeat_count(self, node: nodes.Expr, scope: Scope) -> int:
        self.binding.append("repeat")
        if isinstance(node, nodes.Range):
            self._need_chooser(node.span)
            values = self._range(node, scope)
            count = values[self.choose(Choice(values), node.span)] if values else 0
        else:
            count = self.whole(node, scope, "the number of repeats", 0)
        self.binding.pop()
        return count

    # Chains -------------------------------------------------------------------------------

    def body(self, body: Sequence[Any], scope: Scope, shape: Shape) -> tuple[Chain, Shape]:
        """The stages that the statements of a stem, transition, head or op amount to."""
        stages: list[IRStage] = []

        def chain(node: nodes.Chain, inner: Scope) -> None:
            nonlocal shape
            more, shape = self.chain(node.stages, inner, shape)
            stages.extend(more)

        self.run(body, scope, chain)
        return tuple(stages), shape

    def chain(
        self, chain: Sequence[nodes.Stage], scope: Scope, shape: Shape
    ) -> tuple[Chain, Shape]:
        stages: list[IRStage] = []
        depth = len(self.binding)
        for node in chain:
            try:
                more, shape = self.stage(node, scope, shape)
            except Stop:
                del self.binding[depth:]
                more, shape = (), None
            stages.extend(more)
        return tuple(stages), shape

    def stage(self, node: nodes.Stage, scope: Scope, shape: Shape) -> tuple[Chain, Shape]:
        match node:
            case nodes.Apply():
                return self._apply(node, scope, shape)
            case nodes.Combine():
                return self._combine(node, scope, shape)
            case nodes.Optional():
                if self.condition(node.condition, scope):
                    return self.stage(node.stage, scope, shape)
                return (), shape
        return self.chain(node.stages, scope, shape)

    def _apply(self, node: nodes.Apply, scope: Scope, shape: Shape) -> tuple[Chain, Shape]:
        value = (
            self.evaluate_as("op", node.op, scope)
            if isinstance(node.op, DRAWN)
            else self.evaluate(node.op, scope)
        )
        if isinstance(value, BuiltinOp | UserOp):
            value = AppliedOp(value, {}, {}, node.span.text)
        if not isinstance(value, AppliedOp):
            self.report.fail(
                "E307", node.span, f"a stage must be an operation, but this is {type_name(value)}"
            )
        if isinstance(value.op, BuiltinOp):
            return self._builtin(value.op, value, node.span, shape)
        return self._user(value.op, value, node.span, shape)

    # Built-in operations ------------------------------------------------------------------

    def _builtin(
        self, op: BuiltinOp, applied: AppliedOp, span: Span, shape: Shape
    ) -> tuple[Chain, Shape]:
        self.stage_count += 1
        if self.stage_count > self.limits.stages:
            self.report.fail(
                "E802", span, f"this network has more than {self.limits.stages:,} operations"
            )
        attrs = attributes(op, applied.arguments, applied.spans, span, self.report)
        weights = attrs.pop("weights", None)
        out = self._infer(op, attrs, applied, span, shape)
        stage = Op(
            op.spec.name,
            normal(attrs),
            weights,
            "/".join((*self.positions, self.places.name(span))),
            span,
        )
        if shape is not None and out is not None:
            self._note_generated(op.spec, stage, shape)
        return (stage,), out

    def _note_generated(self, spec: OpSpec, stage: Op, shape: tuple[int, ...]) -> None:
        if source_of(stage, self.path.startswith("blocks.")) == "generated":
            slots = spec.slots(shape[0], len(shape) - 1, stage.attrs)
            depths = [slot.shape[1] for slot in slots if is_filter(slot)]
            self.generated.setdefault(self.path, []).extend(depths[:1])

    def _charge(self, spec: OpSpec, outline: Outline) -> None:
        """Add an operation's costs; `TooCostly` when one passes the budget."""
        self.spent["params"] += outline.params
        self.spent["flops"] += outline.flops
        self.spent["activations"] += prod(outline.shape) if spec.weighted else 0
        for cost, most in self.budget.items():
            if self.spent[cost] > most:
                raise TooCostly(cost)

    def _infer(
        self, op: BuiltinOp, attrs: dict[str, Any], applied: AppliedOp, span: Span, shape: Shape
    ) -> Shape:
        if shape is None:
            return None
        try:
            outline = op.spec.outline(shape, attrs)
        except OpError:
            return self._misfit(op, attrs, applied, span, shape)
        if self.budget:
            self._charge(op.spec, outline)
        if len(shape) > 1 and min(outline.shape) < 1:
            self.report.error("E403", span, f"nothing is left of the resolution {shown(shape[1:])}")
            return None
        return outline.shape

    def _misfit(
        self,
        op: BuiltinOp,
        attrs: dict[str, Any],
        applied: AppliedOp,
        span: Span,
        shape: tuple[int, ...],
    ) -> Shape:
        """Report what is wrong with an operation's input, and give the shape perhaps meant."""
        channels, spatial = shape[0], shape[1:]
        try:
            channels = op.spec.channels(channels, attrs)
        except OpError as error:
            self._op_error(error, op, applied, span, shape)
            channels = attrs.get("units", channels)
        try:
            spatial = op.spec.spatial(spatial, attrs)
        except OpError as error:
            self._op_error(error, op, applied, span, shape)
            return None if error.code == "E405" else (channels, *spatial)
        return (channels, *spatial)

    def _op_error(
        self, error: OpError, op: BuiltinOp, applied: AppliedOp, span: Span, shape: Shape
    ) -> None:
        place = applied.spans.get(error.parameter or "", span)
        self.report.error(
            error.code,
            place,
            error.message,
            helps=error.helps,
            notes=(Note(f"`{op.name}` is given an input of {shown(shape)}"),),
        )

    # User operations ----------------------------------------------------------------------

    def _user(
        self, op: UserOp, applied: AppliedOp, span: Span, shape: Shape
    ) -> tuple[Chain, Shape]:
        if len(self.calls) >= self.limits.nesting:
            self.report.fail(
                "E803",
                span,
                f"operations call each other more than {self.limits.nesting} deep",
                helps=(f"does `{op.name}` call itself?",),
            )
        scope = Scope(op.closure, {"channels": POISON if shape is None else shape[0]})
        self.calls.append(op)
        self.positions.append(self.places.name(span))
        try:
            with self.entered(op.name):
                self._parameters(op, applied, span, scope)
                stages, out = self.body(op.definition.body, scope, shape)
        finally:
            self.calls.pop()
            self.positions.pop()
        return ((Group(op.name, stages, span),) if stages else ()), out

    def _parameters(self, op: UserOp, applied: AppliedOp, span: Span, scope: Scope) -> None:
        for parameter in op.definition.parameters:
            if parameter.name in applied.arguments:
                scope.names[parameter.name] = applied.arguments[parameter.name]
            elif parameter.default is not None:
                scope.names[parameter.name] = self.evaluate_as(
                    parameter.name, parameter.default, scope
                )
            else:
                self.report.fail(
                    "E301",
                    span,
                    f"`{op.name}` needs `{parameter.name}`",
                    helps=(signature(op),),
                    notes=(Note(f"`{op.name}` is defined here", op.definition.name_span),),
                )

    # Combinators --------------------------------------------------------------------------

    def _combine(self, node: nodes.Combine, scope: Scope, shape: Shape) -> tuple[Chain, Shape]:
        branches: list[tuple[Chain, Shape, Span]] = []
        present = [branch for branch in node.branches if not self._left_out(branch, scope)]
        for branch in present:
            optional = branch.stages[0]
            stages = (
                (optional.stage,)
                if isinstance(optional, nodes.Optional) and len(branch.stages) == 1
                else branch.stages
            )
            branches.append((*self.chain(stages, scope, shape), branch.span))
        if not branches:
            self.report.fail("E408", node.span, f"every branch of this `{node.rule}` is left out")
        out = self._meet(node, branches)
        if len(branches) == 1 and node.rule in _MERGED:
            return branches[0][0], out
        return (Combine(node.rule, tuple(chain for chain, _, _ in branches), node.span),), out

    def _left_out(self, branch: nodes.Chain, scope: Scope) -> bool:
        only = branch.stages[0]
        if len(branch.stages) > 1 or not isinstance(only, nodes.Optional):
            return False
        return not self.condition(only.condition, scope)

    def _meet(self, node: nodes.Combine, branches: list[tuple[Chain, Shape, Span]]) -> Shape:
        first = branches[0][1]
        total = 0
        for _, shape, span in branches:
            if shape is None or first is None:
                return None
            total += shape[0]
            same = shape[1:] == first[1:] if node.rule == "cat" else shape == first
            if not same:
                self.report.error(
                    "E409",
                    span,
                    f"the branches of `{node.rule}` do not fit together: "
                    f"{shown(first)} and {shown(shape)}",
                    f"this branch gives {shown(shape)}",
                    (Note(f"the first branch gives {shown(first)}", branches[0][2]),),
                )
        return first if node.rule != "cat" or first is None else (total, *first[1:])
