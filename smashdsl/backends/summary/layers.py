"""A program, layer by layer.

A layer of a block is one row, and so are the stem, each transition and the head; the operations of
each are listed below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from smashdsl.backends.graph.layers import layer_of, section_of, step_label
from smashdsl.backends.labels import chain_label
from smashdsl.backends.shapes import Shape, chain_shape
from smashdsl.backends.summary.reach import Field, receptive_fields, widest
from smashdsl.ir import Block, Chain, Layer, Program, content_hash
from smashdsl.ir.text import bank_set
from smashdsl.plan import Costs, Plan, Step


@dataclass(frozen=True)
class Operation:
    """One operation of the text, or reading that has weights: its module's path, its output's shape
    `(channels, *spatial)`, parameters, multiply-adds, and receptive field."""

    path: str
    op: str
    shape: Shape
    params: int
    flops: int
    receptive_field: Field


@dataclass(frozen=True)
class Row:
    """A layer of a block, or a whole stem, transition or head.

    `reads` and `writes` name banks (empty outside blocks). `receptive_field` is that of its
    output, None where nothing is computed.
    """

    name: str
    path: str
    op: str
    reads: str
    writes: str
    shape: Shape
    params: int
    flops: int
    receptive_field: Field | None
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class ProgramSummary:
    """A program's facts; `costs.flops` are multiply-adds of convolutions and linear layers."""

    name: str
    space: str
    hash: str
    input: Shape
    classes: int | None
    costs: Costs
    receptive_field: Field
    layers: tuple[Row, ...]
    train: Mapping[str, float]

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        facts = {
            "kind": "program", "name": self.name, "space": self.space or None, "hash": self.hash,
            "input": list(self.input), "classes": self.classes, **asdict(self.costs),
            "flops_count": "multiply-adds of convolutions and linear layers",
            "receptive_field": self.receptive_field, "train": dict(self.train),
        }  # fmt: skip
        return {**facts, "layers": [asdict(row) for row in self.layers]}


def summarise_program(plan: Plan) -> ProgramSummary:
    """The summary of a plan's program."""
    program = plan.program
    fields = receptive_fields(plan)
    return ProgramSummary(
        program.name, program.space, content_hash(program), program.input, program.classes,
        plan.costs, fields[plan.output], tuple(_Rows(plan, fields).of(program)),
        program.train,
    )  # fmt: skip


class _Rows:
    """Walks a program with the shape of the value that flows."""

    def __init__(self, plan: Plan, fields: Sequence[Field]) -> None:
        self.plan, self.fields = plan, fields
        self.operations: dict[str, list[Operation]] = defaultdict(list)
        for step in plan.steps:
            if step.source is not None or step.slots:
                place = layer_of(step.path) or section_of(step.path)
                self.operations[place].append(self.operation(step))

    def operation(self, step: Step) -> Operation:
        rank = len(self.plan.steps[step.inputs[0]].shape) - 1
        return Operation(step.path, step_label(step, rank), step.shape, step.params, step.flops,
                         self.fields[step.index])  # fmt: skip

    def of(self, program: Program) -> list[Row]:
        shape = program.input
        rows: list[Row] = []
        if program.stem:
            shape = self.section(rows, "stem", "stem", program.stem, shape)
        blocks = transitions = 0
        for part in program.body:
            if isinstance(part, Block):
                shape = self.block(rows, part, blocks, shape)
                blocks += 1
            else:
                name, path = f"transition {transitions + 1}", f"transitions.{transitions}"
                shape = self.section(rows, name, path, part.stages, shape)
                transitions += 1
        self.section(rows, "head", "head", program.head, shape)
        return rows

    def section(self, rows: list[Row], name: str, path: str, chain: Chain, shape: Shape) -> Shape:
        leaving = chain_shape(chain, shape)
        rows.append(self.row(name, path, chain_label(chain, len(shape) - 1), leaving))
        return leaving

    def block(self, rows: list[Row], block: Block, number: int, shape: Shape) -> Shape:
        for index, layer in enumerate(block.layers):
            rows.append(self.layer(block, layer, number, index, shape))
        return sum(block.banks[i].size for i in block.leave), *shape[1:]

    def layer(self, block: Block, layer: Layer, number: int, index: int, shape: Shape) -> Row:
        sizes = [block.banks[i].size for i in layer.reads]
        entering = (sum(sizes) if layer.reduce == "cat" else sizes[0], *shape[1:])
        reads, writes = bank_set(block, layer.reads), bank_set(block, layer.writes)
        return self.row(
            f"block {number + 1}, layer {index + 1}", f"blocks.{number}.layers.{index}",
            chain_label(layer.stages, len(shape) - 1), chain_shape(layer.stages, entering),
            reads if layer.reduce == "cat" else f"{layer.reduce}({reads})",
            writes if layer.rule == "add" else f"{writes} by {layer.rule}",
        )  # fmt: skip

    def row(self, name: str, path: str, op: str, shape: Shape, reads: str = "",
            writes: str = "") -> Row:  # fmt: skip
        inside = self.operations[path]
        return Row(
            name, path, op, reads, writes, shape, sum(o.params for o in inside),
            sum(o.flops for o in inside), widest([o.receptive_field for o in inside]),
            tuple(inside),
        )  # fmt: skip
