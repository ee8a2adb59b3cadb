"""A `program` or `space`, its draws answered by a chooser → one `ir.Program`.

Assumes a tree that the parser accepted. Gives a program whose every shape fits, or reports why
there is none; with an exhaustive report it goes on after a mistake to find the independent ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from smashdsl.elaborate.dependence import depends, drawn_names
from smashdsl.elaborate.draws import Chooser
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.settings import Settings
from smashdsl.elaborate.stages import Shape, shown
from smashdsl.elaborate.values import POISON, Dynamic, Scope, UserOp
from smashdsl.ir import Block, Chain, Program, Transition
from smashdsl.ir.naming import transition_path
from smashdsl.syntax import nodes

COSTS = ("params", "flops", "depth", "activations")


class Elaborator(Settings):
    """Elaborates one network once."""

    def __init__(self, report: Report, chooser: Chooser | None, **kwargs: Any) -> None:
        super().__init__(report, chooser, **kwargs)
        self.shape: Shape = None
        self.classes: int | None = None
        self.stem: Chain | None = None
        self.head: Chain | None = None
        self.body_parts: list[Block | Transition] = []
        self.requirements: list[tuple[nodes.Require, Scope]] = []
        self.transition_count = 0
        self.random_names: frozenset[str] = frozenset()  # names whose values depend on draws

    def network(self, node: nodes.Network, file_scope: Scope) -> Program | None:
        """The program that the chooser's answers make of a network; None where mistakes prevent
        it."""
        try:
            return self._network(node, file_scope)
        except RecursionError:
            problem = f"`{node.name}` is nested too deeply"
            label = "operations within operations, each with deep expressions"
            self.report.error("E803", node.name_span, problem, label)
            return None

    def _network(self, node: nodes.Network, file_scope: Scope) -> Program | None:
        self.random_names = self.remembered(node, lambda: drawn_names(node, file_scope))
        scope = Scope(file_scope, {"channels": Dynamic(self._channels)})
        for statement in node.body:
            if isinstance(statement, nodes.OpDef):
                scope.names[statement.name] = UserOp(statement, scope)
        given = self._input(node, scope)
        self._train_first(node)
        self.shape = given
        rest = [
            s for s in node.body if not isinstance(s, nodes.Input | nodes.Classes | nodes.OpDef)
        ]
        self.run(rest, scope, self._statement)
        if len(self.frames[0].paths) > self.frames[0].reached:
            self.mark("scope", 0, 0, len(self.draws))
        self._check_end(node)
        if given is None or self.shape is None:
            return None
        return Program(
            node.name,
            given,
            self.classes,
            self.stem or (),
            tuple(self.body_parts),
            self.head or (),
            self.encoding,
            {path: draw.value for path, draw in self.draws.items()},
            node.name if node.kind == "space" else "",
            self.train,
            node.span,
        )

    def remembered(self, node: Any, make: Callable[[], Any]) -> Any:
        """What depends on the text alone is made once for all elaborations."""
        key = ("made", id(node))
        if key not in self.constants:
            self.constants[key] = make()
        return self.constants[key]

    def _channels(self) -> Any:
        return POISON if self.shape is None else self.shape[0]

    # Settings -----------------------------------------------------------------------------

    def _input(self, node: nodes.Network, scope: Scope) -> Shape:
        shape: Shape = None
        for statement in node.body:
            if isinstance(statement, nodes.Input):
                shape = self._input_shape(statement)
            elif isinstance(statement, nodes.Classes):
                try:
                    self.classes = self._class_count(statement.value, scope)
                    scope.names["classes"] = self.classes
                except Stop:
                    scope.names["classes"] = POISON
        return shape

    def _class_count(self, node: nodes.Expr, scope: Scope) -> int:
        return self.whole(node, scope, "the number of classes", 1)

    def _input_shape(self, node: nodes.Input) -> Shape:
        dims = node.shape.dims
        if not 1 <= len(dims) - 1 <= 3:
            self.report.error(
                "E404",
                node.shape.span,
                f"an input has channels and 1 to 3 dimensions, but this has {len(dims)} numbers",
                helps=("write channels first: `3x32x32`",),
            )
            return None
        if min(dims) < 1 or max(dims) > 2**16:
            self.report.error(
                "E303", node.shape.span, "every size of an input must be from 1 to 65,536"
            )
            return None
        return dims

    # Sections -----------------------------------------------------------------------------

    def _statement(self, node: Any, scope: Scope) -> None:
        match node:
            case nodes.Section():
                self._section(node, scope)
            case nodes.Encoding():
                self._encoding(node, scope)
            case nodes.Train():
                self._train(node, scope)
            case nodes.Require():
                self.requirements.append((node, scope))

    def _section(self, node: nodes.Section, scope: Scope) -> None:
        self._check_order(node)
        if self.shape is None:
            self._blind(node, scope)
            return
        if len(self.shape) == 1 and node.kind == "block":
            self.report.fail(
                "E405", node.keyword_span, "a block needs a spatial input, but this is a vector"
            )
        before = self.shape
        self.shape = None
        if node.kind == "block":
            block, self.shape = self.block(node, Scope(scope, {"channels": before[0]}), before)
            if block is not None:
                self.body_parts.append(block)
            return
        inner = Scope(scope, {"channels": before[0]})
        since, number = len(self.draws), self.transition_count
        self.path = transition_path(number) if node.kind == "transition" else node.kind
        with self._section_path(node):
            stages, self.shape = self.body(node.body, inner, before)
            if (
                self.path in self.generated
                or len(self.draws) > since
                or self._section_depends(node)
            ):
                self.mark(node.kind, number if node.kind == "transition" else 0, 0, since)
        if node.kind == "transition":
            self.body_parts.append(Transition(stages, node.span))
        elif node.kind == "stem":
            self.stem = stages
        else:
            self.head = stages
            self._check_classes(node)

    def _section_depends(self, node: nodes.Section) -> bool:
        return bool(self.random_names) and bool(
            self.remembered(node, lambda: depends(node, self.random_names))
        )

    @contextmanager
    def _section_path(self, node: nodes.Section) -> Iterator[None]:
        name = node.kind
        if name == "transition":
            name = f"transition[{self.transition_count}]"
            self.transition_count += 1
        self.positions = [name]
        with self.within((name,), one_piece=True):
            yield
        self.positions = []

    def _blind(self, node: nodes.Section, scope: Scope) -> None:
        """After a mistake that leaves the incoming shape unknown, look at what can be seen
        without it."""
        if node.kind == "head" and self.head is None:
            self.head = ()
        inner = Scope(scope, {"channels": POISON})
        if node.kind != "block":
            self.body(node.body, inner, None)

    def _check_order(self, node: nodes.Section) -> None:
        if self.head is not None:
            self.report.fail(
                "E205", node.keyword_span, f"a `{node.kind}` cannot stand after the head"
            )
        if node.kind == "stem" and (self.body_parts or self.stem is not None):
            self.report.fail("E205", node.keyword_span, "the stem must come first, and once")

    def _check_classes(self, node: nodes.Section) -> None:
        if self.shape is None or self.classes is None or self.shape == (self.classes,):
            return
        self.report.error(
            "E407",
            node.keyword_span,
            f"the head gives {shown(self.shape)}, but the network has {self.classes} classes",
            helps=("end it with `global_avg_pool -> linear(classes)`",),
        )

    def _check_end(self, node: nodes.Network) -> None:
        if self.head is None and not self.report.found:
            self.report.error(
                "E205",
                node.name_span,
                f"`{node.name}` has no head",
                helps=("add `head { global_avg_pool -> linear(classes) }`",),
            )

    # Requirements -------------------------------------------------------------------------

    def unmet(self, costs: Any) -> nodes.Require | None:
        """The first requirement that does not hold for a network of these costs."""
        for node, scope in self.requirements:
            inner = Scope(scope, {name: getattr(costs, name) for name in COSTS})
            if not self.condition(node.condition, inner, "require"):
                return node
        return None


def file_scope(
    items: Sequence[nodes.Item], elaborator: Elaborator, imported: Scope | None = None
) -> Scope:
    """The scope of a file's ops and lets; a let that draws is evaluated when it is first used."""
    scope = Scope(imported)
    for item in items:
        if isinstance(item, nodes.OpDef):
            scope.names[item.name] = UserOp(item, scope)
    for item in items:
        if isinstance(item, nodes.Let):
            scope.names[item.name] = Dynamic(_once(item, scope, elaborator), item, scope)
    return scope


def _once(node: nodes.Let, scope: Scope, elaborator: Elaborator) -> Any:
    memo: list[Any] = []
    pending = False

    def get() -> Any:
        nonlocal pending
        if pending:
            problem = f"`{node.name}` is defined in terms of itself"
            elaborator.report.fail("E201", node.name_span, problem)
        if not memo:
            pending = True
            memo.append(POISON)
            try:
                with elaborator.within(()):
                    memo[0] = elaborator.evaluate_as(node.name, node.value, scope)
            except Stop:
                memo[0] = POISON
            finally:
                pending = False
        return memo[0]

    return get
