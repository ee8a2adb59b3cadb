"""What can be asked of a ledger."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.proposing.proposer import Trial
from smashdsl.scoring.value import Value
from smashdsl.search.ledger.database import CHUNK, TIMEOUT, Database
from smashdsl.search.ledger.entry import Entry, Genome, Proposal
from smashdsl.search.ledger.queries import Filter, query
from smashdsl.search.ledger.rows import Row, entry_of, value_of
from smashdsl.search.ledger.trouble import damaged, of_another_run


@dataclass
class _History:
    """Trials that were read, those of each program, and the number of the last proposal."""

    trials: list[Trial] = field(default_factory=list)
    programs: dict[int, Trial] = field(default_factory=dict)
    last: int = -1


class Reading:
    """A ledger to read.

    Args:
        path: of the file. One that does not exist is taken for an empty ledger, where `facts` say
            what of.
        facts: plain JSON data that say what run this must be; None to take what the file says.
        timeout: seconds to wait while another process writes.

    Raises:
        SmashError: E923 the file cannot be read, E944 it is damaged or belongs to another run, E946
            another process does not let go of it, E948 it is no ledger.
    """

    def __init__(self, path: Path | str, facts: Mapping[str, Any] | None = None, *,
                 timeout: float = TIMEOUT, _read_only: bool = True) -> None:  # fmt: skip
        self.path = Path(path)
        there = self.path.exists()
        if not there and facts is None:
            raise fail("E923", f"cannot read `{self.path}`: it does not exist")
        self._database = Database(self.path if there else None, read_only=_read_only,
                                  timeout=timeout)  # fmt: skip
        self._histories: dict[str, _History] = defaultdict(_History)
        self._changes = -1
        try:
            self.facts = self._facts(facts) if there else plain(facts or {})
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str | None:
        from smashdsl.search.ledger.shown import ledger_html

        try:
            return ledger_html(self)
        except SmashError:
            return None

    def scorers(self) -> dict[str, int]:
        """How many programs each scorer has scored."""
        return {name: self.count(name) for name in self._scorers()}

    def count(self, scorer: str, where: Filter | None = None) -> int:
        """How many programs a scorer has scored."""
        number = self._scorers().get(scorer)
        if number is None:
            return 0
        sql, values = query("count(*)", number, where)
        return self._database.number(sql, *values)

    def better(self, scorer: str, score: float) -> int:
        """How many programs have a higher score."""
        sql = "SELECT count(*) FROM scores WHERE scorer = ? AND score > ?"
        return self._database.number(sql, self._scorers().get(scorer, 0), score)

    def ranked(self, scorer: str, limit: int | None = None, where: Filter | None = None,
               sort: str = "score") -> list[Entry]:  # fmt: skip
        """The best first; of equal ones the one that was found first.

        Args:
            scorer: whose scores.
            limit: how many at most.
            where: which programs; None for all.
            sort: another order, from `queries.SORTS`.

        Raises:
            SmashError: E944, the file is damaged.
            ValueError: there is no such order.
        """
        return list(self.entries(scorer, limit, where, sort))

    def entries(self, scorer: str, limit: int | None = None, where: Filter | None = None,
                sort: str = "score") -> Iterator[Entry]:  # fmt: skip
        """The same, read as they are needed."""
        number = self._scorers().get(scorer)
        if number is None:
            return
        sql, values = query("s.program", number, where, sort, limit)
        programs = [row[0] for row in self._database.run(sql, *values)]
        for start in range(0, len(programs), CHUNK):
            yield from self._entries(number, programs[start : start + CHUNK])

    def entry(self, scorer: str, hash_: str) -> Entry | None:
        """A program with its score; None if the scorer has not scored it."""
        score = self._score(scorer, hash_)
        return None if score is None else self._entries(score[0], [score[1]])[0]

    def value(self, scorer: str, hash_: str) -> Value | None:
        """What a scorer says of a program, with likelihoods; None if it has not scored it."""
        score = self._score(scorer, hash_)
        if score is None:
            return None
        rest = "WHERE scorer = ? AND program = ?"
        likelihoods = self._database.rows("likelihoods", rest, *score[:2])
        try:
            return value_of(score, likelihoods[0] if likelihoods else None)
        except ValueError as error:
            raise damaged(self.path, str(error)) from error

    def trials(self, scorer: str) -> list[Trial]:
        """Everything that was proposed, in order, each with the score that it has now.

        What was read before is read again only if something else has changed than that there are
        more proposals.
        """
        changes = self._database.changes()
        if changes != self._changes:
            self._histories.clear()
            self._changes = changes
        history = self._histories[scorer]
        number = self._scorers().get(scorer, 0)
        for rows in self._database.chunks("proposals", "number", number, history.last):
            programs = [row[4] for row in rows]
            known = history.programs
            known |= dict(self._trials(number, sorted(set(programs) - known.keys())))
            history.trials += [known[program] for program in programs]
            history.last = rows[-1][1]
        return list(history.trials)

    def proposed(self, scorer: str) -> int:
        """The number of the next proposal: one more than the highest so far."""
        sql = "SELECT max(number) + 1 FROM proposals WHERE scorer = ?"
        return self._database.number(sql, self._scorers().get(scorer, 0))

    def proposal(self, scorer: str, number: int) -> Proposal | None:
        """The proposal of a number."""
        rows = self._database.rows("proposals", "WHERE scorer = ? AND number = ?",
                                   self._scorers().get(scorer, 0), number)  # fmt: skip
        return self._as_proposals(rows)[0] if rows else None

    def proposals(self, scorer: str) -> list[Proposal]:
        """All proposals, in order."""
        chunks = self._database.chunks("proposals", "number", self._scorers().get(scorer, 0))
        return [proposal for rows in chunks for proposal in self._as_proposals(rows)]

    def hashes(self, prefix: str, limit: int = 10) -> list[str]:
        """The hashes of programs that begin so, in order; there may be more than the limit."""
        rest = "WHERE hash >= ? AND hash < ? ORDER BY hash LIMIT ?"
        rows = self._database.rows("programs", rest, prefix, f"{prefix}g", limit)
        return [row[1] for row in rows]

    def _scorers(self) -> dict[str, int]:
        """The numbers of scorers, from 1."""
        return {name: number for number, name in self._database.rows("scorers", "ORDER BY scorer")}

    def _score(self, scorer: str, hash_: str) -> Row | None:
        """The row of a program in `scores`."""
        rest = "WHERE scorer = ? AND program = (SELECT program FROM programs WHERE hash = ?)"
        rows = self._database.rows("scores", rest, self._scorers().get(scorer, 0), hash_)
        return rows[0] if rows else None

    def _as_proposals(self, rows: Sequence[Row]) -> list[Proposal]:
        programs = self._by_program("programs", {row[4] for row in rows})
        return [_proposal(row, programs) for row in rows]

    def _trials(self, scorer: int, programs: Sequence[int]) -> Iterator[tuple[int, Trial]]:
        genomes = self._by_program("genomes", programs)
        scores = self._by_program("scores", programs, scorer)
        for program, hash_, *costs in self._by_program("programs", programs).values():
            score = scores[program][2]
            genome = Genome(genomes[program][1])
            yield program, Trial(genome, hash_, -math.inf if score is None else score, *costs)

    def _entries(self, scorer: int, programs: Sequence[int]) -> list[Entry]:
        """The entries of programs, in this order."""
        costs = self._by_program("programs", programs)
        genomes = self._by_program("genomes", programs)
        scores = self._by_program("scores", programs, scorer)
        proposals: dict[int, list[Proposal]] = defaultdict(list)
        measures: dict[int, dict[str, float]] = defaultdict(dict)
        rows = self._database.among("proposals", "program", programs, scorer)
        for row in sorted(rows, key=lambda row: row[1]):
            proposals[row[4]].append(_proposal(row, costs))
        if len(proposals) < len(programs):
            raise damaged(self.path, "rows of `proposals` are missing")
        for program, name, value in self._database.among("measures", "program", programs):
            measures[program][name] = value
        return [
            entry_of(costs[each], genomes[each], scores[each], proposals[each], measures[each])
            for each in programs
        ]

    def _by_program(self, table: str, programs: Collection[int],
                    scorer: int | None = None) -> dict[int, Row]:  # fmt: skip
        """The row of each program in a table.

        Raises:
            SmashError: E944, one is missing.
        """
        place = 0 if scorer is None else 1
        rows = self._database.among(table, "program", programs, scorer)
        found = {row[place]: row for row in rows}
        if len(found) < len(programs):
            raise damaged(self.path, f"rows of `{table}` are missing")
        return found

    def _facts(self, expected: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """What the file says of its run, which must be what is expected."""
        try:
            found = {name: json.loads(value) for name, value in self._database.rows("facts")}
        except (ValueError, RecursionError) as error:
            raise damaged(self.path, str(error)) from error
        if expected is not None:
            require_same(self.path, found, expected)
        return found


def _proposal(row: Row, programs: Mapping[int, Row]) -> Proposal:
    """The proposal of a row, and of the rows of programs."""
    _, number, proposer, its_number, program = row
    return Proposal(number, proposer, its_number, programs[program][1])


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are after a way through a file."""
    return {name: json.loads(json.dumps(value)) for name, value in facts.items()}


def require_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse the ledger of another run.

    Raises:
        SmashError: E944, with what differs.
    """
    wanted = plain(wanted)
    different = [
        f"`{name}` is {json.dumps(found.get(name))}, not {json.dumps(wanted.get(name))}"
        for name in sorted({*found, *wanted})
        if found.get(name) != wanted.get(name)
    ]
    if different:
        raise of_another_run(path, different)
