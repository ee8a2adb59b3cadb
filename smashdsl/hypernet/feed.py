"""Architectures prepared ahead of the step that runs them, in other processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from typing import Any

from torch.utils.data import DataLoader, Dataset

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.proposals import Proposals

AHEAD = 8  # architectures that each worker keeps ready


def feed(proposals: Proposals, numbers: Sequence[int], workers: int) -> Iterator[Architecture]:
    """The architectures of these numbers, in order.

    Args:
        proposals: where they come from.
        numbers: which ones.
        workers: how many processes prepare them ahead; 0 prepares each when it is asked for, and so
            does a system that cannot fork.

    Raises:
        SmashError: the space yields no program.
    """
    forks = "fork" in multiprocessing.get_all_start_methods()
    if workers == 0 or not forks:
        yield from (prepare(proposals[number]) for number in numbers)
        return
    loader = DataLoader(
        _Prepared(proposals), batch_size=None, sampler=numbers, num_workers=workers,
        prefetch_factor=AHEAD, worker_init_fn=_ignore_interrupts, multiprocessing_context="fork",
    )  # fmt: skip
    for found in loader:
        if isinstance(found, Architecture):
            yield found
        else:
            raise SmashError(found)


class _Prepared(Dataset[Any]):
    """Architectures by number; what is wrong with a space comes back as its diagnostics."""

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals

    def __getitem__(self, number: int) -> Architecture | list[Diagnostic]:
        try:
            return prepare(self._proposals[number])
        except SmashError as error:
            return list(error.diagnostics)


def _ignore_interrupts(_: int) -> None:
    """The main process decides when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
