"""Choices that are taken back: the order in which options are tried, and who is to blame.

Conflict-directed backjumping (Prosser 1993) with saved phases: after a mismatch the latest draw
that it depends on moves to its next option, and later draws keep theirs as first guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


class Mismatch(Exception):
    """What was elaborated differs from the target; `blame` are the draws it depends on."""

    def __init__(self, blame: Iterable[str], reason: str) -> None:
        super().__init__(reason)
        self.blame = frozenset(blame)
        self.reason = reason
        self.culprit: str | None = None


@dataclass
class Trial:
    """The options of one draw, in the order in which they are tried."""

    options: Sequence[Any]
    key: Any
    first: int = 0
    tried: int = 0
    conflicts: set[str] = field(default_factory=set)

    @property
    def current(self) -> Any:
        return self.options[(self.first + self.tried) % len(self.options)]


class Exhausted(Exception):
    """No option of any draw avoids a mismatch."""


class Trials:
    """All draws' trials; `order` are the draws of the current attempt, first made first."""

    def __init__(self, most: int) -> None:
        self.trials: dict[str, Trial] = {}
        self.left = most

    def current(self, path: str, key: Any, options: Callable[[], Sequence[Any]]) -> Any:
        """The option to try for a draw whose possibilities are identified by `key`."""
        trial = self.trials.get(path)
        if trial is None or trial.key != key:
            trial = self.trials[path] = Trial(options(), key)
        return trial.current if trial.options else None

    def blame(self, mismatch: Mismatch, order: Sequence[str]) -> str:
        """Move the culprit of a mismatch to its next option, and say who it was.

        Raises:
            Exhausted: nobody is left to blame.
        """
        self.left -= 1
        if self.left < 0:
            raise Exhausted
        places = {path: i for i, path in enumerate(order)}
        blamed = {path for path in mismatch.blame if path in places}
        while blamed:
            culprit = max(blamed, key=lambda path: places[path])
            trial = self.trials.get(culprit)
            blamed.discard(culprit)
            if trial is None:
                continue
            trial.conflicts |= blamed
            trial.tried += 1
            if trial.tried < len(trial.options):
                self._forget_after(places[culprit], order)
                return culprit
            blamed = {
                path for path in trial.conflicts if places.get(path, len(order)) < places[culprit]
            }
            self._restart(trial)
        raise Exhausted

    def _forget_after(self, place: int, order: Sequence[str]) -> None:
        for path in order[place + 1 :]:
            if path in self.trials:
                self._restart(self.trials[path])

    def _restart(self, trial: Trial) -> None:
        """Try all options again, the current one first."""
        if trial.options:
            trial.first = (trial.first + min(trial.tried, len(trial.options) - 1)) % len(
                trial.options
            )
        trial.tried = 0
        trial.conflicts = set()
