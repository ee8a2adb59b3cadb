"""Summaries as pages of text."""

from __future__ import annotations

from smashdsl.backends.labels import shape_label
from smashdsl.backends.summary.columns import columns
from smashdsl.backends.summary.layers import Operation, ProgramSummary, Row
from smashdsl.backends.summary.reach import Field
from smashdsl.backends.summary.spaces import DrawSummary, SpaceSummary
from smashdsl.elaborate.values import show

FLOPS = "FLOPs: multiply-adds of convolutions and linear layers, for one example"
_NUMBERS = (3, 4, 5)


def program_page(summary: ProgramSummary, *, expand: bool = False) -> str:
    """A table of layers (with `expand`, of their operations too) and the totals."""
    costs = summary.costs
    kind = f"drawn from space {summary.space}" if summary.space else "program"
    classes = f", {summary.classes} classes" if summary.classes else ""
    head = f"{summary.name}: {kind}, input {shape_label(summary.input)}{classes}\n"
    rows = [["layer", "operation", "output", "parameters", "FLOPs", "receptive field"]]
    for row in summary.layers:
        rows.append(_layer(row))
        if expand:
            rows += [_operation(operation) for operation in row.operations]
    whole = _field(summary.receptive_field)
    rows.append(["total", "", "", f"{costs.params:,}", f"{costs.flops:,}", whole])
    foot = f"""
depth        {costs.depth} convolutions and linear layers on the longest path
activations  {costs.activations:,} outputs of convolutions and linear layers
{_train(summary)}hash         {summary.hash}
{FLOPS}
"""
    return head + "\n" + columns(rows, _NUMBERS) + foot


def _train(summary: ProgramSummary) -> str:
    settings = ", ".join(f"{name} = {value}" for name, value in summary.train.items())
    return f"training     {settings}\n" if settings else ""


def _layer(row: Row) -> list[str]:
    parts = [row.reads, row.op, row.writes] if row.writes else [row.op]
    field = "" if row.receptive_field is None else _field(row.receptive_field)
    return [row.name, " → ".join(parts), shape_label(row.shape), f"{row.params:,}",
            f"{row.flops:,}", field]  # fmt: skip


def _operation(operation: Operation) -> list[str]:
    return ["", f"  {operation.op}", shape_label(operation.shape), f"{operation.params:,}",
            f"{operation.flops:,}", _field(operation.receptive_field)]  # fmt: skip


def _field(field: Field) -> str:
    return field if isinstance(field, str) else shape_label(field)


def space_page(summary: SpaceSummary) -> str:
    """Draws, size, bounds and requirements, one after the other."""
    classes = f", {summary.classes} classes" if summary.classes else ""
    head = f"{summary.name}: space, input {shape_label(summary.input)}{classes}\n"
    intervals = "; a number drawn from an interval counts once" if summary.size.continuous else ""
    size = f"programs  {summary.size}{intervals}\n"
    parts = [head, size, _draws(summary), _bounds(summary)]
    if summary.requirements:
        parts.append(_requirements(summary))
    return "\n".join(parts)


def _draws(summary: SpaceSummary) -> str:
    rows = [["draw", "options", "at"]]
    rows += [[draw.text, _options(draw), f"{draw.line}:{draw.column}"] for draw in summary.draws]
    return columns(rows, widest=64)


def _options(draw: DrawSummary) -> str:
    if draw.kind == "continuous":
        return f"{draw.low:g} to {draw.high:g}{', logarithmic' if draw.log else ''}"
    if draw.kind == "subset":
        return f"some of {draw.banks} banks"
    return f"{len(draw.options)}: {', '.join(map(show, draw.options))}"


_NAMES = {"params": "parameters", "flops": "FLOPs", "units": "units of an operation",
          "banks": "banks of a block",
          "channels": "channels of a block's banks"}  # fmt: skip


def _bounds(summary: SpaceSummary) -> str:
    if not summary.proved:
        return "bounds  none: not all of the space could be analysed\n"
    rows = [["bounds", "least", "most"]]
    for name, (low, high) in summary.bounds.items():
        least = "" if low is None else f"{low:,.0f}"
        rows.append([_NAMES.get(name, name), least, f"{high:,.0f}"])
    before = "Bounds hold for every program; requirements narrow them further.\n"
    return columns(rows, (1, 2)) + before + FLOPS + "\n"


def _requirements(summary: SpaceSummary) -> str:
    rows = [["requirement", "rejects", "at"]]
    for found in summary.requirements:
        share = f"{found.rejected} of {found.samples} samples"
        rows.append([found.text, share, f"line {found.line}"])
    return columns(rows)
