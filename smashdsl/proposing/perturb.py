"""`perturb` and `markov`: mutations of the best, as in the paper.

Brock et al. 2017 score 500 random programs, 100 perturbations of the best of these, in which each
attribute is redrawn with a probability of 5 %, and 100 steps of hill climbing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count

from smashdsl.api import Space
from smashdsl.proposing.mutating import Mutating
from smashdsl.proposing.past import Past
from smashdsl.proposing.proposer import Trial
from smashdsl.training.ranges import require_range

RATE = 0.05


class Perturb(Mutating):
    """Mutations of the best `parents` so far, in turn; the first program of all is random.

    Args:
        rate: see `Mutating`.
    """

    name = "perturb"
    about = "mutations of the best few so far"

    def __init__(
        self, space: Space, seed: int = 0, parents: int = 5, rate: float | None = RATE
    ) -> None:
        super().__init__(space, seed, rate)
        self.parents = parents
        require_range(self, "parents", 1)

    def in_turn(self, past: Past, number: int, barren: Container[str]) -> Iterator[Trial]:
        best = past.best(self.parents)
        for place in count(number):
            left = [trial for trial in best if trial.hash not in barren]
            if not left:
                return
            yield left[place % len(left)]


class Markov(Perturb):
    """Hill climbing: a mutation of the current program takes its place if it is better.

    The chain sets out from the best program so far. As it moves to what is better alone, its
    current program is the best of the history, and nothing else need be known of its course.
    """

    name = "markov"
    about = "mutations of the best so far: hill climbing"

    def __init__(self, space: Space, seed: int = 0, rate: float | None = RATE) -> None:
        super().__init__(space, seed, 1, rate)
