"""Architectures prepared ahead of the step that runs them, in other processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from torch.utils.data import DataLoader, Dataset

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.proposals import Proposals

AHEAD = 8  # architectures that each worker keeps ready


def feed(
    proposals: Proposals, numbers: Sequence[int], workers: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Generator[Architecture, None, None]:  # fmt: skip
    """The architectures of these numbers, in order.

    Args:
        proposals: where they come from.
        numbers: which ones.
        workers: how many processes prepare them ahead; 0 prepares each when it is asked for, and so
            does a system that cannot fork. They end when the generator is closed.
        tell: is told if one of them is killed; what is left is then prepared here.

    Raises:
        SmashError: the space yields no program.
    """
    done = 0
    if workers and "fork" in multiprocessing.get_all_start_methods():
        try:
            for architecture in _ahead(proposals, numbers, workers):
                done += 1
                yield architecture
        except RuntimeError as error:
            tell(f"a process that prepares architectures has ended ({error}); going on without")
    yield from (prepare(proposals[number]) for number in numbers[done:])


def _ahead(proposals: Proposals, numbers: Sequence[int], workers: int) -> Iterator[Architecture]:
    loader = DataLoader(
        _Prepared(proposals), batch_size=None, sampler=numbers, num_workers=workers,
        prefetch_factor=AHEAD, worker_init_fn=_settle, multiprocessing_context="fork",
    )  # fmt: skip
    for found in _undisturbed(loader):
        if isinstance(found, Architecture):
            yield found
        else:
            raise SmashError(found)


def _undisturbed(loader: DataLoader[Any]) -> Iterator[Any]:
    """A loader's iterator which notices a killed worker when it is asked for more. By itself it
    raises the error from a signal's handler: anywhere, such as in the middle of an update."""
    if threading.current_thread() is not threading.main_thread():
        return iter(loader)
    handler = signal.getsignal(signal.SIGCHLD)
    iterator = iter(loader)
    signal.signal(signal.SIGCHLD, handler)
    return iterator


class _Prepared(Dataset[Any]):
    """Architectures by number; what is wrong with a space comes back as its diagnostics."""

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals

    def __getitem__(self, number: int) -> Architecture | list[Diagnostic]:
        try:
            return prepare(self._proposals[number])
        except SmashError as error:
            return list(error.diagnostics)


def _settle(_: int) -> None:
    """Leave it to the main process when to stop, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after its parent: by itself, a worker whose parent was killed waits for
    ever to hand over what it has prepared."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
