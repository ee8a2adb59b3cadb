"""The steps of a search, each by itself and all in a row."""

from __future__ import annotations

import dataclasses
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.backends.formats import Export, Exported, make, state_of
from smashdsl.hypernet.oneshot import OneShot, train_hypernet
from smashdsl.search.confirmed import confirm_step, confirmed, ranked_entry
from smashdsl.search.engines.fitting import fit_programs
from smashdsl.search.environment import here
from smashdsl.search.held import held, holding
from smashdsl.search.in_time import in_time
from smashdsl.search.ledger import Entry, scorer_name
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run
from smashdsl.search.trained import not_ranked, not_yet, steps_done, trained_hypernet
from smashdsl.search.winner import Fit, original, write_winner


@dataclass(frozen=True)
class Winner:
    """The best program of a run, with its score and, where it was trained, the results."""

    entry: Entry
    program: Program
    fitted: dict[str, Any] | None


def train_step(run: Run, using: Resources) -> OneShot:
    """Train the HyperNet to the end, from wherever it is.

    Raises:
        SmashError: E946 another process writes the run; else as `train_hypernet`.
        ValueError: there are more processes than replicas.
    """
    train, world = run.settings.train, using.world
    if world.size > train.replicas:
        raise ValueError(f"{world.size} processes cannot share {train.replicas} of a step's "
                         "replicas: start fewer, or a run with more --replicas")  # fmt: skip
    with held(run.folder) if world.first else nullcontext(), threads(run.threads):
        if world.first and steps_done(run) < train.steps:
            run = run.trained_in(here(using.device, run.threads, world.size))
        return train_hypernet(
            run.space, run.dataset(using.progress), train, run.folder, using.progress,
            using.device, world=world, save_every=using.save_every, tensorboard=using.tensorboard,
        )  # fmt: skip


def winner(run: Run) -> Winner:
    """The best program: of those that were confirmed, or of the ledger where none is to be.

    Raises:
        SmashError: E945 nothing is ranked yet, or not all is confirmed; E944 the ledger is damaged.
    """
    with run.ledger() as ledger:
        ranked = ledger.ranked(scorer_name(), 1, run.within, "stage")
    if not ranked:
        raise not_ranked(run)
    if not run.settings.confirm.top:
        program = original(run, ranked[0])
        return Winner(ranked[0], program, Fit.of(run, program).found())
    choice = confirmed(run)
    if choice is None:
        raise not_yet(run, "the best programs are not confirmed", "confirm")
    best = choice.trained[0]
    return Winner(ranked_entry(run, best), best.program, Fit.of(run, best.program).found())


@holding
def fit_step(run: Run, test: bool, using: Resources) -> Winner:
    """Confirm the best programs, and train the winner by itself, again where its weights are gone;
    raises as `confirm_step`."""
    run = in_time(run, confirm_step(run, using))
    best = winner(run)
    this = Fit.of(run, best.program)
    if best.fitted is not None and this.lost:
        test = test or best.fitted["test"] is not None
        this.results.unlink()
        best = dataclasses.replace(best, fitted=None)
    if best.fitted is None or (test and best.fitted["test"] is None):
        with threads(run.threads):
            ((_, fitted),) = fit_programs(run, [best.program], using, test, shown=True)
        best = Winner(best.entry, best.program, fitted)
    write_winner(run, best.entry, best.program, best.fitted, using.progress.tell)
    return best


def export_step(run: Run, path: Path | None = None, generated: bool = False,
                how: Export | None = None) -> tuple[Path, Path | None, Exported]:  # fmt: skip
    """Write the winner with its weights; gives the path of its file, that of the weights where the
    format keeps them apart, and what the file was made from.

    Args:
        run: must be ranked, and fitted unless `generated`.
        path: of the file, `winner.py` in the run's folder or its like unless given.
        generated: take the weights that the HyperNet generates, with which it was scored.
        how: a Python file of the program as it is, unless given.

    Raises:
        SmashError: E945, a step is missing; else as `Exported.write`.
    """
    how, best = how or Export(), winner(run)
    target = path or run.folder / (("winner_fx" if how.to == "fx" else "winner") + how.suffix)
    with held(run.folder) if path is None else nullcontext():
        made = make(best.program.ir, how, state_of(_network(run, best, generated)))
        _, beside = made.write(target)
    return target, beside, made


def _network(run: Run, best: Winner, generated: bool) -> GraphModule:
    if generated:
        return trained_hypernet(run, Resources()).network(best.program)
    if best.fitted is None:
        raise not_yet(run, "the winner is not trained", "fit")
    this = Fit.of(run, best.program)
    if this.lost:
        raise not_yet(run, "the winner's weights are gone", "fit")
    return this.network()


def choose_step(run: Run, using: Resources) -> Winner:
    """Rank and confirm; gives the winner, which need not be trained to the end."""
    rank_step(run, using)
    confirm_step(run, using)
    return winner(run)


@holding
def after_training(run: Run, trained: OneShot | None, using: Resources) -> Winner:
    """All steps that follow training; those that are done are not repeated."""
    rank_step(run, using, trained)
    run = in_time(run, confirm_step(run, using))
    best = fit_step(run, False, using)
    export_step(run)
    return best
