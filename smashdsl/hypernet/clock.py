"""Where the time of a step goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Clock:
    """Seconds by purpose.

    A GPU is given work ahead of time: there a purpose's time is what passes on the GPU from when it
    comes to that work until it has done it.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._on_gpu = torch.device(device).type == "cuda"
        self._marks: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, purpose: str) -> Iterator[None]:
        before, start = self._mark(), time.perf_counter()
        try:
            yield
        finally:
            after = self._mark()
            if before is None or after is None:
                self._seconds[purpose] += time.perf_counter() - start
            else:
                self._marks.append((purpose, before, after))

    @property
    def seconds(self) -> dict[str, float]:
        """What each purpose took so far; waits for the GPU."""
        for purpose, before, after in self._marks:
            after.synchronize()
            self._seconds[purpose] += before.elapsed_time(after) / 1000
        self._marks.clear()
        return dict(self._seconds)

    def clear(self) -> None:
        """Start anew."""
        self._marks.clear()
        self._seconds.clear()

    def _mark(self) -> torch.cuda.Event | None:
        if not self._on_gpu:
            return None
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event
