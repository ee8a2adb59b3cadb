"""The task of scoring programs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smashdsl.api import Program
from smashdsl.scoring.scorer import Scorer
from smashdsl.scoring.value import Value
from smashdsl.search.engines.answers import (
    SCORE,
    program_sent,
    unusable,
    value_received,
    value_sent,
)
from smashdsl.search.engines.engine import Parcel, Plain, Task


@dataclass(frozen=True, eq=False)
class Wanted:
    """A program whose value at a stage is wanted; `before` is that of an earlier stage."""

    program: Program
    stage: int = 0
    before: Value | None = None


@dataclass(frozen=True, eq=False)
class Scored:
    """A value, and the seconds that scoring took."""

    value: Value
    seconds: float


class Scoring(Task[Wanted, Scored]):
    """Scores programs. Those that are scored here in one go are at the same stage.

    Args:
        scorer: that scores here; elsewhere it is made again.
        together: how many programs are scored here in one go.
        sent: makes what workers need to make the scorer.
        threads, device: see `Task`.
    """

    def __init__(self, scorer: Scorer, together: int, sent: Callable[[], Parcel] | None = None,
                 threads: int = 1, device: str = "cpu") -> None:  # fmt: skip
        self.scorer, self.together, self._sent = scorer, together, sent
        self.threads, self.device = threads, device

    def here(self, items: Sequence[Wanted]) -> list[Scored]:
        """See `Task`."""
        start = time.perf_counter()
        programs, before = [each.program for each in items], [each.before for each in items]
        values = self.scorer.score(programs, items[0].stage, before)
        seconds = (time.perf_counter() - start) / len(items)
        return [Scored(value, seconds) for value in values]

    def parcel(self) -> Parcel:
        """See `Task`."""
        if self._sent is None:
            raise ValueError("this scorer cannot be sent")
        return self._sent()

    def order(self, item: Wanted) -> Plain:
        """See `Task`."""
        return {
            "kind": SCORE, **program_sent(item.program), "stage": item.stage,
            "before": value_sent(item.before),
        }  # fmt: skip

    def result(self, item: Wanted, answer: Plain) -> Scored:
        """See `Task`."""
        value = value_received(answer.get("value"))
        if value is None or answer.get("hash") != item.program.hash:
            raise unusable(f"it has no value for the program {item.program.hash[:12]}")
        return Scored(value, float(answer["seconds"]))

    def name(self, item: Wanted) -> str:
        """See `Task`."""
        return item.program.hash[:12]
