"""What a space holds: its draws, its size, its bounds, and how much its requirements reject.

Bounds come from the checker's analysis of the whole space and are sound; how much is rejected is
counted in samples.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from smashdsl.check.check import analyse
from smashdsl.check.findings import DrawSite, Findings
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.network import COSTS
from smashdsl.elaborate.run import Definition, elaborate
from smashdsl.elaborate.values import Scope, show
from smashdsl.space.size import Size, size
from smashdsl.syntax import nodes

Bound = tuple[float | None, float]


@dataclass(frozen=True)
class DrawSummary:
    """What is drawn at one place of the text. `kind` is choice (then `options` are its labels),
    continuous (`low` to `high`, by the logarithm if `log`) or subset (of so many `banks`)."""

    file: str
    line: int
    column: int
    text: str
    kind: str
    options: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    banks: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data, without what its kind does not have."""
        data = {**asdict(self), "options": [_plain(option) for option in self.options]}
        has = {"choice": {"options"}, "subset": {"banks"}, "continuous": {"low", "high", "log"}}
        other = set().union(*has.values()) - has[self.kind]
        return {key: value for key, value in data.items() if key not in other}


@dataclass(frozen=True)
class RequirementSummary:
    """How many of `samples` programs, drawn at random, a requirement rejects by itself."""

    line: int
    text: str
    rejected: int
    samples: int


@dataclass(frozen=True)
class SpaceSummary:
    """A space's facts.

    `bounds` are the least (None where it is not known) and the greatest values over all its
    programs before requirements: of params, flops (multiply-adds of convolutions and linear
    layers), activations, layers, banks of one block, and channels of all banks of one block.
    `proved` is false where the analysis gave up, and bounds are then missing.
    """

    name: str
    input: tuple[int, ...]
    classes: int | None
    draws: tuple[DrawSummary, ...]
    size: Size
    bounds: dict[str, Bound]
    requirements: tuple[RequirementSummary, ...]
    proved: bool

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data; a bound that is infinite or unknown is null."""
        return {
            "kind": "space", "name": self.name, "input": list(self.input), "classes": self.classes,
            "size_log10": self.size.log10, "size": self.size.exact,
            "size_is_estimate": self.size.exact is None, "size_samples": self.size.dives,
            "bounds": {name: [_finite(v) for v in bound] for name, bound in self.bounds.items()},
            "flops_count": "multiply-adds of convolutions and linear layers",
            "draws": [draw.as_data() for draw in self.draws],
            "requirements": [asdict(requirement) for requirement in self.requirements],
            "proved": self.proved,
        }  # fmt: skip


def summarise_space(
    definition: Definition, requirements: tuple[RequirementSummary, ...] = ()
) -> SpaceSummary:
    """The summary of a space, with what `rejection_rates` found of its requirements."""
    facts, analysis = analyse(definition)
    network = definition.network
    shape = next(item for item in network.body if isinstance(item, nodes.Input)).shape.dims
    classes = analysis.classes if isinstance(analysis.classes, int) else None  # or they are drawn
    return SpaceSummary(
        network.name, shape, classes, _draws(facts.findings.sites.values()),
        size(definition), _bounds(facts.findings) if facts.proved else {}, requirements,
        facts.proved,
    )  # fmt: skip


def _bounds(findings: Findings) -> dict[str, Bound]:
    bounds: dict[str, Bound] = {name: findings.costs[name] for name in findings.costs}
    if findings.all_units:
        bounds["units"] = findings.all_units
    if findings.banks:
        bounds["layers"] = findings.layers
        bounds |= {"banks": (None, findings.banks), "channels": (None, findings.widest)}
    return bounds


def _draws(sites: Iterable[DrawSite]) -> tuple[DrawSummary, ...]:
    """One entry for each place of the text, in order."""
    together: dict[tuple[str, int], list[DrawSite]] = defaultdict(list)
    for site in sites:
        together[site.span.source.name, site.span.start].append(site)
    return tuple(_draw(group) for _, group in sorted(together.items()))


def _draw(sites: list[DrawSite]) -> DrawSummary:
    first, span = sites[0], sites[0].span
    place = (span.source.name, span.line, span.column, " ".join(span.text.split()), first.kind)
    labels = [site.labels for site in sites]
    if first.kind == "continuous":
        low = min(options["low"] for options in labels)
        high = max(options["high"] for options in labels)
        return DrawSummary(*place, low=low, high=high, log=first.log)
    merged = {key: label for options in labels for key, label in options.items()}
    if first.kind == "subset":
        return DrawSummary(*place, banks=len(merged))
    return DrawSummary(*place, options=tuple(merged.values()))


def has_requirements(definition: Definition) -> bool:
    """Whether anything can reject a program."""
    return any(isinstance(item, nodes.Require) for item in _statements(definition.network.body))


def rejection_rates(
    definition: Definition, samples: int, tick: Callable[[], None] = lambda: None
) -> tuple[RequirementSummary, ...]:
    """How often each requirement rejects, by itself, among programs of the first seeds.

    Args:
        definition: the space.
        samples: how many programs to draw.
        tick: is called after each.

    Raises:
        SmashError: a draw has a mistake.
    """
    rejected: Counter[Span] = Counter()
    for seed in range(samples):
        made = elaborate(definition, RandomChooser(seed))
        costs = {name: getattr(made.plan.costs, name) for name in COSTS}
        for node, scope in made.elaborator.requirements:
            met = made.elaborator.condition(node.condition, Scope(scope, costs), "require")
            rejected[node.condition.span] += not met
        tick()
    return tuple(
        RequirementSummary(span.line, span.text, count, samples) for span, count in rejected.items()
    )


def _statements(body: Iterable[Any]) -> Iterator[Any]:
    """The statements of a body and of what stands in it."""
    for item in body:
        yield item
        for name in ("body", "then", "otherwise"):
            inner = getattr(item, name, None)
            if isinstance(inner, tuple):
                yield from _statements(inner)


def _plain(option: Any) -> Any:
    return option if isinstance(option, str | bool | int | float | list) else show(option)


def _finite(value: float | None) -> int | float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value
