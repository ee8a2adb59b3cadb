"""What an analysis found, in words: requirements that decide nothing, useless options and banks."""

from __future__ import annotations

from collections.abc import Iterator

from smashdsl.check.findings import Findings
from smashdsl.check.network import SpaceAnalysis
from smashdsl.diagnostics.diagnostic import Diagnostic, Note
from smashdsl.elaborate.values import show
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import mentions

UNITS = {
    "params": "parameters",
    "flops": "multiply-adds of convolutions and linear layers",
    "activations": "activations",
}
SHOWN = 6


def requirement_findings(analysis: SpaceAnalysis) -> Iterator[Diagnostic]:
    """Requirements that no program of the space meets, and those that every one does."""
    for node, scope in analysis.requirements:
        holds = analysis.requirement(node, scope)
        if holds is None:
            continue
        span, notes = node.condition.span, tuple(_bounds(node, analysis.findings))
        if holds:
            yield Diagnostic(
                "W701", "this requirement always holds", span, "it rejects nothing", notes,
                ("leave it out, or tighten it",),
            )  # fmt: skip
        else:
            yield Diagnostic(
                "E701", "this requirement can never hold", span,
                "every program of the space fails it", notes, ("loosen it, or change the space",),
            )  # fmt: skip


def _bounds(node: nodes.Require, findings: Findings) -> Iterator[Note]:
    for name, unit in UNITS.items():
        if mentions(node, (name,)):
            low, high = findings.costs[name]
            yield Note(f"the space's programs have {low:,.0f} to {high:,.0f} {unit}")


def space_warnings(findings: Findings) -> Iterator[Diagnostic]:
    """Options that can never be drawn, and banks that nothing reads."""
    for site in findings.sites.values():
        never = [label for key, label in site.never.items() if key not in site.labels]
        if never:
            listed = ", ".join(f"`{show(label)}`" for label in never[:SHOWN])
            options = "the option" if len(never) == 1 else "the options"
            problem = f"{options} {listed} can never be drawn"
            yield Diagnostic("W603", problem, site.span, "every weight here is 0")
    for key, span in findings.unread.items():
        if key not in findings.used:
            yield Diagnostic(
                "W501", f"bank `{key[1]}` of this block is never read", span,
                "no layer reads it, and it does not leave the block",
            )  # fmt: skip
