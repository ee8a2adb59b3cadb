"""The loop that every kind of training shares: steps, progress, checkpoints, stopping."""

from __future__ import annotations

from typing import Protocol

import torch

from smashdsl.training.interrupt import interruptible
from smashdsl.training.progress import Progress


class Steps(Protocol):
    """Training that goes on step by step from wherever it is."""

    step: int
    steps: int

    def advance(self) -> str:
        """Do the next step; gives a note for people (`loss 1.23`)."""

    def save(self, *, now: bool) -> None:
        """Write a checkpoint if it is time, or `now`."""

    def agreed(self, stop: bool) -> bool:
        """Whether to stop, where several processes must agree."""


def drive(run: Steps, label: str, progress: Progress, device: torch.device | str) -> None:
    """Do all steps that are left, with torch's own generators put back afterwards.

    Raises:
        KeyboardInterrupt: the user asked to stop; the step under way was finished and saved.
    """
    where = torch.device(device)
    with (
        torch.random.fork_rng(devices=[where] if where.type == "cuda" else []),
        progress.task(label, run.steps - run.step) as task,
        interruptible() as stop,
    ):
        while run.step < run.steps:
            task.advance(note=run.advance())
            stopping = run.agreed(stop.requested)
            run.save(now=stopping or run.step == run.steps)
            if stopping:
                raise KeyboardInterrupt
