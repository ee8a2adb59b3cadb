"""Taking one ledger into another."""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.search.ledger.database import Database
from smashdsl.search.ledger.entry import Genome
from smashdsl.search.ledger.rows import Row


@dataclass(frozen=True)
class Merged:
    """What a ledger got from another: new programs, new scores, scores of a later stage in the
    place of earlier ones, and proposals."""

    programs: int
    scores: int
    improved: int
    proposals: int


class Merging:
    """Takes the rows of one ledger into another, some at a time.

    Args:
        into: the ledger to write, in a transaction.
        source: the ledger to read; both are of the same run.
    """

    def __init__(self, into: Database, source: Database) -> None:
        self._into, self._source = into, source
        self._programs: dict[int, int] = {}  # their numbers there, and here
        self._new = dict.fromkeys(("programs", "scores", "improved", "proposals"), 0)

    def run(self) -> Merged:
        """Take in everything.

        Raises:
            SmashError: what is read is damaged, or cannot be written.
            ValueError: a program costs something else there; a row means nothing.
        """
        for rows in self._source.chunks("programs", "program"):
            self._take_programs(rows)
        for there, name in self._source.rows("scorers", "ORDER BY scorer"):
            here = scorer_number(self._into, name)
            for rows in self._source.chunks("proposals", "number", there):
                self._take_proposals(here, rows)
            for rows in self._source.chunks("scores", "program", there):
                self._take_scores(there, here, rows)
        return Merged(**self._new)

    def _take_programs(self, rows: list[Row]) -> None:
        known = {row[1]: row for row in self._into.among("programs", "hash", _column(rows, 1))}
        number = self._into.number("SELECT max(program) FROM programs")
        new = []
        for there, hash_, *costs in rows:
            if hash_ not in known:
                number += 1
                new.append((number, hash_, *costs))
                self._programs[there] = number
            elif costs != list(known[hash_][2:]):
                raise ValueError(f"the program {hash_[:12]} has other costs")
            else:
                self._programs[there] = known[hash_][0]
        self._into.insert("programs", new)
        self._new["programs"] += len(new)
        self._take_genomes(_column(rows, 0), {row[0] for row in new})

    def _take_genomes(self, there: list[object], new: set[int]) -> None:
        """Also other numbers, of these programs there, of which some are new here."""
        genomes = self._here(self._source.among("genomes", "program", there), 0)
        genomes = [row for row in genomes if row[0] in new]
        if len(genomes) < len(new):
            raise ValueError("rows of `genomes` are missing")
        for row in genomes:
            Genome(row[1]).check()
        self._into.insert("genomes", genomes)
        measures = self._here(self._source.among("measures", "program", there), 0)
        known = {row[:2] for row in self._into.among("measures", "program", _column(measures, 0))}
        self._into.insert("measures", [row for row in measures if row[:2] not in known])

    def _take_proposals(self, scorer: int, rows: list[Row]) -> None:
        rows = self._here(rows, 4)
        programs = _column(rows, 4)
        known = {row[2:] for row in self._into.among("proposals", "program", programs, scorer)}
        sql = "SELECT max(number) + 1 FROM proposals WHERE scorer = ?"
        number = self._into.number(sql, scorer)
        new = [row[2:] for row in rows if row[2:] not in known]
        self._into.insert("proposals", [(scorer, number + i, *row) for i, row in enumerate(new)])
        self._new["proposals"] += len(new)

    def _take_scores(self, there: int, here: int, rows: list[Row]) -> None:
        """Scores of programs that have none here, and those of a later stage."""
        likelihoods = self._here(
            self._source.among("likelihoods", "program", _column(rows, 1), there), 1
        )
        rows = self._here(rows, 1)
        lengths = {row[1]: len(row[2]) // 4 for row in likelihoods}
        if any(row[6] != lengths.get(row[1]) for row in rows):
            raise ValueError("rows of `likelihoods` are missing")
        programs = _column(rows, 1)
        known = {row[1]: row for row in self._into.among("scores", "program", programs, here)}
        found: dict[int, int] = {}
        for row in self._into.among("proposals", "program", programs, here):
            found[row[4]] = min(row[1], found.get(row[4], row[1]))
        taken = [
            (here, *row[1:-1], found[row[1]])
            for row in rows
            if row[1] not in known or row[7] > known[row[1]][7]
        ]
        improved = {row[1] for row in taken} & known.keys()
        for program in improved:
            self._into.run("DELETE FROM scores WHERE scorer = ? AND program = ?", here, program)
            self._into.run(
                "DELETE FROM likelihoods WHERE scorer = ? AND program = ?", here, program
            )
        wanted = {row[1] for row in taken}
        self._into.insert("scores", taken)
        self._into.insert(
            "likelihoods", [(here, *row[1:]) for row in likelihoods if row[1] in wanted]
        )
        self._new["improved"] += len(improved)
        self._new["scores"] += len(taken) - len(improved)

    def _here(self, rows: list[Row], place: int) -> list[Row]:
        """Rows with the numbers that programs have here."""
        return [(*row[:place], self._programs[row[place]], *row[place + 1 :]) for row in rows]


def _column(rows: list[Row], place: int) -> list[object]:
    return [row[place] for row in rows]


def scorer_number(database: Database, name: str) -> int:
    """The number of a scorer, which is written down if it is new."""
    rows = database.rows("scorers", "WHERE name = ?", name)
    if rows:
        return int(rows[0][0])
    number = database.number("SELECT max(scorer) FROM scorers") + 1
    database.insert("scorers", [(number, name)])
    return number
