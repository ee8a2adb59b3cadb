"""The weights of a run: how far they are trained, and to use."""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShot, load_hypernet
from smashdsl.search.ledger import Filter
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run
from smashdsl.training import checkpoint


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


def not_ranked(run: Run) -> SmashError:
    """E945: no program is ranked, or none that keeps the limits."""
    limited = " that keeps its limits" if run.within != Filter() else ""
    return not_yet(run, f"no program is ranked{limited}", "rank")


def not_yet(run: Run, reason: str, verb: str) -> SmashError:
    """E945: a step comes too early, before that of another verb."""
    return fail("E945", f"`{run.folder}` is not that far: {reason}",
                f"`smashdsl {verb} {run.folder}` does that step")  # fmt: skip
