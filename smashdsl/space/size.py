"""How many programs a space has."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from smashdsl.elaborate.draws import Choice, Continuous, Options, RandomChooser, Subset
from smashdsl.elaborate.run import Definition, elaborate
from smashdsl.space.fixed import fixed_draws

DIVES = 48


@dataclass(frozen=True)
class Size:
    """The number of ways to make all draws of a space, before requirements.

    `exact` is None where draws decide which other draws there are, or what is among their options,
    or where that could not be ruled out: then `log10` is an estimate, the mean over `dives` random
    programs of the product of their options (Knuth 1975). A draw from an interval counts as one
    way; `continuous` says whether there are any.
    """

    log10: float
    exact: int | None
    continuous: bool
    dives: int = 0

    def __str__(self) -> str:
        if self.exact is not None:
            return f"{self.exact:,}"
        return f"about 10^{self.log10:.0f} (an estimate from {self.dives} samples)"


class _Uniform(RandomChooser):
    """Draws every option that may be drawn with equal probability."""

    def choice(self, path: str, options: Choice) -> int:
        allowed = [i for i in range(len(options.labels)) if options.allowed(i)]
        return allowed[super().choice(path, Choice(allowed))]


def size(definition: Definition) -> Size:
    """The number of programs of a space: exact where all programs make the same draws, else
    estimated."""
    fixed = fixed_draws(definition)
    if fixed is not None:
        exact = math.prod(map(ways, fixed.values()))
        continuous = any(isinstance(options, Continuous) for options in fixed.values())
        return Size(math.log10(exact), exact, continuous)
    dives = [
        [draw.options for draw in elaborate(definition, _Uniform(seed)).draws.values()]
        for seed in range(DIVES)
    ]
    logs = [log_ways(dive) for dive in dives]
    most = max(logs)
    mean = most + math.log10(sum(10 ** (value - most) for value in logs) / len(logs))
    continuous = any(isinstance(options, Continuous) for dive in dives for options in dive)
    return Size(mean, None, continuous, DIVES)


def ways(options: Options) -> int:
    """How many answers a draw has; one for an interval."""
    if isinstance(options, Choice):
        return sum(options.allowed(i) for i in range(len(options.labels)))
    if isinstance(options, Subset):
        return math.comb(len(options.labels), options.size)
    return 1


def log_ways(draws: Iterable[Options]) -> float:
    """log10 of the number of ways to make these draws."""
    return sum(math.log10(max(ways(options), 1)) for options in draws)
