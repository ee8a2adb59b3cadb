"""What proposers have in common that choose among mutations before any is scored."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from smashdsl.api import Program, Space
from smashdsl.proposing.past import Past
from smashdsl.proposing.perturb import RATE, Perturb
from smashdsl.proposing.proposer import Trial
from smashdsl.training.ranges import require_range

MOST = 1_000  # mutations to choose among


class Selecting(Perturb):
    """Of some mutations of one of the best programs, that of which most is expected.

    Proposals are valid programs near to their parent, where expectations may be trusted; but for
    the choice they are those of `perturb`.

    Args:
        parents, rate: see `Perturb`.
        pool: of how many mutations the best is looked for, 1000 at most.
    """

    def __init__(
        self, space: Space, seed: int = 0, parents: int = 5, rate: float | None = RATE,
        pool: int = 32,
    ) -> None:  # fmt: skip
        super().__init__(space, seed, parents, rate)
        self.pool = pool
        require_range(self, "pool", 1, MOST)

    @abstractmethod
    def promise(self, past: Past, parent: Trial, others: Sequence[Program]) -> Sequence[float]:
        """How much is expected of mutations of a program, in any unit: more is better."""

    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        if len(past.trials) < self.least:
            yield from self.samples(number)
        barren: set[str] = set()
        for place, parent in enumerate(self.in_turn(past, number, barren)):
            found = {}
            for other in range(self.pool):
                seed = self.derive(number, place, other)
                program = self.mutated(parent.genome, seed, self.rate)
                if program is not None and program.hash not in past.by_hash:
                    found[program.hash] = program
            if not found:
                barren.add(parent.hash)
                continue
            others = list(found.values())
            promise = self.promise(past, parent, others)
            order = sorted(range(len(others)), key=lambda i: (-promise[i], others[i].hash))
            yield from (others[i] for i in order)
