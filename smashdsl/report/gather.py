"""What a page tells of a run, read from its folder, however far the run is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smashdsl.api import Program
from smashdsl.hypernet.oneshot import CHECKPOINT
from smashdsl.hypernet.run import JOURNAL
from smashdsl.report.studied import Studied, read_study
from smashdsl.search.confirm import Choice, Gain
from smashdsl.search.confirmed import confirmed, gained, ranked_entry
from smashdsl.search.ledger import Entry, Reading, scorer_name
from smashdsl.search.run import Run
from smashdsl.search.winner import Fit, original
from smashdsl.training import checkpoint
from smashdsl.training.journal import read_journal

CLOUD = 20_000  # programs that are looked at for a front
CHEAPEST = 1_000  # of these, where there are more, so many are the cheapest of each kind


@dataclass(frozen=True)
class Leading:
    """The program that a run holds to be the best, with what its own training gave, if it was
    trained; `confirmed` says whether it was chosen among programs that were trained."""

    entry: Entry
    program: Program
    fitted: Mapping[str, Any] | None
    confirmed: bool


@dataclass(frozen=True)
class Findings:
    """All of it.

    Attributes:
        run: that is told of.
        trained: the facts of the checkpoint, none before there is one.
        journal: of training.
        scorers: how many programs each scorer has scored.
        scorer: whose ranking is shown; empty where nothing is ranked.
        entries: the best of it.
        cloud: more of it, for the fronts: all, or the best and the cheapest.
        pictured: the programs of the first entries, to be drawn.
        choice: among those that were trained for a short time.
        gain: over random search.
        leading: the best program.
        gains: by field of the encoding, score with the right less that with a wrong encoding.
        studies: of the space.
    """

    run: Run
    trained: Mapping[str, Any]
    journal: Sequence[Mapping[str, Any]]
    scorers: Mapping[str, int]
    scorer: str
    entries: Sequence[Entry]
    cloud: Sequence[Entry]
    pictured: Sequence[Program]
    choice: Choice | None
    gain: Gain | None
    leading: Leading | None
    gains: Mapping[str, Sequence[float]]
    studies: Sequence[Studied]

    @property
    def count(self) -> int:
        """How many programs the scorer has scored."""
        return self.scorers.get(self.scorer, 0)

    @property
    def steps(self) -> int:
        """How far the HyperNet is trained."""
        return int(self.trained.get("step", 0))


def gather(run: Run, scorer: str | None, rows: int, pictures: int,
           studies: Sequence[Path]) -> Findings:  # fmt: skip
    """Read a run.

    Args:
        run: to read.
        scorer: whose ranking; None for the HyperNet's, or another one where that has none.
        rows: how many of its programs to list at most.
        pictures: how many of these to draw at most.
        studies: folders of studies.

    Raises:
        SmashError: E923, E924, E940 or E944 a file is damaged, E978 a folder holds no
            study that can be shown.
        ValueError: there is no such scorer in the ledger.
    """
    read = [read_study(folder) for folder in studies]
    path = run.folder / CHECKPOINT
    trained = checkpoint.load(path, ("step",), lambda _: None)[1] if checkpoint.exists(path) else {}
    with run.ledger() as ledger:
        scorers = ledger.scorers()
        chosen = _chosen(scorers, scorer)
        entries = ledger.ranked(chosen, rows, run.within, "stage") if chosen else []
        cloud = _cloud(ledger, chosen, scorers[chosen]) if chosen else []
        gains = _gains(ledger, scorers)
    choice = confirmed(run) if scorers.get(scorer_name()) else None
    return Findings(
        run, trained, read_journal(run.folder / JOURNAL), scorers, chosen, entries, cloud,
        [original(run, entry) for entry in entries[:pictures]], choice,
        None if choice is None else gained(run, choice), _leading(run, choice), gains, read,
    )  # fmt: skip


def _chosen(scorers: Mapping[str, int], wanted: str | None) -> str:
    if wanted is not None and wanted not in scorers:
        listed = ", ".join(sorted(scorers)) or "nobody"
        raise ValueError(f"{wanted!r} has scored no program of this run; {listed} has")
    if wanted is not None or not scorers:
        return wanted or ""
    return (
        scorer_name() if scorer_name() in scorers else max(sorted(scorers), key=scorers.__getitem__)
    )


def _cloud(ledger: Reading, scorer: str, count: int) -> list[Entry]:
    if count <= CLOUD:
        return [each for each in ledger.entries(scorer, sort="score") if _finite(each)]
    found = {each.hash: each for each in ledger.entries(scorer, CLOUD - 2 * CHEAPEST, sort="score")}
    for cost in ("params", "flops"):
        found |= {each.hash: each for each in ledger.entries(scorer, CHEAPEST, sort=cost)}
    return [each for each in found.values() if _finite(each)]


def _finite(entry: Entry) -> bool:
    return math.isfinite(entry.score.score)


def _gains(ledger: Reading, scorers: Mapping[str, int]) -> dict[str, list[float]]:
    """What right encodings were worth, of programs that were scored both ways."""
    wrong = scorer_name("")
    fields = [name.removeprefix(wrong) for name in sorted(scorers) if name.startswith(wrong)]
    if not fields:
        return {}
    true = {trial.hash: trial.score for trial in ledger.trials(scorer_name())}
    found = {}
    for field in fields:
        told = {trial.hash: trial.score for trial in ledger.trials(scorer_name(field))}
        pairs = [true[hash_] - score for hash_, score in told.items() if hash_ in true]
        found[field] = [gain for gain in pairs if math.isfinite(gain)]
    return found


def _leading(run: Run, choice: Choice | None) -> Leading | None:
    if choice is not None:
        best = choice.trained[0]
        entry, fitted = ranked_entry(run, best), Fit.of(run, best.program).found()
        return Leading(entry, best.program, fitted, True)
    with run.ledger() as ledger:
        ranked = ledger.ranked(scorer_name(), 1, run.within, "stage")
    if not ranked:
        return None
    program = original(run, ranked[0])
    return Leading(ranked[0], program, Fit.of(run, program).found(), False)
