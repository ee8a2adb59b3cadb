"""Telling people how long something still takes.

Long work takes a `Progress` and opens one task per loop. Nothing shows before two seconds have
passed; then it is a bar with the time left on a terminal, and now and then a plain line elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

PATIENCE = 2.0
BETWEEN_LINES = 10.0


class Task(Protocol):
    """One loop that is under way."""

    def advance(self, count: int = 1, note: str = "") -> None:
        """Say that `count` more units are done; `note` replaces the last one (`loss 1.23`)."""


class Progress(Protocol):
    """Opens tasks; a task ends with its context."""

    def task(self, label: str, total: int) -> AbstractContextManager[Task]:
        """A loop of `total` units, known to people as `label`."""

    def tell(self, text: str) -> None:
        """Say something that people should know, between two tasks."""


class _Quiet:
    def advance(self, count: int = 1, note: str = "") -> None:
        """Nothing is shown."""


class Silent:
    """Shows nothing: for scripts, tests and output that is data."""

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Task]:
        yield _Quiet()

    def tell(self, text: str) -> None:
        """Nothing is shown."""


class _LineTask:
    def __init__(self, stream: TextIO, label: str, total: int, clock: Callable[[], float]) -> None:
        self._stream, self._label, self._total, self._clock = stream, label, total, clock
        self._start = clock()
        self._due = self._start + PATIENCE
        self._done = 0
        self._note = ""

    def advance(self, count: int = 1, note: str = "") -> None:
        self._done += count
        self._note = note or self._note
        now = self._clock()
        if now >= self._due and 0 < self._done < self._total:
            self._due = now + BETWEEN_LINES
            left = (now - self._start) / self._done * (self._total - self._done)
            self._write(f"{self._done}/{self._total}", f"{duration(left)} left")

    def finish(self) -> None:
        elapsed = self._clock() - self._start
        if elapsed >= PATIENCE:
            state = (
                "done" if self._done >= self._total else f"stopped at {self._done}/{self._total}"
            )
            self._write(state, f"in {duration(elapsed)}")

    def _write(self, *parts: str) -> None:
        shown = ", ".join(part for part in (*parts, self._note) if part)
        self._stream.write(f"{self._label}: {shown}\n")
        self._stream.flush()


class Lines:
    """Plain lines on a stream that is no terminal."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock

    def tell(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Task]:
        task = _LineTask(self._stream, label, total, self._clock)
        try:
            yield task
        finally:
            task.finish()


class Bars(Lines):
    """A bar per task on a terminal, with the time left."""

    @contextmanager
    def task(self, label: str, total: int) -> Iterator[Task]:
        task = _BarTask(self._stream, label, total, self._clock)
        try:
            yield task
        finally:
            task.finish()


class _BarTask:
    def __init__(self, stream: TextIO, label: str, total: int, clock: Callable[[], float]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(compact=True), TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=stream), get_time=clock,
        )  # fmt: skip
        self._id = self._bar.add_task(label, total=total, note="")
        self._clock, self._due = clock, clock() + PATIENCE
        self._shown = False
        self._note = ""

    def advance(self, count: int = 1, note: str = "") -> None:
        self._note = note or self._note
        self._bar.update(self._id, advance=count, note=self._note)
        if not self._shown and self._clock() >= self._due:
            self._shown = True
            self._bar.start()

    def finish(self) -> None:
        if self._shown:
            self._bar.stop()


def progress_on(stream: TextIO) -> Progress:
    """Bars where the stream is a terminal, plain lines where it is not."""
    return Bars(stream) if stream.isatty() else Lines(stream)


def duration(seconds: float) -> str:
    """A time span for people.

    >>> duration(7.4), duration(125), duration(7322)
    ('7 s', '2 min 5 s', '2 h 2 min')
    """
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
