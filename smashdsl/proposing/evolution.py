"""`evolution`: regularised evolution (Real et al. 2019, arXiv:1802.01548)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count

from smashdsl.api import Space
from smashdsl.proposing.candidates import shuffled
from smashdsl.proposing.mutating import Mutating
from smashdsl.proposing.past import Past, score
from smashdsl.proposing.proposer import Trial
from smashdsl.training.ranges import require_range


class Evolution(Mutating):
    """Mutations of the best of a tournament, held among the last programs scored.

    However good a program is, it has no more children once `population` others came after it. Until
    there are that many, programs are random.

    Args:
        population: how many programs live.
        tournament: how many of them are drawn, the best of which is the parent.
        rate: see `Mutating`.
    """

    name = "evolution"
    about = "mutations of the best of a few of the latest: regularised evolution"

    def __init__(
        self, space: Space, seed: int = 0, population: int = 25, tournament: int = 8,
        rate: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(space, seed, rate)
        self.population, self.tournament = population, tournament
        require_range(self, "population tournament", 1)

    @property
    def least(self) -> int:
        return self.population

    def in_turn(self, past: Past, number: int, barren: Container[str]) -> Iterator[Trial]:
        alive = past.trials[-self.population :]
        for place in count():
            left = [trial for trial in alive if trial.hash not in barren]
            if not left:
                return
            drawn = shuffled(len(left), self.derive("tournament", number, place))
            yield max((left[i] for i in drawn[: self.tournament]), key=score)
