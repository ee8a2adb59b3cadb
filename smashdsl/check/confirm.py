"""From suspicion to certainty: samples that show a mistake, or none do.

What an analysis suspects is sampled with the options it names; an error that then appears at the
suspected place is real and is reported with the draws that lead to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smashdsl.check.findings import Suspicion
from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, module_scope
from smashdsl.elaborate.values import show
from smashdsl.space.choosers import RepairingChooser

TRIES = 24


def errors_of(definition: Definition, chooser: Any) -> tuple[list[Diagnostic], Elaborator]:
    """All mistakes of one draw of a network."""
    report = Report()
    elaborator = Elaborator(report, chooser, constants=definition.constants)
    try:
        elaborator.network(definition.network, module_scope(definition.module, elaborator))
    except SmashError:
        pass
    return report.diagnostics, elaborator


def confirm(definition: Definition, suspicion: Suspicion) -> Diagnostic | None:
    """The error that a suspicion foresaw, as a sample shows it; None if no sample does."""
    fixed = dict(suspicion.options)
    for seed in range(TRIES):
        chooser = RepairingChooser({}, RandomChooser(seed), fixed=fixed)
        found, elaborator = errors_of(definition, chooser)
        for diagnostic in found:
            if diagnostic.span is not None and _same_place(diagnostic, suspicion):
                return with_draws(diagnostic, elaborator, fixed)
    return None


def _same_place(diagnostic: Diagnostic, suspicion: Suspicion) -> bool:
    span, other = diagnostic.span, suspicion.span
    assert span is not None
    overlaps = span.start < other.end and other.start < span.end and span.source.name == other.source.name
    return overlaps and diagnostic.code == suspicion.code


def with_draws(diagnostic: Diagnostic, elaborator: Elaborator, paths: Any) -> Diagnostic:
    """A diagnostic with the draws that lead to it, named as the text names them."""
    shown = [
        f"{name} = {show(value)}"
        for path in paths
        if path in elaborator.draws and (found := elaborator.bound.get(path)) is not None
        for name, value in [found]
    ]
    if not shown:
        return diagnostic
    note = Note(f"some draws make it so: {', '.join(shown)}")
    return replace(diagnostic, notes=(*diagnostic.notes, note))
