"""What a worker of a cluster does: it opens a parcel, and follows orders.

Parcels, orders and answers are plain data, so that all of this can be done, and is tested, without
a cluster.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch.fx import GraphModule

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import make_folder, read_bytes, write_atomic
from smashdsl.scoring.scorer import Scorer
from smashdsl.search.engines.answers import (
    FIT,
    SCORE,
    program_received,
    refused,
    unusable,
    value_received,
    value_sent,
)
from smashdsl.search.engines.engine import Plain
from smashdsl.search.engines.parcel import data_received, unpacked
from smashdsl.search.ranked import make_run_scorer
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import Run
from smashdsl.search.trained import trained_hypernet
from smashdsl.search.winner import Fit, fit_program
from smashdsl.training.progress import Task
from smashdsl.version import __version__


class Worker:
    """One parcel, opened.

    Nothing is left on the disk between two orders, since workers are killed rather than ended.

    Args:
        facts, files: of the parcel.
        data: as `data_sent` makes them.

    Raises:
        SmashError: E992, the parcel is of another version; else as `open_run`.
    """

    def __init__(self, facts: Plain, files: Mapping[str, bytes], data: Plain) -> None:
        if facts["version"] != __version__:
            raise unusable(f"it has smashdsl {__version__}, not {facts['version']}")
        self._facts, self._files = facts, files
        with TemporaryDirectory(prefix="smashdsl-") as folder:
            self._run = unpacked(files, data_received(data), Path(folder))
        self._kinds = {SCORE: self._score, FIT: self._fit}

    def follow(self, order: Plain) -> dict[str, Any]:
        """The answer to an order; what is wrong with the order is told in it."""
        try:
            with threads(self._run.threads):
                return {"hash": order["hash"], **self._kinds[order["kind"]](order)}
        except SmashError as error:
            return refused(error)

    def _score(self, order: Plain) -> dict[str, Any]:
        program = program_received(self._run.space, order)
        scorer, before = self._scorer, value_received(order["before"])
        start = time.perf_counter()
        (value,) = scorer.score([program], order["stage"], [before])
        return {"value": value_sent(value), "seconds": time.perf_counter() - start}

    @cached_property
    def _scorer(self) -> Scorer:
        facts = self._facts
        with self._unpacked() as run:
            return make_run_scorer(run, self._using(), facts["scorer"], corrupt=facts["corrupt"])

    def _fit(self, order: Plain) -> dict[str, Any]:
        """Train for so many seconds, or to the end."""
        program = program_received(self._run.space, order)
        course = _Course(time.monotonic() + order["seconds"])
        with self._unpacked() as run:
            path = Fit.of(run, program).checkpoint
            if order["checkpoint"] is not None:
                make_folder(path.parent)
                write_atomic(path, order["checkpoint"])

            def generated() -> GraphModule:
                return trained_hypernet(run, self._using()).network(program)

            start, results = time.perf_counter(), None
            with suppress(KeyboardInterrupt):  # the time is over, and the checkpoint written
                results = fit_program(run, program, generated, self._facts["test"],
                                      self._using(course))  # fmt: skip
            return {
                "results": results, "checkpoint": read_bytes(path),
                "spent": time.perf_counter() - start, "done": course.done, "total": course.total,
                "note": course.note,
            }  # fmt: skip

    def _using(self, course: _Course | None = None) -> Resources:
        device = self._facts["device"].partition(":")[0]  # of which Ray shows a worker one
        if course is None:
            return Resources(device=device)
        return Resources(course, device, pause=course)

    @contextmanager
    def _unpacked(self) -> Iterator[Run]:
        """The run in a folder of its own, for as long as it is used."""
        with TemporaryDirectory(prefix="smashdsl-") as folder:
            for name, content in self._files.items():
                make_folder((Path(folder) / name).parent)
                write_atomic(Path(folder) / name, content)
            run = copy.copy(self._run)  # which keeps the space as it was read
            run.folder = Path(folder)
            yield run


class _Course:
    """How far training has come, of how many steps; over when its time is."""

    def __init__(self, end: float = math.inf) -> None:
        self.done, self.total, self.note, self._end = 0, 0, "", end

    def __call__(self) -> bool:
        return time.monotonic() >= self._end

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Task]:
        """See `Progress`."""
        self.total = total
        yield self

    def advance(self, count: int = 1, note: str = "") -> None:
        """See `Task`."""
        self.done, self.note = self.done + count, note or self.note

    def tell(self, text: str) -> None:
        """Nobody is there to be told."""
