"""What one-shot training needs of a program, ready to be sent from process to process.

Plain data and numpy only: worker processes that prepare architectures need no torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from smashdsl.backends.encoding import Generated, Layout
from smashdsl.hypernet.relations import relations
from smashdsl.hypernet.slicing import Arrangement, arrangement
from smashdsl.plan import Plan, regularised, weight_keys

if TYPE_CHECKING:
    from smashdsl.api import Program


@dataclass(frozen=True, eq=False)
class Filter:
    """A filter that the HyperNet generates: its place in the encoding, and the number of the
    stretch (`token`) that holds it. `origin` is the place of its first input channel among the
    channels of the block's banks for each slice, where it reads them directly, else within the
    input."""

    place: Generated
    token: int
    origins: tuple[int, ...]


Numbers = npt.NDArray[np.int64]


class Group(NamedTuple):
    """Filters of one kernel, and as many rows, that have so many columns together."""

    kernel: tuple[int, ...]
    rows: int
    columns: int


@dataclass(frozen=True, eq=False)
class Sites:
    """Where the generated filters are. A filter has a column for each slice, and in each column a
    position for each row. Columns are sorted by group.

    Attributes:
        token, slice, origin: of each column: its stretch, its slice, and the origin of the slice's
            input channels.
        scale: of each column, sqrt(2 / fan-in) of its filter.
        groups: in order.
        arrangement: how entries, filter by filter, lie among the values, column by column.
    """

    token: Numbers
    slice: Numbers
    origin: Numbers
    scale: npt.NDArray[np.float32]
    groups: tuple[Group, ...]
    arrangement: Arrangement


@dataclass(frozen=True, eq=False)
class Architecture:
    """A program to run once.

    Attributes:
        hash: of the program.
        text: the program as `.smash` text, for messages and replay.
        plan: the flat steps of the network that is trained.
        label_smoothing: of its loss, where the program says so itself.
        keys: of its kept weights, by full name; those of generated filters included.
        entries: `(stretches, channels)`, what the encoding says of each stretch.
        heights, widths: rows and slices of each stretch.
        relations: `(stretches, stretches)`, see `relations`.
        filters: those to generate, in order.
        sites: where they are.
    """

    hash: str
    text: str
    plan: Plan
    label_smoothing: float | None
    keys: dict[str, str]
    entries: npt.NDArray[np.float32]
    heights: Numbers
    widths: Numbers
    relations: Numbers
    filters: tuple[Filter, ...]
    sites: Sites


def prepare(program: Program) -> Architecture:
    """What training and scoring need of a program of a space."""
    encoding, train = program.encode(), program.train
    plan = regularised(program.plan, train.get("drop_path", 0.0), train.get("dropout", 0.0))
    _ = plan.liveness  # found here, once, and sent along
    stretches, layout = encoding.stretches, encoding.layout
    starts = {stretch.start: token for token, stretch in enumerate(stretches)}
    filters = []
    for place in encoding.generated:
        token = starts[place.start]
        origins = _origins(program, place, stretches[token].owner, layout.depth)
        filters.append(Filter(place, token, origins))
    return Architecture(
        program.hash,
        program.text,
        plan,
        train.get("label_smoothing"),
        weight_keys(program.plan),
        encoding.entries,
        np.array([stretch.rows for stretch in stretches], np.int64),
        np.array([stretch.slices for stretch in stretches], np.int64),
        relations(program.plan, [stretch.owner for stretch in stretches]),
        tuple(filters),
        _sites(filters, layout),
    )


def _sites(filters: Sequence[Filter], layout: Layout) -> Sites:
    kinds = [(each.place.kernel, -(-each.place.units // layout.unit)) for each in filters]
    order = sorted(range(len(filters)), key=kinds.__getitem__)
    found = [filters[number] for number in order]
    places = [each.place for each in found]
    slices = np.array([place.slices for place in places], np.int64)
    fan_in = np.array([place.channels * math.prod(place.kernel) for place in places], np.float32)
    groups = [
        Group(*kind, sum(filters[number].place.slices for number in numbers))
        for kind, numbers in groupby(order, kinds.__getitem__)
    ]
    return Sites(
        np.repeat(np.array([each.token for each in found], np.int64), slices),
        np.arange(slices.sum()) - np.repeat(np.cumsum(slices) - slices, slices),
        np.array([origin for each in found for origin in each.origins], np.int64),
        np.repeat(np.sqrt(2 / fan_in), slices),
        tuple(groups),
        arrangement([each.place for each in filters], order, layout),
    )


def _origins(program: Program, place: Generated, owner: str, depth: int) -> tuple[int, ...]:
    local = range(0, place.slices * depth, depth)
    section, *numbers = owner.split(".")
    if section == "blocks":
        block = program.ir.blocks[int(numbers[0])]
        layer = block.layers[int(numbers[2])]
        sizes = [block.banks[i].size for i in layer.reads]
        first = place.slot.removeprefix(f"{owner}.").startswith("conv1.")
        if first and layer.reduce == "cat" and sum(sizes) == place.channels:
            starts = np.cumsum([0, *(bank.size for bank in block.banks)])
            channels = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in layer.reads])
            return tuple(int(channels[at]) for at in local)
    return tuple(local)
