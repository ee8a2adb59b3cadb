"""What proposers that mutate have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Iterator

from smashdsl.api import Program, Space
from smashdsl.proposing.candidates import Candidates
from smashdsl.proposing.past import Past
from smashdsl.proposing.proposer import Trial

WIDEN = 8  # mutations that were known already, after which twice as many draws are redrawn


class Mutating(Candidates):
    """Proposes mutations of programs that were scored, and random ones while these are few.

    Args:
        rate: the chance of each draw to be redrawn, of which one is at least; None for about one
            draw. It doubles as often as eight mutations were known already.
    """

    def __init__(self, space: Space, seed: int, rate: float | None) -> None:
        super().__init__(space, seed)
        self.rate = rate
        if rate is not None and not 0 <= rate <= 1:
            raise ValueError(f"rate must be at least 0 and at most 1, not {rate}")

    @property
    def least(self) -> int:
        """How many programs must have been scored before any is mutated."""
        return 1

    @abstractmethod
    def in_turn(self, past: Past, number: int, barren: Container[str]) -> Iterator[Trial]:
        """Whom to mutate, one after the other; without end unless all are `barren` (hashes)."""

    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        if len(past.trials) < self.least:
            yield from self.samples(number)
        barren: set[str] = set()
        proposed: set[str] = set()
        missed = 0
        for place, parent in enumerate(self.in_turn(past, number, barren)):
            rate = self._rate(parent, 2 ** (missed // WIDEN))
            program = self.mutated(parent.genome, self.derive(number, place), rate)
            if program is None:
                barren.add(parent.hash)
                continue
            missed += program.hash in past.by_hash or program.hash in proposed
            proposed.add(program.hash)
            yield program

    def _rate(self, parent: Trial, times: int) -> float | None:
        if times == 1:
            return self.rate
        return min(1.0, times * (self.rate or 1 / max(len(parent.genome), 1)))
