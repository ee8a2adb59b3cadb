"""Architectures prepared ahead of the step that runs them, in other processes.

Each worker has a pipe of its own and shares no lock with anyone, so that one that is killed stops
nobody, and all end with the process that started them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.proposals import Proposals

AHEAD = 2**20  # bytes that each worker keeps ready: a few architectures to a few dozen


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
        except _LostError:
            tell("a process that prepares architectures has ended; going on without")
    yield from (prepare(proposals[number]) for number in numbers[done:])


class _LostError(Exception):
    """A worker is not there any more."""


def _ahead(proposals: Proposals, numbers: Sequence[int], workers: int) -> Iterator[Architecture]:
    context = multiprocessing.get_context("fork")
    processes, results = [], []
    try:
        for place in range(workers):
            result, sender = context.Pipe(duplex=False)
            results.append(result)
            arguments = (proposals, numbers[place::workers], sender, tuple(results))
            processes.append(context.Process(target=_work, args=arguments, daemon=True))
            processes[-1].start()
            sender.close()  # so that a worker's end is the end of its pipe
        for index in range(len(numbers)):
            yield _received(results[index % workers])
    finally:
        for process in processes:
            process.kill()
            process.join()
        for result in results:
            result.close()


def _received(result: Connection) -> Architecture:
    try:
        found = result.recv()
    except (EOFError, OSError):
        raise _LostError from None
    if isinstance(found, Architecture):
        return found
    raise SmashError(found)


def _work(proposals: Proposals, numbers: Sequence[int], sender: Connection,
          results: Sequence[Connection]) -> None:  # fmt: skip
    """What a worker does. Whatever else goes wrong here goes wrong again, and is told of, where the
    main process goes on by itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for result in results:  # or nobody would notice that the main process has ended
        result.close()
    _widen(sender)
    try:
        for number in numbers:
            sender.send(_prepared(proposals, number))
    except Exception:
        os._exit(1)


def _prepared(proposals: Proposals, number: int) -> object:
    """An architecture; what is wrong with a space comes as its diagnostics."""
    try:
        return prepare(proposals[number])
    except SmashError as error:
        return list(error.diagnostics)


def _widen(sender: Connection) -> None:
    """Let the pipe hold `AHEAD` bytes, where the system can."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(sender.fileno(), fcntl.F_SETPIPE_SZ, AHEAD)
