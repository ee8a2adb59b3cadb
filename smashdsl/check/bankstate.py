"""Blocks under analysis: what is known of each bank, and of sets of banks that draws choose."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from smashdsl.check.tables import Tables
from smashdsl.check.values import Interval
from smashdsl.elaborate.banks import BlockState

EMPTY, FULL, MAYBE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class SomeBanks:
    """A set that draws decide.

    It has `count` of the `candidates`, of which `fresh` (least, most) are not yet written;
    `all_fresh` where no candidate is that may be chosen.
    """

    candidates: tuple[int, ...]
    count: Any
    fresh: tuple[int, int] = (0, 0)
    all_fresh: bool = False


@dataclass
class AbstractBlock(BlockState):
    """As `BlockState`, with each bank's status and bounds on how many are written."""

    status: list[int] = field(default_factory=list)
    least: int = 0
    most: int = 0
    reads: Any = 0
    depth: Any = 0
    read_banks: set[int] = field(default_factory=set)
    count: Any = None  # the number of banks written, as one value until it changes

    def declare(self, name: str, sizes: Sequence[int], single: bool) -> Any:
        family = super().declare(name, sizes, single)
        self.status.extend([EMPTY] * len(sizes))
        return family

    def snapshot(self) -> AbstractBlock:
        other = copy(self)
        other.status = list(self.status)
        other.banks, other.families = list(self.banks), list(self.families)
        other.read_banks = set(self.read_banks)
        return other

    def become(self, other: AbstractBlock) -> None:
        """Take on another state of the same block."""
        self.__dict__.update(other.snapshot().__dict__)

    def layout(self) -> tuple[Any, ...]:
        """What must be the same for two states to be joined."""
        sizes = [bank.size for bank in self.banks]
        return sizes, [family.name for family in self.families], self.enter, self.leave

    def written_count(self, tables: Tables) -> Any:
        """How many banks hold data."""
        if self.count is None:
            self.count = tables.unknown(list(range(self.least, self.most + 1)))
        return self.count

    def settle(self) -> None:
        """Bring statuses and counts into agreement after a change."""
        full, maybe = self.status.count(FULL), self.status.count(MAYBE)
        least, most = max(self.least, full), min(self.most, full + maybe)
        if least == full + maybe:
            self.status = [FULL if s == MAYBE else s for s in self.status]
        if most == full:
            self.status = [EMPTY if s == MAYBE else s for s in self.status]
        if (least, most) != (self.least, self.most):
            self.count = None
        self.least, self.most = least, most

    def fill(self, banks: Sequence[int]) -> None:
        """Mark banks as certainly written."""
        for i in banks:
            if self.status[i] == EMPTY:
                self.least, self.most, self.count = self.least + 1, self.most + 1, None
            elif self.status[i] == MAYBE:
                self.most, self.count = min(self.most + 1, len(self.status)), None
            self.status[i] = FULL
        self.settle()

    def fill_some(self, banks: SomeBanks) -> None:
        """Mark that some of the candidates are written."""
        for i in banks.candidates:
            if self.status[i] == EMPTY:
                self.status[i] = MAYBE
        if banks.fresh[1]:
            self.count = None
        self.least = min(self.least + banks.fresh[0], len(self.status))
        self.most = min(self.most + banks.fresh[1], len(self.status))
        self.settle()

    def joined(self, other: AbstractBlock) -> AbstractBlock:
        """What holds whichever of two states is the real one."""
        result = self.snapshot()
        pairs = zip(self.status, other.status, strict=True)
        result.status = [a if a == b else MAYBE for a, b in pairs]
        result.least, result.most = min(self.least, other.least), max(self.most, other.most)
        result.reads, result.depth = hull(self.reads, other.reads), hull(self.depth, other.depth)
        result.read_banks |= other.read_banks
        result.broken = self.broken or other.broken
        if (self.least, self.most) != (other.least, other.most):
            result.count = None
        return result

    def same_banks(self, other: AbstractBlock) -> bool:
        """Whether as much is known of the banks in both states."""
        mine, theirs = (self.least, self.most), (other.least, other.most)
        return mine == theirs and self.status == other.status


def hull(a: Any, b: Any) -> Any:
    """The least interval around two numbers or intervals."""
    low_a, high_a = (a.low, a.high) if isinstance(a, Interval) else (a, a)
    low_b, high_b = (b.low, b.high) if isinstance(b, Interval) else (b, b)
    low, high = min(low_a, low_b), max(high_a, high_b)
    return low if low == high else Interval(low, high)


def added(a: Any, low: float, high: float) -> Any:
    """A number or interval plus one between two bounds."""
    low_a, high_a = (a.low, a.high) if isinstance(a, Interval) else (a, a)
    low, high = low_a + low, high_a + high
    return low if low == high else Interval(low, high)


def subset_sums(sizes: Sequence[int], least: int, most: int, cap: int = 4096) -> list[int] | None:
    """All sums of between `least` and `most` of the sizes; None if there are too many."""
    reachable: list[set[int]] = [{0}] + [set() for _ in sizes]
    for size in sizes:
        for count in range(len(sizes) - 1, -1, -1):
            reachable[count + 1] |= {total + size for total in reachable[count]}
        if sum(map(len, reachable)) > cap * 8:
            return None
    return sorted(set().union(*reachable[least : most + 1]))
