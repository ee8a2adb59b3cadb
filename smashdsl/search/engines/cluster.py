"""The engine that does items on a Ray cluster (the extra `cluster`).

A task's parcel and the data are put into the cluster's object store once, and each worker process
opens them once; orders and answers are small. A worker that is lost costs what it was doing, which
is then done elsewhere. Whoever can reach a Ray cluster can run code in it and in whoever has joined
it: its machines must be trusted, and so must all that can reach them.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from smashdsl.files import fail
from smashdsl.search.engines.address import require_reachable, unreachable
from smashdsl.search.engines.dispatch import Dispatch
from smashdsl.search.engines.engine import Item, Result, Task
from smashdsl.search.engines.parcel import data_sent
from smashdsl.search.engines.process import follow
from smashdsl.training.data import Dataset
from smashdsl.training.interrupt import Interrupt
from smashdsl.training.progress import Progress

PATIENCE = 60.0  # seconds without any machine that can do an item


class Cluster:
    """Workers of a Ray cluster; see `Engine`. It is joined when there is something to do.

    Args:
        address: HOST:PORT of the cluster's head, `auto` for the one that runs on this machine, or
            None for the one that RAY_ADDRESS names, and if it does not, for one that is started
            here with this machine's cores.
        progress: is told of workers that are lost.
        patience: seconds without any machine that can do an item, after which it is given up.

    Raises:
        SmashError: E938 Ray is not installed.
    """

    def __init__(self, address: str | None, progress: Progress, patience: float = PATIENCE) -> None:
        self._address = address or os.environ.get("RAY_ADDRESS") or None
        self._progress, self._patience = progress, patience
        self._ray = _ray()
        self._joined = False
        self._data: tuple[Dataset, bool, Any] | None = None
        self._parcels = 0

    def close(self) -> None:
        """Leave the cluster, which ends if it was started here."""
        if self._joined:
            self._joined, self._data = False, None
            self._ray.shutdown()

    @property
    def width(self) -> int:
        """How many items are done at the same time, if each takes one core; at least 2, since
        machines may still join."""
        self._join()
        return max(2, int(self._ray.cluster_resources().get("CPU", 0)))

    def map(self, task: Task[Item, Result], items: Sequence[Item],
            stop: Interrupt) -> Iterator[list[tuple[int, Result]]]:  # fmt: skip
        """See `Engine`."""
        if not items:
            return
        self._join()
        given = self._given(task)
        work = Dispatch(self._ray, task, items, follow, given, self._progress, self._patience)
        try:
            while work.unfinished:
                if stop.requested:
                    raise KeyboardInterrupt
                if found := work.some():
                    yield found
        finally:
            work.cancel()

    def _given(self, task: Task[Any, Any]) -> list[Any]:
        """What every order of a task comes with: a number, facts, and where the rest is."""
        parcel = task.parcel()
        if self._data is None or self._data[:2] != (parcel.data, parcel.test):
            sent = self._ray.put(data_sent(parcel.data, parcel.test))
            self._data = (parcel.data, parcel.test, sent)
        self._parcels += 1
        files = self._ray.put(dict(parcel.files))
        return [self._parcels, dict(parcel.facts), files, self._data[2]]

    def _join(self) -> None:
        if self._joined:
            return
        if self._address is not None:
            require_reachable(self._address)
        own = {"include_dashboard": False} if self._address is None else {}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        before = signal.getsignal(signal.SIGTERM)
        try:
            self._ray.init(address=self._address or "local", log_to_driver=False,
                           logging_level=logging.CRITICAL, **own)  # fmt: skip
        except Exception as error:  # of many kinds
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise unreachable(self._address, reason) from error
        finally:
            with suppress(ValueError):  # outside the main thread, where it was left alone
                signal.signal(signal.SIGTERM, before)
        self._joined = True
        _hush()


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise fail("E938", f"the engine `ray` needs the package `ray`: {error}",
                   "pip install 'smashdsl[cluster]'") from error  # fmt: skip


def _hush() -> None:
    """Ray prints to standard output that a worker was lost, which is said here otherwise."""
    worker: Any = importlib.import_module("ray._private.worker")
    if hasattr(worker, "print_to_stdstream"):
        worker.print_to_stdstream = _say_nothing


def _say_nothing(*_: Any, **__: Any) -> None:
    """Nothing is printed."""
