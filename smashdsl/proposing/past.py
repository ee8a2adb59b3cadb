"""A history, indexed: which programs were scored, and which were best."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence

from smashdsl.proposing.proposer import Trial


class Past:
    """Trials in the order in which they were proposed.

    Of several trials of one program the first counts. A score that is not a number is the worst
    there is.

    Attributes:
        trials: one of each program.
        by_hash: the same.
    """

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.by_hash: dict[str, Trial] = {}
        self._all: list[Trial] = []
        self._ranked: list[tuple[float, int]] = []  # minus the score, and the place in `trials`

    def __len__(self) -> int:
        """How many trials there are, those of known programs included."""
        return len(self._all)

    def begins(self, history: Sequence[Trial]) -> bool:
        """Whether a history begins with these trials."""
        return self._all == list(history[: len(self._all)])

    def extend(self, history: Sequence[Trial]) -> None:
        """Take in what a history that begins with these trials has beyond them."""
        for trial in history[len(self._all) :]:
            self._all.append(trial)
            if trial.hash not in self.by_hash:
                self.by_hash[trial.hash] = trial
                insort(self._ranked, (-score(trial), len(self.trials)))
                self.trials.append(trial)

    def best(self, count: int) -> list[Trial]:
        """The best programs, best first; of equals the one that came first."""
        return [self.trials[place] for _, place in self._ranked[:count]]


def score(trial: Trial) -> float:
    """A trial's score, minus infinity for one that is not a number."""
    return -math.inf if math.isnan(trial.score) else trial.score
