"""Everything that can be said of a file before anything runs.

Takes a parsed module; gives diagnostics in order of place. A program is elaborated, a space analysed
over all its draws; what the analysis suspects is confirmed by a sample before it is called an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smashdsl.check.blocks import SpaceAnalysis
from smashdsl.check.confirm import confirm, errors_of
from smashdsl.check.findings import Findings, Suspicion
from smashdsl.check.names import check_names
from smashdsl.check.tables import GaveUp, Tables
from smashdsl.check.wording import requirement_errors, space_warnings
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.modules import Module
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, finish, module_scope

SAMPLES = 8


@dataclass(frozen=True)
class SpaceFacts:
    """What an analysis found of a space; `proved` is false where it gave up."""

    findings: Findings
    tables: Tables
    proved: bool


class _Suspecting(Report):
    """Turns what the elaborator's own rules report during an analysis into suspicions."""

    analysis: SpaceAnalysis

    def add(self, diagnostic: Diagnostic) -> None:
        if diagnostic.span is not None:
            self.analysis.suspect(diagnostic.code, diagnostic.span, diagnostic.message)


def analyse(definition: Definition) -> tuple[SpaceFacts, SpaceAnalysis]:
    """Walk a whole space."""
    report = _Suspecting()
    analysis = report.analysis = SpaceAnalysis(report)
    proved = True
    try:
        analysis.walk(definition.network, module_scope(definition.module, analysis))
    except GaveUp:
        proved = False
    return SpaceFacts(analysis.findings, analysis.tables, proved), analysis


def check(module: Module) -> list[Diagnostic]:
    """All errors and warnings of a file, in order of place."""
    report = Report()
    try:
        check_names(module, report)
    except SmashError as error:
        return list(error.diagnostics)
    unnamed = bool(report.found)
    found = list(report.diagnostics)
    for network in module.networks():
        definition = Definition(module, network)
        found += _check_space(definition, unnamed) if definition.is_space else _check_program(definition)
    unique = {(d.code, d.span and (d.span.source.name, d.span.start, d.span.end)): d for d in reversed(found)}
    return sorted(unique.values(), key=_place)


def _place(diagnostic: Diagnostic) -> tuple[str, int]:
    span = diagnostic.span
    return (span.source.name, span.start) if span else ("", 0)


def _check_program(definition: Definition) -> list[Diagnostic]:
    report = Report()
    elaborator = Elaborator(report, None)
    try:
        program = elaborator.network(definition.network, module_scope(definition.module, elaborator))
    except SmashError as error:
        return list(error.diagnostics)
    if program is not None and not report.found:
        made = finish(elaborator, program)
        if made.unmet is not None:
            report.error("E703", made.unmet.condition.span, "the program does not meet its own requirement",
                         f"it has {made.plan.costs.params:,} parameters and takes {made.plan.costs.flops:,} "
                         "multiply-adds")  # fmt: skip
    return report.diagnostics


def _check_space(definition: Definition, unnamed: bool) -> list[Diagnostic]:
    sampled = _sampled_errors(definition)
    facts, analysis = analyse(definition)
    found = list(sampled)
    places = {(d.code, d.span.start) for d in sampled if d.span}
    for suspicion in facts.findings.suspicions.values():
        if any(code == suspicion.code and suspicion.span.start <= start < max(suspicion.span.end, suspicion.span.start + 1)
               for code, start in places):  # fmt: skip
            found = [_explained(d, suspicion, definition) for d in found]
            continue
        confirmed = confirm(definition, suspicion)
        if confirmed is not None:
            found.append(confirmed)
        elif not unnamed and not sampled:
            found.append(_unproved(suspicion))
    if found or unnamed:
        return found
    if not facts.proved:
        return [Diagnostic("W602", "this space is too large to be proved free of mistakes", definition.network.name_span,
                           notes=(), helps=("its samples are still checked one by one",))]  # fmt: skip
    return [*requirement_errors(analysis), *space_warnings(facts.findings)]


def _explained(diagnostic: Diagnostic, suspicion: Suspicion, definition: Definition) -> Diagnostic:
    """A sampled error, with the draws that an analysis blames for it."""
    if diagnostic.span is None or diagnostic.code != suspicion.code or not suspicion.options:
        return diagnostic
    if not suspicion.span.start <= diagnostic.span.start < suspicion.span.end:
        return diagnostic
    return confirm(definition, suspicion) or diagnostic


def _unproved(suspicion: Suspicion) -> Diagnostic:
    return Diagnostic("W601", f"it could not be proved that this never goes wrong: {suspicion.message}", suspicion.span,
                      helps=("no sample showed it; `explain W601` says what to do",))  # fmt: skip


def _sampled_errors(definition: Definition) -> list[Diagnostic]:
    """The mistakes that a few samples have, each once."""
    found: dict[Any, Diagnostic] = {}
    for seed in range(SAMPLES):
        mistakes, elaborator = errors_of(definition, RandomChooser(seed))
        for mistake in mistakes:
            key = (mistake.code, mistake.span and mistake.span.start)
            found.setdefault(key, mistake)
        if mistakes:
            break
    return list(found.values())

