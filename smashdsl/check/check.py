"""Everything that can be said of a file before anything runs.

Takes a parsed module; gives diagnostics in order of place. A program is elaborated, a space is
analysed over all its draws; what the analysis suspects is confirmed by a sample before it is called
an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smashdsl.check.abstract import Undecided
from smashdsl.check.confirm import confirm, errors_of
from smashdsl.check.findings import Findings, Suspicion
from smashdsl.check.names import check_names
from smashdsl.check.network import SpaceAnalysis
from smashdsl.check.tables import Tables
from smashdsl.check.values import GaveUp
from smashdsl.check.wording import requirement_findings, space_warnings
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.modules import Module
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.run import Definition, finish, module_scope

SAMPLES = 8


@dataclass(frozen=True)
class SpaceFacts:
    """What an analysis found of a space; `proved` is false where it has not walked all of it."""

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
    except (GaveUp, Undecided, RecursionError):
        proved = False
    proved = proved and not analysis.findings.lost
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
        if definition.is_space:
            found += _check_space(definition, unnamed)
        else:
            found += _check_program(definition, unnamed)
    unique = {(diagnostic.code, _place(diagnostic)): diagnostic for diagnostic in reversed(found)}
    return sorted(unique.values(), key=_place)


def _place(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.source.name, span.start, span.end) if span else ("", 0, 0)


# Programs -------------------------------------------------------------------------------------


def _check_program(definition: Definition, unnamed: bool) -> list[Diagnostic]:
    report = Report()
    elaborator = Elaborator(report, None)
    try:
        scope = module_scope(definition.module, elaborator)
        program = elaborator.network(definition.network, scope)
    except SmashError as error:
        return list(error.diagnostics)
    if program is not None and not report.found and not unnamed:
        try:
            made = finish(elaborator, program)
        except Stop:  # a requirement makes no sense
            return report.diagnostics
        if made.unmet is not None:
            params, flops = made.plan.costs.params, made.plan.costs.flops
            report.error(
                "E703", made.unmet.condition.span, "the program does not meet its own requirement",
                f"it has {params:,} parameters and takes {flops:,} multiply-adds",
            )  # fmt: skip
    return report.diagnostics


# Spaces ---------------------------------------------------------------------------------------


def _check_space(definition: Definition, unnamed: bool) -> list[Diagnostic]:
    sampled = _sampled_errors(definition)
    if any(diagnostic.code.startswith("E8") for diagnostic in sampled):
        return sampled  # past a limit, an analysis would take as long again
    facts, analysis = analyse(definition)
    requirements = list(requirement_findings(analysis))
    found = list(sampled)
    for suspicion in facts.findings.suspicions.values():
        seen = [diagnostic for diagnostic in sampled if _foresaw(suspicion, diagnostic)]
        confirmed = confirm(definition, suspicion) if suspicion.options or not seen else None
        if seen:
            found = [(confirmed or d) if d in seen else d for d in found]
        elif confirmed is not None:
            found.append(confirmed)
        elif not unnamed and not sampled:
            found.append(_unproved(suspicion))
    if found or unnamed:
        return found
    if not facts.proved:
        problem = "this space is too large to be proved free of mistakes"
        helps = ("its samples are still checked one by one",)
        return [Diagnostic("W602", problem, definition.network.name_span, helps=helps)]
    return [*requirements, *space_warnings(facts.findings)]


def _foresaw(suspicion: Suspicion, diagnostic: Diagnostic) -> bool:
    """Whether a mistake of a sample is what an analysis suspected."""
    if diagnostic.span is None or diagnostic.code != suspicion.code:
        return False
    span, other = diagnostic.span, suspicion.span
    return span.source.name == other.source.name and (
        span.start == other.start or other.start <= span.start < other.end
    )


def _unproved(suspicion: Suspicion) -> Diagnostic:
    return Diagnostic(
        "W601", f"it could not be proved that this never goes wrong: {suspicion.message}",
        suspicion.span, helps=("no sample showed it; `explain W601` says what to do",),
    )  # fmt: skip


def _sampled_errors(definition: Definition) -> list[Diagnostic]:
    """The mistakes of the first of a few samples that has any, each once."""
    for seed in range(SAMPLES):
        mistakes, _ = errors_of(definition, RandomChooser(seed))
        if mistakes:
            found: dict[Any, Diagnostic] = {}
            for mistake in mistakes:
                found.setdefault((mistake.code, mistake.span and mistake.span.start), mistake)
            return list(found.values())
    return []
