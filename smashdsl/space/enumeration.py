"""All programs of a space, one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from smashdsl.elaborate.draws import Choice, Continuous, RandomChooser, Subset
from smashdsl.elaborate.run import Definition, Elaborated, elaborate


class CountingChooser:
    """Answers like the digits of a number that is counted up: the last draw changes fastest.

    Args:
        answers: the places of the first answers among the possible ones; those of later draws
            are 0. Numbers of an interval are not counted: each has one value, drawn by its path.
    """

    def __init__(self, answers: Sequence[int]) -> None:
        self._given = answers
        self._digits: list[tuple[int, int]] = []  # per draw, the answer's place and how many
        self._chance = RandomChooser(0)

    def _next(self, ways: int) -> int:
        place = len(self._digits)
        answer = self._given[place] if place < len(self._given) else 0
        self._digits.append((answer, ways))
        return answer

    def choice(self, path: str, options: Choice) -> int:
        allowed = [i for i in range(len(options.labels)) if options.allowed(i)]
        return allowed[self._next(len(allowed))]

    def continuous(self, path: str, options: Continuous) -> float:
        return self._chance.continuous(path, options)

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        count = len(options.labels)
        place = self._next(math.comb(count, options.size))
        return next(islice(combinations(range(count), options.size), place, None))

    def following(self) -> list[int] | None:
        """The answers that come next, or None after the last."""
        digits = [*self._digits]
        while digits:
            answer, ways = digits.pop()
            if answer + 1 < ways:
                return [*(kept for kept, _ in digits), answer + 1]
        return None


def programs(definition: Definition, most: int) -> Iterator[Elaborated]:
    """The programs that meet the requirements, among the first `most` ways to make all draws.

    Each way costs an elaboration. Draws may decide which other draws there are; ways that make one
    program are not told apart.
    """
    answers: list[int] | None = []
    for _ in range(most):
        if answers is None:
            return
        chooser = CountingChooser(answers)
        made = elaborate(definition, chooser)
        if made.unmet is None:
            yield made
        answers = chooser.following()
