"""The step of a search that confirms: trains the best and some random programs for a short time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from smashdsl.api import Program
from smashdsl.files import read_json, write_json
from smashdsl.hypernet.run import JOURNAL
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.spectra import Spectra
from smashdsl.search.confirm import Choice, Gain, Trained, as_data, choose, gain
from smashdsl.search.engines.fitting import fit_programs
from smashdsl.search.held import holding
from smashdsl.search.ledger import Entry, Reading, scorer_name
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run, damaged
from smashdsl.search.trained import not_yet
from smashdsl.search.winner import original
from smashdsl.training.journal import read_journal

NAME = "confirm.json"
PROMISES = ("expressivity", "trainability")


@dataclass(frozen=True)
class Candidate:
    """A program to confirm: whether it is one of the best, one of the random ones, or both."""

    entry: Entry
    program: Program
    best: bool
    control: bool


@holding
def confirm_step(run: Run, using: Resources) -> Choice | None:
    """Train the best of the ranking and as many random programs as asked for, unless that is done.

    Gives the choice among them, which is also written to `confirm.json`; None where nothing is to
    be confirmed.

    Raises:
        SmashError: E945 nothing is ranked yet, E946 another process writes the run; else as
            `fit_program`.
        KeyboardInterrupt: the user stopped it; what was trained is kept.
    """
    known = confirmed(run)
    if known is not None or not run.settings.confirm.top:
        return known
    candidates = list(_candidates(run))
    if not candidates:
        raise not_yet(run, "no program is ranked", "rank")
    short = run.changed({"fit.epochs": run.settings.confirm.epochs}, keep=False)
    trained: dict[int, Trained] = {}
    with threads(run.threads), using.progress.task("confirming", len(candidates)) as task:
        programs = [each.program for each in candidates]
        data = run.dataset(using.progress)
        spectra = Spectra(Context(run.space, data, run.seed, using.device))
        for place, found in fit_programs(short, programs, using):
            reached = found["validation"]["mean_log_likelihood"]
            promised = dict(zip(PROMISES, spectra(programs[place]), strict=True))
            trained[place] = _trained(candidates[place], {**found, **promised}, reached)
            task.advance(note=f"accuracy {trained[place].accuracy:.1%}")
    choice = choose([trained[place] for place in sorted(trained)])
    write_json(run.folder / NAME, {
        "epochs": run.settings.confirm.epochs, **as_data(choice, gained(run, choice)),
    })  # fmt: skip
    return choice


def confirmed(run: Run) -> Choice | None:
    """The choice that was made among the programs that are now to be confirmed; None if there was
    none.

    Raises:
        SmashError: E924 or E944, the ledger or `confirm.json` is damaged.
    """
    path = run.folder / NAME
    if not path.exists() or not run.settings.confirm.top:
        return None
    found = read_json(path)
    try:
        results = {str(each["hash"]): each for each in found["programs"]}
        if found["epochs"] != run.settings.confirm.epochs:
            return None
        candidates = list(_candidates(run))
        if results.keys() != {each.program.hash for each in candidates}:
            return None
        return choose([
            _trained(each, {"validation": results[each.program.hash], **results[each.program.hash]},
                     results[each.program.hash]["reached"])
            for each in candidates
        ])  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, str(error)) from error


def _trained(candidate: Candidate, found: Mapping[str, Any], reached: float | None) -> Trained:
    """A candidate with what its training gave; None stands for what was not finite."""
    score = found["validation"]
    return Trained(
        candidate.entry, candidate.program, _number(reached, -math.inf),
        _number(score["stderr"], math.inf), float(score["accuracy"]), candidate.best,
        candidate.control, float(found["seconds"]),
        *(_number(found[name], -math.inf) for name in PROMISES),
    )  # fmt: skip


def ranked_entry(run: Run, confirmed: Trained) -> Entry:
    """The entry of a confirmed program as it is in the ranking, with its score on all images that
    it has seen; that of `confirmed` is on those that all confirmed programs have seen."""
    with run.ledger() as ledger:
        return ledger.entry(scorer_name(), confirmed.program.hash) or confirmed.entry


def gained(run: Run, choice: Choice) -> Gain | None:
    """What the search gained over random programs, at equal total cost."""
    return gain(choice.trained, searching_seconds(run))


def searching_seconds(run: Run) -> float:
    """How long the HyperNet was trained and programs were ranked."""
    with run.ledger() as ledger:
        ranking = sum(entry.seconds for entry in ledger.entries(scorer_name(), sort="found"))
    return training_seconds(run) + ranking


def training_seconds(run: Run) -> float:
    """How long the HyperNet was trained, by the journal."""
    train, before, total = run.settings.train, 0, 0.0
    images = train.archs_per_step * train.replicas * train.batch_size
    for line in read_journal(run.folder / JOURNAL):
        pace = line.get("images_per_second")
        if isinstance(pace, int | float) and pace > 0:
            total += (line["step"] - before) * images / pace
            before = line["step"]
    return total


def _candidates(run: Run) -> Iterator[Candidate]:
    """The best of the ranking, and the first random programs, which may be among them."""
    settings = run.settings.confirm
    with run.ledger() as ledger:
        best = ledger.ranked(scorer_name(), settings.top, sort="stage") if settings.top else []
        drawn = [
            proposal.hash
            for proposal in ledger.proposals(scorer_name())
            if proposal.proposer == "random" and proposal.proposer_number < settings.random
        ]
        entries = {entry.hash: entry for entry in best}
        for hash_ in drawn if settings.top else []:
            found = entries.get(hash_) or ledger.entry(scorer_name(), hash_)
            if found is not None:
                entries[hash_] = found
        entries = _on_the_same_images(ledger, entries)
    tops = {entry.hash for entry in best}
    for hash_, entry in entries.items():
        yield Candidate(entry, original(run, entry), hash_ in tops, hash_ in drawn)


def _on_the_same_images(ledger: Reading, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries with scores on as many images as the one that saw fewest: scores on more of them
    are of other images, and so cannot be compared."""
    values = {hash_: ledger.value(scorer_name(), hash_) for hash_ in entries}
    seen = [len(value.likelihoods) for value in values.values()
            if value is not None and value.likelihoods is not None]  # fmt: skip
    if not seen:
        return dict(entries)
    return {
        hash_: replace(entry, score=replace(value.first(min(seen)), likelihoods=None))
        for hash_, entry in entries.items()
        if (value := values[hash_]) is not None
    }


def _number(value: Any, missing: float) -> float:
    """A number of JSON data, where None is one that was not finite."""
    return missing if value is None else float(value)
