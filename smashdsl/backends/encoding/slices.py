"""A program's slices of W: who owns them, and which channels are on in each.

Follows the marks that elaboration left: each layer, and each stem, transition or head that draws
reach or that generates filters, owns a slice for every `unit * compression` input channels of its
generated filters, or one slice if it generates none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from smashdsl.backends.encoding.layout import Group, Layout, two_kinds
from smashdsl.check.values import hashable
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.elaborate.draws import Continuous, Draw, Mark
from smashdsl.elaborate.run import Elaborated
from smashdsl.ir import Block
from smashdsl.ir.naming import layer_path, transition_path
from smashdsl.ops import Slot
from smashdsl.plan import Plan, generated_filter


@dataclass(frozen=True)
class Generated:
    """A filter that the HyperNet makes: `units` x `channels` (x `kernel`), in `slices` slices of
    W from `start` on, rows 0 to units / unit. `channels` are those of one group. `slot` is its full
    name."""

    slot: str
    units: int
    channels: int
    kernel: tuple[int, ...]
    start: int
    slices: int


@dataclass(frozen=True)
class Stretch:
    """Neighbouring slices with the same entries: `on` are channels at 1 in the first `rows` rows,
    `levels` those with a value in between."""

    start: int
    slices: int
    rows: int
    on: tuple[int, ...]
    levels: tuple[tuple[int, float], ...]
    owner: str


def stretches(made: Elaborated, layout: Layout) -> Iterator[tuple[Stretch, Generated | None]]:
    """The slices of a program in order, with the filter that each stretch holds."""
    filters = _generated_filters(made.plan)
    blocks = made.program.blocks
    start = 0
    for mark in made.marks:
        path = mark_path(mark)
        on, levels = _reaching(mark, made.draws, layout, blocks)
        held = filters.get(path, [])
        for stretch, generated in _mark_stretches(held, start, on, levels, path, layout):
            start += stretch.slices
            yield stretch, generated


def _mark_stretches(
    filters: list[tuple[str, Slot]],
    start: int,
    on: tuple[int, ...],
    levels: Any,
    path: str,
    layout: Layout,
) -> Iterator[tuple[Stretch, Generated | None]]:
    if not filters:
        yield Stretch(start, 1, layout.rows, on, levels, path), None
    for number, (name, slot) in enumerate(filters):
        units, channels, *kernel = slot.shape
        slices = -(-channels // layout.depth)
        rows = -(-units // layout.unit)
        here = (*on, layout.width(rows), layout.position(number))
        generated = Generated(name, units, channels, tuple(kernel), start, slices)
        yield Stretch(start, slices, rows, here, levels, path), generated
        start += slices


def mark_path(mark: Mark) -> str:
    """The name of the layer or section that a mark is about."""
    match mark.kind:
        case "layer":
            return layer_path(mark.part, mark.layer)
        case "transition":
            return transition_path(mark.part)
    return mark.kind


def _generated_filters(plan: Plan) -> dict[str, list[tuple[str, Slot]]]:
    """The generated filters with their full names, by the layer or section they stand in."""
    found: dict[str, list[tuple[str, Slot]]] = {}
    for step in plan.steps:
        slot = generated_filter(step)
        if slot is not None:
            parts = step.path.split(".")
            depth = {"blocks": 4, "transitions": 2}.get(parts[0], 1)
            held = found.setdefault(".".join(parts[:depth]), [])
            held.append((f"{step.path}.{slot.name}", slot))
    return found


def _reaching(
    mark: Mark, draws: dict[str, Draw], layout: Layout, blocks: tuple[Block, ...]
) -> tuple[Any, Any]:
    """The channels that a mark's banks, part and draws turn on, and the levels of its numbers."""
    on: list[int] = []
    levels: list[tuple[int, float]] = []
    if mark.kind == "layer":
        layer = blocks[mark.part].layers[mark.layer]
        on += [layout.read(i) for i in layer.reads]
        on += [layout.write(i) for i in layer.writes]
        on.append(layout.part(f"block[{mark.part}]"))
    else:
        on.append(
            layout.part(f"transition[{mark.part}]" if mark.kind == "transition" else mark.kind)
        )
    for path in mark.draws:
        draw = draws[path]
        group = layout.groups.get(draw.group)
        if group is None:
            continue
        if isinstance(draw.options, Continuous) != (group.interval is not None):
            raise two_kinds(draw.group, draw.span)
        if group.interval is not None:
            levels.append((group.start, 2 * group.interval.fraction(float(draw.value)) - 1))
        else:
            on += _options_on(draw, group, blocks)
    return tuple(on), tuple(levels)


def _options_on(draw: Draw, group: Group, blocks: tuple[Block, ...]) -> Iterator[int]:
    if group.kind == "subset":
        for number in bank_numbers(draw, blocks):
            yield group.start + group.places[hashable(number)]
        return
    place = group.places.get(hashable(draw.value))
    if place is None:
        place = group.places.get(f"#{draw.chosen}")
    if place is None:
        raise InternalError(f"the layout has no channel for {draw.path} = {draw.value!r}")
    yield group.start + place


def bank_numbers(draw: Draw, blocks: tuple[Block, ...]) -> list[int]:
    """The numbers, in their block, of the banks that a subset names."""
    block = int(draw.path.partition("[")[2].partition("]")[0])
    places = {bank.name: i for i, bank in enumerate(blocks[block].banks)}
    return [places[name] for name in draw.value]
