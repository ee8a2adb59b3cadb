"""Program → plan: dealing to banks, reading, combining, with shapes and costs.

Assumes a verified program; an impossible one is our bug and raises `InternalError`. Emits no
concatenation of one value, no slice of a whole value, and joins neighbouring slices again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ir import Block, Chain, Combine, Group, Layer, Op, Program
from smashdsl.ir.naming import Names, layer_path, transition_path
from smashdsl.ops import OpError, Slot, find_op
from smashdsl.plan.steps import Costs, Plan, Step

_RULES = {"add": "sum"}


class _Builder:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.depth: list[int] = []
        self.activations = 0

    def emit(
        self,
        op: str,
        inputs: Sequence[int],
        shape: tuple[int, ...],
        path: str,
        attrs: Mapping[str, Any] | None = None,
        slots: tuple[Slot, ...] = (),
        flops: int = 0,
        source: Op | None = None,
        group: tuple[str, ...] = (),
        weighted: bool = False,
    ) -> int:
        index = len(self.steps)
        step = Step(index, op, tuple(inputs), attrs or {}, shape, path, slots, flops, source, group)
        self.steps.append(step)
        self.depth.append(max((self.depth[i] for i in inputs), default=0) + weighted)
        return index

    def shape(self, value: int) -> tuple[int, ...]:
        return self.steps[value].shape

    # Chains -------------------------------------------------------------------------------

    def chain(
        self,
        chain: Chain,
        value: int,
        path: str,
        group: tuple[str, ...] = (),
        names: Names | None = None,
    ) -> int:
        names = names or Names()
        for stage in chain:
            if isinstance(stage, Group):
                value = self.chain(stage.stages, value, path, (*group, stage.name), names)
                continue
            name = f"{path}.{names.next(stage)}"
            if isinstance(stage, Combine):
                value = self.combine(stage, value, name, group)
            else:
                value = self.op(stage, value, name, group)
        return value

    def op(self, op: Op, value: int, path: str, group: tuple[str, ...]) -> int:
        if op.name == "identity":
            return value
        spec = find_op(op.name)
        if spec is None:
            raise InternalError(f"unknown operation {op.name!r} in a plan")
        shape = self.shape(value)
        if op.name == "take":
            start = op.attrs["after"]
            return self.slice(value, start, start + op.attrs["units"], path)
        try:
            outline = spec.outline(shape, op.attrs)
        except OpError as error:
            raise InternalError(f"{path}: {error}") from error
        if spec.weighted:
            self.activations += _elements(outline.shape)
        return self.emit(
            op.name, [value], outline.shape, path, op.attrs, outline.slots, outline.flops, op,
            group, spec.weighted,
        )  # fmt: skip

    def combine(self, combine: Combine, value: int, path: str, group: tuple[str, ...]) -> int:
        branches = [
            self.chain(branch, value, f"{path}.{i}", group)
            for i, branch in enumerate(combine.branches)
        ]
        return self.join(combine.rule, branches, path, group=group)

    def join(
        self,
        rule: str,
        values: Sequence[int],
        path: str,
        group: tuple[str, ...] = (),
        source: Op | None = None,
    ) -> int:
        """Several values into one; a single one passes through, except where it has weights."""
        if rule == "cat":
            values = self.rejoined(values, path)
        if len(values) == 1 and rule != "attend":
            return values[0]
        shape = self.shape(values[0])
        if rule == "cat":
            shape = (sum(self.shape(v)[0] for v in values), *shape[1:])
        slots = (Slot("scores", (len(values),)),) if rule == "attend" else ()
        return self.emit(rule, values, shape, path, slots=slots, source=source, group=group)

    def rejoined(self, values: Sequence[int], path: str) -> list[int]:
        """Neighbouring slices of one value become one slice, or the value itself."""
        runs: list[tuple[int, int, int, int]] = []  # value, start, stop, the slice if it is one
        for value in values:
            step = self.steps[value]
            if step.op == "slice":
                origin, start, stop = step.inputs[0], step.attrs["start"], step.attrs["stop"]
                if runs and runs[-1][0] == origin and runs[-1][2] == start:
                    runs[-1] = (origin, runs[-1][1], stop, -1)
                else:
                    runs.append((origin, start, stop, value))
            else:
                runs.append((value, 0, self.shape(value)[0], value))
        return [self.slice(v, a, b, path) if known < 0 else known for v, a, b, known in runs]

    def slice(self, value: int, start: int, stop: int, path: str) -> int:
        shape = self.shape(value)
        if (start, stop) == (0, shape[0]):
            return value
        return self.emit(
            "slice", [value], (stop - start, *shape[1:]), path, {"start": start, "stop": stop}
        )

    # Blocks -------------------------------------------------------------------------------

    def block(self, block: Block, value: int, number: int) -> int:
        path = f"blocks.{number}"
        held: dict[int, int] = {}
        self.deal(block, held, block.enter, value, "add", path)
        for i, layer in enumerate(block.layers):
            self.layer(block, held, layer, layer_path(number, i))
        return self.join("cat", [held[i] for i in block.leave], path)

    def layer(self, block: Block, held: dict[int, int], layer: Layer, path: str) -> None:
        name = f"{path}.read" if layer.reduce == "attend" else path
        origin = Op("attend", {}, position=layer.position) if layer.reduce == "attend" else None
        value = self.join(layer.reduce, [held[i] for i in layer.reads], name, source=origin)
        value = self.chain(layer.stages, value, path)
        self.deal(block, held, layer.writes, value, layer.rule, path)

    def deal(
        self,
        block: Block,
        held: dict[int, int],
        banks: Sequence[int],
        value: int,
        rule: str,
        path: str,
    ) -> None:
        """Deal a value's channels out to banks in order, from the start again when it is used
        up."""
        channels, start = self.shape(value)[0], 0
        for bank in banks:
            stop = start + block.banks[bank].size
            part = self.slice(value, start, stop, path)
            if bank in held and rule != "replace":
                part = self.join(_RULES.get(rule, rule), [held[bank], part], path)
            held[bank] = part
            start = stop % channels


def _elements(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def build_plan(program: Program) -> Plan:
    """The plan of a verified program."""
    builder = _Builder()
    value = builder.emit("input", [], program.input, "input")
    value = builder.chain(program.stem, value, "stem")
    blocks = transitions = 0
    for part in program.body:
        if isinstance(part, Block):
            value = builder.block(part, value, blocks)
            blocks += 1
        else:
            value = builder.chain(part.stages, value, transition_path(transitions))
            transitions += 1
    value = builder.chain(program.head, value, "head")
    steps = tuple(builder.steps)
    costs = Costs(
        params=sum(step.params for step in steps),
        flops=sum(step.flops for step in steps),
        activations=builder.activations,
        depth=builder.depth[value],
    )
    return Plan(program, steps, value, costs)
