"""What an analysis found, in words: requirements that decide nothing, options and banks without use."""

from __future__ import annotations

from collections.abc import Iterator

from smashdsl.check.blocks import SpaceAnalysis
from smashdsl.check.findings import Findings
from smashdsl.diagnostics.diagnostic import Diagnostic, Note
from smashdsl.elaborate.values import show
from smashdsl.space.requirements import conjuncts
from smashdsl.syntax import nodes

UNITS = {"params": "parameters", "flops": "multiply-adds of convolutions and linear layers",
         "activations": "activations"}  # fmt: skip


def requirement_errors(analysis: SpaceAnalysis) -> Iterator[Diagnostic]:
    """Requirements that no program of the space meets, and warnings of those that every one does."""
    for node, scope in analysis.requirements:
        holds = analysis.requirement(node, scope)
        if holds is None:
            continue
        notes = tuple(_bounds(node, analysis))
        if holds:
            yield Diagnostic("W701", "this requirement always holds", node.condition.span, "it rejects nothing", notes,
                             ("leave it out, or tighten it",))  # fmt: skip
        else:
            yield Diagnostic("E701", "this requirement can never hold", node.condition.span,
                             "every program of the space fails it", notes, ("loosen it, or change the space",))  # fmt: skip


def _bounds(node: nodes.Require, analysis: SpaceAnalysis) -> Iterator[Note]:
    names = {found for part in conjuncts(node.condition) for found in _costs_in(part)}
    for name in UNITS:
        if name in names:
            low, high = analysis.findings.costs[name]
            yield Note(f"the space's programs have {low:,.0f} to {high:,.0f} {UNITS[name]}")


def _costs_in(node: nodes.Expr) -> set[str]:
    if isinstance(node, nodes.Name):
        return {node.id}
    if isinstance(node, nodes.Binary):
        return _costs_in(node.left) | _costs_in(node.right)
    return _costs_in(node.operand) if isinstance(node, nodes.Unary) else set()


def space_warnings(findings: Findings) -> Iterator[Diagnostic]:
    """Options that can never be drawn, and banks that nothing reads."""
    for site in findings.sites.values():
        never = [label for key, label in site.never.items() if key not in site.labels]
        if never:
            listed = ", ".join(f"`{show(label)}`" for label in never[:6])
            yield Diagnostic("W603", f"the option {listed} can never be drawn" if len(never) == 1
                             else f"the options {listed} can never be drawn", site.span, "they weigh nothing")  # fmt: skip
    for name, span in findings.unread.items():
        if span is not None:
            yield Diagnostic("W501", f"bank `{name.partition(':')[2]}` of this block is never read", span,
                             "no layer reads it, and it does not leave the block")  # fmt: skip
