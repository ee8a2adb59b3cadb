"""The state of one block while its layers run: banks, what is full, how values are dealt out.

Knows the rules of reading and writing and nothing of text; callers turn the answers into messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from smashdsl.elaborate.values import Family
from smashdsl.ir import Bank, Layer


@dataclass
class BlockState:
    """Banks in order of declaration, those that hold data, and counts of what has happened.

    `waiting` is true until the input has been dealt to the banks (at the first layer, or `enter`).
    """

    number: int
    channels: int
    banks: list[Bank] = field(default_factory=list)
    full: list[bool] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    enter: tuple[int, ...] | None = None
    leave: tuple[int, ...] | None = None
    reads: int = 0
    depth: int = 0
    broken: bool = False

    def declare(self, name: str, sizes: Sequence[int], single: bool) -> Family:
        start = len(self.banks)
        for i, size in enumerate(sizes):
            self.banks.append(Bank(name if single else f"{name}[{i}]", size))
            self.full.append(False)
        family = Family(name, tuple(range(start, len(self.banks))), single)
        self.families.append(family)
        return family

    def written(self) -> tuple[int, ...]:
        return tuple(i for i, full in enumerate(self.full) if full)

    def fresh(self, count: int) -> tuple[int, ...]:
        empty = [i for i, full in enumerate(self.full) if not full]
        return tuple(empty[: max(count, 0)])

    def size(self, banks: Sequence[int]) -> int:
        return sum(self.banks[i].size for i in banks)

    def describe(self, banks: Sequence[int]) -> str:
        """`x (16), b[0] (8)`, shortened when there are many."""
        parts = [f"{self.banks[i].name} ({self.banks[i].size})" for i in banks]
        return ", ".join(parts if len(parts) <= 8 else [*parts[:7], f"and {len(parts) - 7} more"])


def filled_by(sizes: Sequence[int], channels: int) -> int | None:
    """How many banks, in order, an input of so many channels fills to the edge; None if it ends
    inside one or is larger than all."""
    total = 0
    for count, size in enumerate(sizes):
        if total == channels:
            return count
        total += size
    return len(sizes) if total == channels else None


def deals_out(sizes: Sequence[int], channels: int) -> bool:
    """Whether a value can be dealt out to banks of these sizes in order, starting again at its
    first channel: no bank straddles its end, and every channel lands somewhere."""
    start = 0
    for size in sizes:
        if start + size > channels:
            return False
        start = (start + size) % channels
    return sum(sizes) >= channels


def dealable(sizes: Sequence[int]) -> list[int]:
    """All channel counts that could be dealt out to these banks, in increasing order."""
    sums, total = set(), 0
    for size in sizes:
        total += size
        sums.add(total)
    return sorted(channels for channels in sums if deals_out(sizes, channels))
