"""Stopping between two steps rather than within one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def never() -> bool:
    """Nobody asks to stop."""
    return False


class Interrupt:
    """Whether the user has asked to stop (Ctrl-C, or a termination signal).

    A launcher of several processes passes on what the terminal has already sent to each of them,
    and ends by force what does not end: under one, requests after the first mean nothing.
    """

    requested = False

    def __init__(self) -> None:
        self._launched = "WORLD_SIZE" in os.environ

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        if self.requested and not self._launched:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Notes the first request to stop, for the loop to save its work and raise
    `KeyboardInterrupt`; a second one stops at once. Outside the main thread it notes nothing."""
    request = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, request) for number in signals]
    try:
        yield request
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
