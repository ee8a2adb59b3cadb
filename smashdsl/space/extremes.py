"""The largest and the smallest program of a space, as far as a short search finds them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.elaborate.draws import Choice, Continuous, RandomChooser, Subset
from smashdsl.elaborate.run import Definition, Elaborated, elaborate
from smashdsl.space.sampling import mutate, sample

SAMPLES, MUTATIONS = 16, 64


class ExtremeChooser:
    """The largest (or smallest) number wherever numbers may be drawn; chance elsewhere."""

    def __init__(self, largest: bool, seed: int) -> None:
        self._end = max if largest else min
        self._chance = RandomChooser(seed)

    def choice(self, path: str, options: Choice) -> int:
        allowed = [i for i in range(len(options.labels)) if options.allowed(i)]
        if any(not isinstance(options.labels[i], int | float) for i in allowed):
            return self._chance.choice(path, options)
        return self._end(allowed, key=lambda i: options.labels[i])

    def continuous(self, path: str, options: Continuous) -> float:
        return self._end(options.low, options.high)

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        return self._chance.subset(path, options)


def extreme(definition: Definition, largest: bool, seed: int) -> Elaborated:
    """The program with the most (or fewest) parameters that a search of fixed length finds: random
    programs and one with all numbers at their ends, then mutations of the best.

    Raises:
        SmashError: E702, the space yields no program.
    """
    sign = 1 if largest else -1
    best = max(_starts(definition, largest, seed), key=lambda made: sign * _size(made))
    for number in range(MUTATIONS):
        try:
            other = mutate(definition, best.program.genome, seed + number)
        except SmashError:  # the space has no other program
            break
        if sign * _size(other) > sign * _size(best):
            best = other
    return best


def _starts(definition: Definition, largest: bool, seed: int) -> Iterator[Elaborated]:
    made = elaborate(definition, ExtremeChooser(largest, seed))
    ends = [] if made.unmet is not None else [made]
    yield from chain(ends, (sample(definition, seed + number) for number in range(SAMPLES)))


def _size(made: Elaborated) -> int:
    return made.plan.costs.params
