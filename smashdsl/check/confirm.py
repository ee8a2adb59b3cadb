"""From suspicion to certainty: samples that show a mistake, or none do.

What an analysis suspects is sampled with the options it names; an error that then appears at the
suspected place is real and is reported with the draws that lead to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from smashdsl.check.findings import Suspicion
from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import Choice, Chooser, Continuous, RandomChooser
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.run import Definition, finish, module_scope
from smashdsl.elaborate.values import show
from smashdsl.syntax import nodes

TRIES = 24


class SteeredChooser(RandomChooser):
    """Draws at random, at some paths only among the options with certain labels."""

    def __init__(self, seed: int, wanted: Mapping[str, tuple[Any, ...]]) -> None:
        super().__init__(seed)
        self.wanted = wanted

    def choice(self, path: str, options: Choice) -> int:
        wanted = self.wanted.get(path, ())
        fit = [i for i, name in enumerate(options.labels) if name in wanted and options.allowed(i)]
        return fit[super().choice(path, Choice(fit))] if fit else super().choice(path, options)

    def continuous(self, path: str, options: Continuous) -> float:
        wanted = self.wanted.get(path, ())
        return options.snap(wanted[0]) if wanted else super().continuous(path, options)


def errors_of(
    definition: Definition, chooser: Chooser, requirements: bool = False
) -> tuple[list[Diagnostic], Elaborator]:
    """All mistakes of one draw of a network; those of its requirements take a plan, and are found
    if asked for."""
    report = Report()
    elaborator = Elaborator(report, chooser, constants=definition.constants)
    with suppress(SmashError):
        scope = module_scope(definition.module, elaborator)
        program = elaborator.network(definition.network, scope)
        if requirements and program is not None and not report.found:
            with suppress(Stop):
                finish(elaborator, program)
    return report.diagnostics, elaborator


def confirm(definition: Definition, suspicion: Suspicion) -> Diagnostic | None:
    """The error that a suspicion foresaw, as a sample shows it; None if no sample does."""
    wanted = dict(suspicion.options)
    required = any(_within(suspicion, node) for node in definition.network.body)
    for seed in range(TRIES):
        found, elaborator = errors_of(definition, SteeredChooser(seed, wanted), required)
        for diagnostic in found:
            if _same_place(diagnostic, suspicion):
                return with_draws(diagnostic, elaborator, wanted)
    return None


def _within(suspicion: Suspicion, node: Any) -> bool:
    """Whether something is suspected of a requirement."""
    place, span = node.span, suspicion.span
    return (
        isinstance(node, nodes.Require)
        and place.source.name == span.source.name
        and place.start <= span.start < place.end
    )


def _same_place(diagnostic: Diagnostic, suspicion: Suspicion) -> bool:
    span, other = diagnostic.span, suspicion.span
    if span is None or diagnostic.code != suspicion.code or span.source.name != other.source.name:
        return False
    return span.start < other.end and other.start < span.end


def with_draws(diagnostic: Diagnostic, elaborator: Elaborator, paths: Iterable[str]) -> Diagnostic:
    """A diagnostic with the draws that lead to it, named as the text names them."""
    found = [elaborator.bound[path] for path in paths if path in elaborator.bound]
    shown = dict.fromkeys(f"{name} = {show(value)}" for name, value in found)
    if not shown:
        return diagnostic
    note = Note(f"some draws make it so: {', '.join(shown)}")
    return replace(diagnostic, notes=(*diagnostic.notes, note))
