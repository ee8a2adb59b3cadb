"""Processes that train, and may be killed at it."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from functools import wraps
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["smashdsl.hypernet.oneshot", "smashdsl.training.fit", "smashdsl.backends.encoding",
     "sklearn.datasets", "torch._dynamo"]
)  # fmt: skip


def start(target: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process


def finish(process: ForkServerProcess, seconds: float = 120) -> int | None:
    """The exit code; a process that takes too long is killed, and has none."""
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return None
    return process.exitcode


def kill_often(target: Callable[..., None], arguments: tuple[Any, ...], kills: int, seed: int,
               longest: float, checkpoint: Path) -> int:  # fmt: skip
    """Run a target again and again, kill it at random moments so often, and then let it end.

    The first and most other lives go on for up to `longest` seconds after their first checkpoint,
    the rest for up to as long from their start. Gives how many of them left another checkpoint than
    they found.
    """
    print(f"moments from seed {seed}")
    chance = random.Random(seed)
    fruitful = 0
    for life in range(kills):
        before = _state(checkpoint)
        process = start(target, *arguments)
        if chance.random() < 0.75 or life == 0:
            while _state(checkpoint) == before and process.is_alive():
                time.sleep(0.001)
        process.join(chance.uniform(0, longest))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, "it was not over before the last kill"
        fruitful += _state(checkpoint) != before
    assert finish(start(target, *arguments)) == 0
    return fruitful


def _state(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


# What writing a checkpoint asks of the system, in order.
CALLS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "link"),
    (Path, "replace"),
    (Path, "unlink"),
)


def die_while_writing(call: int, after: bool, number: int) -> None:
    """From now on the process dies at a call of the system: one of `CALLS`, the `number`-th time
    that it is made, before or after it happened."""
    place, name = CALLS[call]
    original = getattr(place, name)
    left = [number]

    @wraps(original)
    def deadly(*arguments: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = original(*arguments, **options)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(place, name, deadly)
