"""Scores that cannot enter the ledger yet, because others of their batch are still being made.

A batch enters the ledger as a whole, so that what is proposed next does not depend on which of its
programs a kill has cost. On a cluster the last of a batch may come long after the first. Until then
the first are in a small ledger of their own, from where they are taken when ranking goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from smashdsl.api import Program
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.search.engines.scoring import Scored
from smashdsl.search.ledger import Ledger
from smashdsl.training.progress import Progress

NAME = "pending.sqlite"


class Pending:
    """The scores of a scorer at a stage that wait for others.

    Args:
        folder: of the run.
        facts: of its ledger.
        scorer: that has scored.
        stage: of scoring.
        seed: of what the scorer drew.
        progress: is told if the file is damaged; the scores in it are then made again.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], scorer: str, stage: int, seed: int,
                 progress: Progress) -> None:  # fmt: skip
        self._path, self._facts = folder / NAME, facts
        self._scorer, self._stage, self._seed = scorer, stage, seed
        self._ledger: Ledger | None = None
        if self._path.exists():
            try:
                self._ledger = Ledger(self._path, facts)
            except SmashError as error:
                progress.tell(f"{error.diagnostics[0].message}; what was in it is scored again")
                self.clear()

    def find(self, hash_: str) -> Scored | None:
        """The score of a program, if it waits."""
        if self._ledger is None:
            return None
        entry = self._ledger.entry(self._scorer, hash_)
        value = self._ledger.value(self._scorer, hash_)
        if entry is None or value is None or entry.stage != self._stage:
            return None
        return Scored(value, entry.seconds)

    def keep(self, found: Sequence[tuple[Program, Scored]]) -> None:
        """Let scores wait: when this ends, they are on the disk."""
        if self._ledger is None:
            self._ledger = Ledger(self._path, self._facts)
        for program, scored in found:
            number = self._ledger.proposed(self._scorer)
            self._ledger.add(self._scorer, [(number, "pending", number, program)], [scored.value],
                             scored.seconds, stage=self._stage, seed=self._seed)  # fmt: skip

    def clear(self) -> None:
        """Nothing waits any more."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).unlink()

    def close(self) -> None:
        """Leave what waits for the next time."""
        if self._ledger is not None:
            self._ledger.close()
