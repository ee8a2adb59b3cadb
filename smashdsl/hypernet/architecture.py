"""What one-shot training needs of a program, ready to be sent from process to process.

Plain data and numpy only: worker processes that prepare architectures need no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from smashdsl.backends.encoding import Generated
from smashdsl.hypernet.relations import relations
from smashdsl.plan import Plan, weight_keys

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


@dataclass(frozen=True, eq=False)
class Architecture:
    """A program to run once.

    Attributes:
        text: the program as `.smash` text, for messages and replay.
        plan: its flat steps.
        keys: of its kept weights, by full name; those of generated filters included.
        entries: `(stretches, channels)`, what the encoding says of each stretch.
        heights, widths: rows and slices of each stretch.
        relations: `(stretches, stretches)`, see `relations`.
        filters: those to generate, in order.
    """

    hash: str
    text: str
    plan: Plan
    keys: dict[str, str]
    entries: npt.NDArray[np.float32]
    heights: npt.NDArray[np.int64]
    widths: npt.NDArray[np.int64]
    relations: npt.NDArray[np.int64]
    filters: tuple[Filter, ...]


def prepare(program: Program) -> Architecture:
    """What training and scoring need of a program of a space."""
    encoding = program.encode()
    stretches = encoding.stretches
    starts = {stretch.start: token for token, stretch in enumerate(stretches)}
    depth = encoding.layout.depth
    filters = []
    for place in encoding.generated:
        token = starts[place.start]
        filters.append(
            Filter(place, token, _origins(program, place, stretches[token].owner, depth))
        )
    return Architecture(
        program.hash,
        program.text,
        program.plan,
        weight_keys(program.plan),
        encoding.entries,
        np.array([stretch.rows for stretch in stretches], np.int64),
        np.array([stretch.slices for stretch in stretches], np.int64),
        relations(program.plan, [stretch.owner for stretch in stretches]),
        tuple(filters),
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
