"""Strictly fair draws: over a round, every option equally often (FairNAS: Chu et al. 2019).

Programs are numbered. Of a draw with k options, programs 0 to k - 1 take each of them once, in an
order that depends on the seed; so do programs k to 2k - 1, and so on, whatever weights the options
have. That holds exactly for draws that every program makes, where no program is rejected.
"""

from __future__ import annotations

from hashlib import blake2b

from smashdsl.elaborate.draws import Choice, Continuous, RandomChooser, Subset

STRATA = 16


class FairChooser:
    """Answers the draws of one program of a series.

    Args:
        seed: of the series.
        number: of the program, from 0.
        attempt: how many programs of this number were rejected; all but the first are random.
    """

    def __init__(self, seed: int, number: int, attempt: int = 0) -> None:
        self._number, self._attempt = number, attempt
        self._key = f"fair/{seed}/".encode()
        self._chance = RandomChooser(seed, number * 1_000_003 + attempt)

    def _order(self, path: str, count: int) -> list[int]:
        """The order of a round."""
        key = self._key + f"{self._number // count}/{path}/".encode()
        return sorted(range(count), key=lambda i: blake2b(key + b"%d" % i, digest_size=8).digest())

    def choice(self, path: str, options: Choice) -> int:
        if self._attempt:
            return self._chance.choice(path, options)
        allowed = [i for i in range(len(options.labels)) if options.allowed(i)]
        return allowed[self._order(path, len(allowed))[self._number % len(allowed)]]

    def continuous(self, path: str, options: Continuous) -> float:
        if self._attempt:
            return self._chance.continuous(path, options)
        within = self._chance.continuous(path, Continuous(0.0, 1.0))
        return options.at((self._order(path, STRATA)[self._number % STRATA] + within) / STRATA)

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        count = len(options.labels)
        if self._attempt or not 0 < options.size < count:
            return self._chance.subset(path, options)
        order, start = self._order(path, count), self._number * options.size
        return tuple(sorted(order[(start + i) % count] for i in range(options.size)))
