"""The steps of a search, each by itself and all in a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.files import fail
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShot, load_hypernet, train_hypernet
from smashdsl.search.ledger import NAME, Entry, Ledger
from smashdsl.search.rank import rank
from smashdsl.search.run import Run
from smashdsl.search.winner import Fit, fit_program, write_winner
from smashdsl.training import checkpoint
from smashdsl.training.data import Dataset
from smashdsl.training.progress import Progress


@dataclass(frozen=True)
class Winner:
    """The best program of a run, with its score and, where it was trained, the results."""

    entry: Entry
    program: Program
    fitted: dict[str, Any] | None


def train_step(run: Run, progress: Progress) -> OneShot:
    """Train the HyperNet to the end, from wherever it is; raises as `train_hypernet`."""
    with _threads(run):
        data = run.dataset(progress)
        return train_hypernet(run.space, data, run.settings.train, run.folder, progress)


def rank_step(run: Run, progress: Progress, trained: OneShot | None = None) -> Ledger:
    """Score random and perturbed programs; what is in the leaderboard is not scored again.

    Raises:
        SmashError: E945 the HyperNet is not trained to the end; else as `rank`.
    """
    ledger = leaderboard(run)
    settings = run.settings.rank
    wanted = {f"random {i}" for i in range(settings.random)}
    wanted |= {f"perturbed {i}" for i in range(settings.perturbed)}
    if wanted <= set(ledger.proposals):
        return ledger
    with _threads(run):
        oneshot = trained or _trained(run, run.dataset(progress))
        rank(run.space, oneshot.score, ledger, settings, run.seed, progress)
    return ledger


@contextmanager
def _threads(run: Run) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(run.threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def leaderboard(run: Run) -> Ledger:
    """The leaderboard of a run as it is; raises as `Ledger.load`."""
    train = run.settings.train
    facts = {
        "space": run.name, "origin": run.origin, "data": run.data, "limit": run.limit,
        "seed": run.seed,
        "steps": train.steps, "calibration": train.calibration, "validation": train.validation,
    }  # fmt: skip
    ledger = Ledger(run.folder / NAME, facts)
    ledger.load()
    return ledger


def _trained(run: Run, data: Dataset) -> OneShot:
    path = run.folder / CHECKPOINT
    steps = run.settings.train.steps
    found = checkpoint.exists(path)
    done = checkpoint.load(path, ("step",), lambda _: None)[1]["step"] if found else 0
    if done < steps:
        raise _not_yet(run, f"the HyperNet is trained for {done:,} of {steps:,} steps", "train")
    return load_hypernet(run.space, data, run.settings.train, run.folder)


def _not_yet(run: Run, reason: str, verb: str) -> Exception:
    return fail("E945", f"`{run.folder}` is not that far: {reason}",
                f"`smashdsl {verb} {run.folder}` does that step")  # fmt: skip


def winner(run: Run) -> Winner:
    """The best program of the leaderboard.

    Raises:
        SmashError: E945, nothing is ranked yet.
    """
    ranked = leaderboard(run).ranked()
    if not ranked:
        raise _not_yet(run, "no program is ranked", "rank")
    program = run.space.rebuild(ranked[0].genome)
    return Winner(ranked[0], program, Fit(program, run.settings.fit, run.folder).found())


def fit_step(run: Run, test: bool, progress: Progress) -> Winner:
    """Train the winner by itself; raises as `winner` and `fit_program`."""
    best = winner(run)
    if best.fitted is None or (test and best.fitted["test"] is None):
        with _threads(run):
            fitted = fit_program(run, best.program, run.dataset(progress), test, progress)
        best = Winner(best.entry, best.program, fitted)
    write_winner(run, best.entry, best.program, best.fitted)
    return best


def export_step(run: Run, path: Path | None = None, generated: bool = False) -> tuple[Path, Path]:
    """Write the winner as a Python file with its weights; gives both paths.

    Args:
        run: must be ranked, and fitted unless `generated`.
        path: of the Python file, `winner.py` in the run's folder unless given.
        generated: take the weights that the HyperNet generates, with which it was scored.

    Raises:
        SmashError: E945, a step is missing; else as `Program.export`.
    """
    best = winner(run)
    target = path or run.folder / "winner.py"
    beside = target.with_suffix(".safetensors")
    if beside == target:
        raise fail("E920", f"`{target}` would be overwritten by its weights", "name a `.py` file")
    best.program.export(target, _network(run, best, generated))
    return target, beside


def _network(run: Run, best: Winner, generated: bool) -> GraphModule:
    if generated:
        return _trained(run, run.dataset()).network(best.program)
    if best.fitted is None:
        raise _not_yet(run, "the winner is not trained", "fit")
    return Fit(best.program, run.settings.fit, run.folder).network()


def search(run: Run, progress: Progress) -> Winner:
    """All steps in a row; those that are done are not repeated."""
    ledger = leaderboard(run)
    trained = None if len(ledger) else train_step(run, progress)
    rank_step(run, progress, trained)
    best = fit_step(run, False, progress)
    export_step(run)
    return best
