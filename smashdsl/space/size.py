"""How many programs a space has."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smashdsl.elaborate.draws import Choice, Continuous, Draw, RandomChooser, Subset
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, elaborate, module_scope
from smashdsl.space.traced import Tracing

DIVES = 48


@dataclass(frozen=True)
class Size:
    """The number of ways to make all draws of a space, before requirements.

    `exact` is None where draws decide which other draws there are: then `log10` is an estimate,
    the mean over `dives` random programs of the product of their options (Knuth 1975). A draw
    from an interval counts as one way; `continuous` says whether there are any.
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


class _Independence(Tracing):
    """Notices draws whose number or options depend on other draws."""

    independent = True

    def record(self, path: str, *rest: object) -> None:
        if self.touched or self.control or self.calls:
            self.independent = False
        super().record(path, *rest)  # type: ignore[arg-type]


def size(definition: Definition) -> Size:
    """The number of programs of a space: exact where its draws are independent, else estimated."""
    chooser = _Uniform(0)
    tracing = _Independence(Report(first_only=True), chooser, constants=definition.constants)
    tracing.network(definition.network, module_scope(definition.module, tracing))
    draws = list(tracing.draws.values())
    continuous = any(isinstance(draw.options, Continuous) for draw in draws)
    if tracing.independent and not tracing.control:
        exact = math.prod(ways(draw) for draw in draws)
        return Size(math.log10(exact), exact, continuous)
    logs = [
        log_ways(list(elaborate(definition, _Uniform(seed)).draws.values()))
        for seed in range(DIVES)
    ]
    most = max(logs)
    mean = most + math.log10(sum(10 ** (value - most) for value in logs) / len(logs))
    return Size(mean, None, continuous, DIVES)


def ways(draw: Draw) -> int:
    """How many answers a draw has; one for an interval."""
    options = draw.options
    if isinstance(options, Choice):
        return sum(options.allowed(i) for i in range(len(options.labels)))
    if isinstance(options, Subset):
        return math.comb(len(options.labels), options.size)
    return 1


def log_ways(draws: list[Draw]) -> float:
    """log10 of the number of ways to make these draws."""
    return sum(math.log10(max(ways(draw), 1)) for draw in draws)
