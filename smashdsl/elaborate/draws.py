"""Draws: what may be chosen, by whom, and what was.

A `Choice` lists options, a `Continuous` spans an interval, a `Subset` picks members of a set. A
`Chooser` answers them; the elaborator records each answer under its path.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from smashdsl.diagnostics.span import Span

GRID = 1_000_000
DIGITS = 6


class Choice(NamedTuple):
    """One of some options; `labels` are how a genome names them; `weights` None when all are
    equal."""

    labels: Sequence[Any]
    weights: Sequence[float] | None = None

    def allowed(self, index: int) -> bool:
        return self.weights is None or self.weights[index] > 0


@dataclass(frozen=True)
class Continuous:
    """A number of an interval, read off a fine grid so that it prints, encodes and decodes exactly:
    a millionth of the interval, or six significant digits for `log`."""

    low: float
    high: float
    log: bool = False

    def at(self, fraction: float) -> float:
        """The grid's value nearest to a fraction (0 to 1) of the way."""
        return self.snap(self.between(fraction))

    def between(self, fraction: float) -> float:
        """The number at a fraction of the way, on the grid or not."""
        if self.log:
            return self.low * math.exp(fraction * math.log(self.high / self.low))
        return self.low + fraction * (self.high - self.low)

    def fraction(self, value: float) -> float:
        """How far along the interval a value lies, 0 to 1."""
        if self.high == self.low:
            return 0.0
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def snap(self, value: float) -> float:
        """The nearest value of the grid."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)
        if self.high == self.low:
            return self.low
        steps = round(self.fraction(value) * GRID)
        return float(f"{self.low + steps * (self.high - self.low) / GRID:.12g}")


@dataclass(frozen=True)
class Subset:
    """`count` distinct members of `labels` (all of them when there are fewer)."""

    labels: Sequence[str]
    count: int

    @property
    def size(self) -> int:
        return max(0, min(self.count, len(self.labels)))


Options = Choice | Continuous | Subset


class Draw(NamedTuple):
    """One draw that was made.

    `value` is what a genome holds: an option's label, a number, or the list of the members' names.
    `group` is the path without the numbers of scopes around the layer or section: equal for draws
    that play the same part.
    """

    path: str
    options: Options
    value: Any
    span: Span | None = None
    chosen: int | tuple[int, ...] | float = 0
    group: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that a draw may decide, in order of elaboration: a `layer`, a `stem`,
    `transition` or `head`, or the end of a `scope` with draws that reach none of these. `part`
    counts blocks or transitions, `layer` the block's layers; `draws` are the paths of the draws
    that reach it."""

    kind: str
    part: int
    layer: int
    draws: tuple[str, ...]


@dataclass
class Frame:
    """The draws made in one scope so far, and how many of them had reached something at the last
    mark."""

    paths: list[str] = field(default_factory=list)
    reached: int = 0


class Chooser(Protocol):
    """Answers draws: an option's index, a number, or the members' indices in increasing order."""

    def choice(self, path: str, options: Choice) -> int: ...

    def continuous(self, path: str, options: Continuous) -> float: ...

    def subset(self, path: str, options: Subset) -> tuple[int, ...]: ...


class RandomChooser:
    """Draws by hashing the seed with each draw's path.

    The answers depend on nothing else: not on the order of draws, the platform or Python's version.
    """

    def __init__(self, seed: int, attempt: int = 0) -> None:
        self._key = f"{seed}/{attempt}/".encode()

    def _fraction(self, path: str, number: int = 0) -> float:
        digest = blake2b(self._key + f"{number}/{path}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) * 2.0**-53

    def choice(self, path: str, options: Choice) -> int:
        fraction = self._fraction(path)
        if options.weights is None:
            return int(fraction * len(options.labels))
        target = fraction * math.fsum(options.weights)
        last = 0
        for index, weight in enumerate(options.weights):
            if weight <= 0:
                continue
            last = index
            if target < weight:
                return index
            target -= weight
        return last

    def continuous(self, path: str, options: Continuous) -> float:
        return options.at(self._fraction(path))

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        pool = list(range(len(options.labels)))
        chosen = [
            pool.pop(int(self._fraction(path, number) * len(pool)))
            for number in range(options.size)
        ]
        return tuple(sorted(chosen))
