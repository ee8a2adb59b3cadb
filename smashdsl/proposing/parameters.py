"""The draws of a space as parameters of an optimiser, for spaces that have a fixed set of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from smashdsl.elaborate.draws import Choice, Continuous, Options, RandomChooser, Subset
from smashdsl.space.choosers import index_of, members_of, number_of

Value = int | float


@dataclass(frozen=True)
class Parameter:
    """A parameter: one of `count` places, which have an order or have none; or a number of an
    `interval`."""

    name: str
    count: int = 0
    ordered: bool = False
    interval: Continuous | None = None


class Parameters:
    """Says what the values of an optimiser's parameters mean.

    An option is a place among those that may be drawn, in order where options are rising numbers.
    A set of banks has a parameter of two places for each bank, which says whether it is wanted;
    the set is made of those that are, and completed or cut at random to the size that it must have.
    Draws with one answer have no parameter.

    Args:
        draws: of every program of a space (see `fixed_draws`).
    """

    def __init__(self, draws: Mapping[str, Options]) -> None:
        self._draws = draws
        self._places = {
            path: [i for i in range(len(options.labels)) if options.allowed(i)]
            for path, options in draws.items()
            if isinstance(options, Choice)
        }
        self.all = [each for path in draws for each in self._of(path)]

    def _of(self, path: str) -> Sequence[Parameter]:
        options = self._draws[path]
        if isinstance(options, Continuous):
            return [Parameter(path, interval=options)] if options.low < options.high else []
        if isinstance(options, Subset):
            open_ = 0 < options.size < len(options.labels)
            return [Parameter(f"{path} {name}", 2) for name in options.labels] if open_ else []
        places = self._places[path]
        labels = [options.labels[i] for i in places]
        numbers = all(isinstance(each, int | float) for each in labels)
        rising = numbers and all(a < b for a, b in pairwise(labels))
        return [Parameter(path, len(places), rising)] if len(places) > 1 else []

    def values(self, genome: Mapping[str, Any]) -> dict[str, Value] | None:
        """The values that mean a genome; None for one of another space."""
        found: dict[str, Value] = {}
        for path, options in self._draws.items():
            if isinstance(options, Continuous):
                number = number_of(options, genome.get(path))
                if number is None:
                    return None
                found[path] = number
            elif isinstance(options, Subset):
                members = members_of(options, genome.get(path))
                if members is None:
                    return None
                for i, name in enumerate(options.labels):
                    found[f"{path} {name}"] = int(i in members)
            else:
                index = index_of(options, genome.get(path))
                if index is None:
                    return None
                found[path] = self._places[path].index(index)
        return {each.name: found[each.name] for each in self.all}

    def genome(self, values: Mapping[str, Value], seed: int) -> dict[str, Any]:
        """The genome that values mean; the seed is for sets that they do not decide."""
        chance = RandomChooser(seed)
        return {
            path: self._answer(path, options, values, chance)
            for path, options in self._draws.items()
        }

    def _answer(
        self, path: str, options: Options, values: Mapping[str, Value], chance: RandomChooser
    ) -> Any:
        if isinstance(options, Continuous):
            return options.snap(values.get(path, options.low))
        if isinstance(options, Choice):
            return options.labels[self._places[path][int(values.get(path, 0))]]
        names = list(options.labels)
        unit = Continuous(0.0, 1.0)
        liked = sorted(
            names,
            key=lambda name: (
                -values.get(f"{path} {name}", 0),
                chance.continuous(f"{path} {name}", unit),
            ),
        )
        return sorted(liked[: options.size], key=names.index)
