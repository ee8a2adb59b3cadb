"""One elaboration from start to end: a `Definition` and a chooser → an `Elaborated` program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.diagnostic import InternalError, SmashError
from smashdsl.elaborate.draws import Chooser, Draw, Mark
from smashdsl.elaborate.limits import DEFAULT, Limits
from smashdsl.elaborate.modules import Module
from smashdsl.elaborate.network import Elaborator, file_scope
from smashdsl.elaborate.quick import QuickElaborator
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.requirements import Budget
from smashdsl.elaborate.values import Scope
from smashdsl.ir import Program
from smashdsl.plan import Plan, build_plan
from smashdsl.syntax import nodes


@dataclass(frozen=True)
class Definition:
    """A network as written, with the file around it."""

    module: Module
    network: nodes.Network
    constants: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_space(self) -> bool:
        return self.network.kind == "space"


@dataclass(frozen=True)
class Elaborated:
    """A program with its plan, the draws that made it, and the first requirement it fails, if any.

    `repaired` says that it was found by changing a rejected sample, not by drawing alone.
    """

    program: Program
    plan: Plan
    draws: dict[str, Draw]
    unmet: nodes.Require | None
    elaborator: Elaborator
    repaired: bool = False

    @property
    def marks(self) -> list[Mark]:
        """What draws decided, in order of elaboration."""
        return self.elaborator.marks


def module_scope(module: Module, elaborator: Elaborator) -> Scope:
    """The ops and lets of a file and of the files it uses; the elaborator learns the names of their
    places."""
    elaborator.places = module.places
    known: dict[int, Scope] = {}  # a file that several others use is one file

    def scope_of(part: Module) -> Scope:
        if id(part) not in known:
            imported = Scope()
            for used in part.uses:
                imported.names.update(scope_of(used).names)
            known[id(part)] = file_scope(part.tree.items, elaborator, imported)
        return known[id(part)]

    return scope_of(module)


def elaborate(
    definition: Definition,
    chooser: Chooser | None,
    limits: Limits = DEFAULT,
    budget: Budget | None = None,
) -> Elaborated:
    """Elaborate a network; the first mistake ends it.

    Raises:
        TooCostly: a cost has passed its `budget`.
        SmashError: the network, with these draws, has a mistake.
    """
    report = Report(first_only=True)
    elaborator = QuickElaborator(report, chooser, limits=limits, constants=definition.constants)
    elaborator.budget = budget or {}
    try:
        program = elaborator.network(
            definition.network, module_scope(definition.module, elaborator)
        )
        if program is None:
            raise InternalError(f"{definition.network.name} gave neither a program nor a mistake")
        return finish(elaborator, program)
    except Stop:
        raise SmashError(report.diagnostics) from None


def finish(elaborator: Elaborator, program: Program) -> Elaborated:
    """Plan a program that elaborated without mistakes, and look at its requirements."""
    plan = build_plan(program)
    return Elaborated(program, plan, elaborator.draws, elaborator.unmet(plan.costs), elaborator)
