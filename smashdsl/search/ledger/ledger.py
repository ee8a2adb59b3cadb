"""Writing a ledger."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smashdsl.api import Program
from smashdsl.scoring.value import Value
from smashdsl.search.ledger.database import TIMEOUT, create
from smashdsl.search.ledger.entry import Genome
from smashdsl.search.ledger.merging import Merged, Merging, scorer_number
from smashdsl.search.ledger.reading import Reading, require_same
from smashdsl.search.ledger.rows import Row, is_name, numbers_bytes, score_row, within
from smashdsl.search.ledger.trouble import busy, damaged

Proposed = tuple[int, str, int, Program]


class Ledger(Reading):
    """A ledger to write and to read.

    Args:
        path: of the file; one that does not exist is made, where `facts` say what of.
        facts: plain JSON data that say what run this must be; None to take what the file says.
        timeout: seconds to wait while another process writes.

    Raises:
        SmashError: E920 or E922 the file cannot be written; else as `Reading`.
    """

    def __init__(self, path: Path | str, facts: Mapping[str, Any] | None = None, *,
                 timeout: float = TIMEOUT) -> None:  # fmt: skip
        if facts is not None and not Path(path).exists():
            create(Path(path), {name: json.dumps(value) for name, value in facts.items()})
        super().__init__(path, facts, timeout=timeout, _read_only=False)

    def add(self, scorer: str, proposals: Sequence[Proposed], values: Sequence[Value | None],
            seconds: float = 0.0, *, stage: int = 0, seed: int = 0) -> None:  # fmt: skip
        """Take in programs that were proposed, and what a scorer says of them: all or nothing.

        Args:
            scorer: that has scored.
            proposals: each one's number among all proposals for this scorer, its proposer, its
                number among that one's, and the program.
            values: of these programs. One that the scorer has scored before keeps its value, and
                may have None here.
            seconds: that scoring took.
            stage: of scoring.
            seed: of what the scorer drew.

        Raises:
            SmashError: E946 another process has given a number to another program, or does not let
                go of the file; E920 or E922 it cannot be written.
            ValueError: a program has no value, or one that cannot be ranked.
        """
        share = seconds / max(1, sum(value is not None for value in values))
        with self._database.transaction():
            number = scorer_number(self._database, _name(scorer))
            for (place, proposer, its_place, program), value in zip(proposals, values, strict=True):
                id_ = self._known(program)
                self._propose((number, place, _name(proposer), its_place, id_))
                if self._row_of(number, id_) is not None:
                    continue
                if value is None:
                    raise ValueError(f"the program {program.hash[:12]} has no value")
                self._write(number, id_, value, stage, share, seed, place)

    def improve(self, scorer: str, hash_: str, value: Value, stage: int,
                seconds: float = 0.0) -> None:  # fmt: skip
        """Put the value of a later stage in the place of an earlier one; that of the same stage or
        of an earlier one changes nothing.

        Raises:
            SmashError: E920, E922 or E946, it cannot be written.
            ValueError: the scorer has not scored that program, or the value cannot be ranked.
        """
        with self._database.transaction():
            before = self._score(scorer, hash_)
            if before is None:
                raise ValueError(f"{scorer} has not scored the program {hash_[:12]}")
            number, program, *_, old_stage, old_seconds, _, seed, found = before
            if stage > old_stage:
                self._histories.clear()
                for table in ("scores", "likelihoods"):
                    self._database.run(
                        f"DELETE FROM {table} WHERE scorer = ? AND program = ?", number, program
                    )
                self._write(number, program, value, stage, old_seconds + seconds, seed, found)

    def measure(self, hash_: str, name: str, value: float) -> None:
        """Note another number of a program, such as its latency on a device, by a name.

        Raises:
            SmashError: E920, E922 or E946, it cannot be written.
            ValueError: there is no such program, or the number is not finite.
        """
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}")
        with self._database.transaction():
            program = self._number(hash_)
            if program is None:
                raise ValueError(f"there is no program {hash_[:12]}")
            self._database.run("DELETE FROM measures WHERE program = ? AND name = ?", program, name)
            self._database.insert("measures", [(program, _name(name), float(value))])

    def took(self, scorer: str, hash_: str, seconds: float) -> None:
        """Note that a program took so many seconds more, beside what scoring it took.

        Raises:
            SmashError: E920, E922 or E946, it cannot be written.
            ValueError: the scorer has not scored that program.
        """
        with self._database.transaction():
            before = self._score(scorer, hash_)
            if before is None:
                raise ValueError(f"{scorer} has not scored the program {hash_[:12]}")
            number, program, *values, spent, time, seed, found = before
            self._database.run(
                "DELETE FROM scores WHERE scorer = ? AND program = ?", number, program
            )
            row = (number, program, *values, spent + seconds, time, seed, found)
            self._database.insert("scores", [row])

    def merge(self, other: Path | str) -> Merged:
        """Take in what another ledger of the same run has, or nothing if something is wrong.

        Where both have a score, that of the later stage counts, and of the same stage the one that
        is here. Proposals that are not here yet follow those that are, in their order.

        Raises:
            SmashError: E944 the other is of another run, or damaged; else as when one is opened or
                written.
        """
        if Path(other).exists() and self.path.samefile(other):
            return Merged(0, 0, 0, 0)
        with Reading(other) as source:
            require_same(source.path, source.facts, self.facts)
            self._histories.clear()
            try:
                with self._database.transaction():
                    return Merging(self._database, source._database).run()
            except KeyError as error:
                raise damaged(source.path, "rows are missing") from error
            except ValueError as error:
                raise damaged(source.path, str(error)) from error

    def _number(self, hash_: str) -> int | None:
        """The number of a program."""
        rows = self._database.run("SELECT program FROM programs WHERE hash = ?", hash_)
        return rows[0][0] if rows else None

    def _known(self, program: Program) -> int:
        """The number of a program, which is written down if it is new."""
        known = self._number(program.hash)
        if known is not None:
            return known
        costs = program.costs
        number = self._database.number("SELECT max(program) FROM programs") + 1
        row = (number, program.hash, within(costs.params), within(costs.flops), costs.depth)
        self._database.insert("programs", [row])
        self._database.insert("genomes", [(number, Genome.of(program.genome).stored)])
        return number

    def _propose(self, wanted: Row) -> None:
        """Write down a proposal, unless it is there."""
        rest = "WHERE scorer = ? AND number = ?"
        rows = self._database.rows("proposals", rest, *wanted[:2])
        if rows and rows[0] != wanted:
            raise busy(self.path, f"another process has made proposal {wanted[1]:,}")
        if not rows:
            self._database.insert("proposals", [wanted])

    def _row_of(self, scorer: int, program: int) -> Row | None:
        rows = self._database.rows("scores", "WHERE scorer = ? AND program = ?", scorer, program)
        return rows[0] if rows else None

    def _write(self, scorer: int, program: int, value: Value, stage: int, seconds: float,
               seed: int, found: int) -> None:  # fmt: skip
        time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = score_row(scorer, program, value, stage, seconds, time, seed, found)
        self._database.insert("scores", [row])
        if value.likelihoods is not None:
            stored = numbers_bytes(value.likelihoods)
            self._database.insert("likelihoods", [(scorer, program, stored)])


def _name(text: str) -> str:
    """A name that may be written.

    Raises:
        ValueError: it may not.
    """
    if not is_name(text):
        raise ValueError(f"{text!r} is no name: 1 to 200 characters that can be printed")
    return text
