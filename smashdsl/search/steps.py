"""The steps of a search, each by itself and all in a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.fx import GraphModule

from smashdsl.api import Program
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShot, load_hypernet, train_hypernet
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.search.environment import here
from smashdsl.search.ledger import Entry, Ledger, find, scorer_name
from smashdsl.search.rank import rank
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run, damaged
from smashdsl.search.winner import Fit, fit_program, write_winner
from smashdsl.training import checkpoint


@dataclass(frozen=True)
class Winner:
    """The best program of a run, with its score and, where it was trained, the results."""

    entry: Entry
    program: Program
    fitted: dict[str, Any] | None


def train_step(run: Run, using: Resources) -> OneShot:
    """Train the HyperNet to the end, from wherever it is.

    Raises:
        ValueError: there are more processes than replicas; else as `train_hypernet`.
    """
    train, world = run.settings.train, using.world
    if world.size > train.replicas:
        raise ValueError(f"{world.size} processes cannot share {train.replicas} of a step's "
                         "replicas: start fewer, or a run with more --replicas")  # fmt: skip
    if world.first and steps_done(run) < train.steps:
        run = run.trained_in(here(using.device, run.threads, world.size))
    with threads(run.threads):
        return train_hypernet(
            run.space, run.dataset(using.progress), train, run.folder, using.progress,
            using.device, world=world, save_every=using.save_every, tensorboard=using.tensorboard,
        )  # fmt: skip


def rank_step(run: Run, using: Resources, trained: OneShot | None = None,
              corrupt: str | None = None) -> None:  # fmt: skip
    """Score random and perturbed programs; what is in the ledger is not scored again.

    Args:
        run: must be trained.
        using: where to score.
        trained: what `train_step` gave, if it is at hand.
        corrupt: a field of the encoding of which the HyperNet is told something wrong; it then
            counts as another scorer.

    Raises:
        SmashError: E945 the HyperNet is not trained to the end; else as `rank`.
        ValueError: the HyperNet is not told of that field in the first place.
    """
    train, settings = run.settings.train, run.settings.rank
    if corrupt is not None:
        _require_told(corrupt, train.control, train.hypernet.body)
    wanted = {f"random {i}" for i in range(settings.random)}
    wanted |= {f"perturbed {i}" for i in range(settings.perturbed)}
    with run.ledger() as ledger:
        if wanted <= {str(proposal) for proposal in ledger.proposals(scorer_name(corrupt))}:
            return
    with threads(run.threads):
        oneshot = trained or trained_hypernet(run, using, corrupt)
        scorer = GeneratedScorer(oneshot, (len(oneshot.data.validation),))
        with Ledger(find(run.folder), run.facts) as writing:
            rank(run.space, scorer, writing, settings, run.seed, using.progress)


def _require_told(field: str, control: str, body: str) -> None:
    if control != "none":
        raise ValueError(f"the run was trained with --control {control}: no encoding to corrupt")
    if field == "graph" and body != "graph":
        raise ValueError(f"the body `{body}` does not see the graph: nothing to corrupt")


def steps_done(run: Run) -> int:
    """How far the HyperNet is trained.

    Raises:
        SmashError: E923 or E940, the checkpoint cannot be read.
    """
    path = run.folder / CHECKPOINT
    if not checkpoint.exists(path):
        return 0
    return int(checkpoint.load(path, ("step",), lambda _: None)[1]["step"])


def trained_hypernet(run: Run, using: Resources, corrupt: str | None = None) -> OneShot:
    """The trained weights of a run's space.

    Raises:
        SmashError: E945 they are not trained to the end; else as `load_hypernet`.
    """
    done, steps = steps_done(run), run.settings.train.steps
    if done < steps:
        raise not_yet(run, f"the HyperNet is trained for {done:,} of {steps:,} steps", "train")
    return load_hypernet(run.space, run.dataset(using.progress), run.settings.train, run.folder,
                         using.device, corrupt)  # fmt: skip


def not_yet(run: Run, reason: str, verb: str) -> SmashError:
    """E945: a step comes too early, before that of another verb."""
    return fail("E945", f"`{run.folder}` is not that far: {reason}",
                f"`smashdsl {verb} {run.folder}` does that step")  # fmt: skip


def winner(run: Run) -> Winner:
    """The best program of the ledger.

    Raises:
        SmashError: E945 nothing is ranked yet, E944 the ledger is damaged.
    """
    with run.ledger() as ledger:
        ranked = ledger.ranked(scorer_name(), 1)
    if not ranked:
        raise not_yet(run, "no program is ranked", "rank")
    (best,) = ranked
    program = run.space.rebuild(best.genome)
    if program.hash != best.hash:
        raise damaged(ledger.path, f"its draws do not make the program {best.hash[:12]}")
    return Winner(best, program, Fit.of(run, program).found())


def fit_step(run: Run, test: bool, using: Resources) -> Winner:
    """Train the winner by itself; raises as `winner` and `fit_program`."""
    best = winner(run)
    if best.fitted is None or (test and best.fitted["test"] is None):

        def generated() -> GraphModule:
            return trained_hypernet(run, using).network(best.program)

        with threads(run.threads):
            fitted = fit_program(run, best.program, generated, test, using)
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
        return trained_hypernet(run, Resources()).network(best.program)
    if best.fitted is None:
        raise not_yet(run, "the winner is not trained", "fit")
    return Fit.of(run, best.program).network()


def after_training(run: Run, trained: OneShot | None, using: Resources) -> Winner:
    """All steps that follow training; those that are done are not repeated."""
    rank_step(run, using, trained)
    best = fit_step(run, False, using)
    export_step(run)
    return best
