"""The step of a search that confirms: trains the best and some random programs for a short time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.files import write_json
from smashdsl.hypernet.run import JOURNAL
from smashdsl.search.confirm import Choice, Gain, Trained, as_data, choose, gain
from smashdsl.search.ledger import Entry, scorer_name
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run
from smashdsl.search.trained import not_yet, trained_hypernet
from smashdsl.search.winner import Fit, fit_program, original
from smashdsl.training.journal import read_journal

NAME = "confirm.json"


@dataclass(frozen=True)
class _Candidate:
    """A program to confirm: whether it is one of the best, one of the random ones, or both."""

    entry: Entry
    program: Program
    best: bool
    control: bool


def confirm_step(run: Run, using: Resources) -> Choice | None:
    """Train the best of the ranking and as many random programs as asked for, unless that is done.

    Gives the choice among them, which is also written to `confirm.json`; None where nothing is to
    be confirmed.

    Raises:
        SmashError: E945, nothing is ranked yet; else as `fit_program`.
        KeyboardInterrupt: the user stopped it; what was trained is kept.
    """
    candidates = list(_candidates(run))
    if not run.settings.confirm.top:
        return None
    if not candidates:
        raise not_yet(run, "no program is ranked", "rank")
    short = _short(run)
    with threads(run.threads), using.progress.task("confirming", len(candidates)) as task:
        for each in candidates:
            program = each.program

            def generated(program: Program = program) -> GraphModule:
                return trained_hypernet(run, using).network(program)

            quiet = Resources(device=using.device)
            found = fit_program(short, program, generated, False, quiet)
            task.advance(note=f"accuracy {found['validation']['accuracy']:.1%}")
    choice = confirmed(run)
    assert choice is not None
    write_json(run.folder / NAME, as_data(choice, gained(run, choice)))
    return choice


def confirmed(run: Run) -> Choice | None:
    """The choice among the programs that are to be confirmed; None unless all of them are.

    Raises:
        SmashError: E944, the ledger or a result is damaged.
    """
    short, trained = _short(run), []
    for each in _candidates(run):
        found = Fit.of(short, each.program).found()
        if found is None:
            return None
        score = found["validation"]
        trained.append(
            Trained(each.entry, each.program, _number(score["mean_log_likelihood"]),
                    _number(score["stderr"]), float(score["accuracy"]), each.best, each.control,
                    float(found["seconds"]))
        )  # fmt: skip
    return choose(trained) if trained else None


def gained(run: Run, choice: Choice) -> Gain | None:
    """What the search gained over random programs, at equal total cost."""
    with run.ledger() as ledger:
        ranking = sum(entry.seconds for entry in ledger.entries(scorer_name(), sort="found"))
    return gain(choice.trained, training_seconds(run) + ranking)


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


def _candidates(run: Run) -> Iterator[_Candidate]:
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
    tops = {entry.hash for entry in best}
    for hash_, entry in entries.items():
        yield _Candidate(entry, original(run, entry), hash_ in tops, hash_ in drawn)


def _short(run: Run) -> Run:
    """The run with the epochs of confirming."""
    return run.changed({"fit.epochs": run.settings.confirm.epochs}, keep=False)


def _number(value: Any) -> float:
    """A number of JSON data, where None is one that was not finite."""
    return float("-inf") if value is None else float(value)
