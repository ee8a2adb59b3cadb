"""The interface of all engines, and the one that does everything in this process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from smashdsl.training.data import Dataset
from smashdsl.training.interrupt import Interrupt

Item = TypeVar("Item")
Result = TypeVar("Result")
Plain = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Parcel:
    """What a worker needs before it can follow any order of a task.

    Attributes:
        facts: plain data.
        files: of a run's folder, by their names within it.
        data: of the run.
        test: whether its test images are needed.
    """

    facts: Plain
    files: Mapping[str, bytes]
    data: Dataset
    test: bool = False


class Task(ABC, Generic[Item, Result]):
    """Something to do with each of many items. What comes of an item depends on it alone.

    Attributes:
        together: how many items are done in one go in this process.
        threads: of torch that an item takes.
        device: where it is done, of whatever machine.
    """

    together: int = 1
    threads: int = 1
    device: str = "cpu"

    @abstractmethod
    def here(self, items: Sequence[Item]) -> list[Result]:
        """Do some items in this process."""

    @abstractmethod
    def parcel(self) -> Parcel:
        """What a worker needs to do any item."""

    @abstractmethod
    def order(self, item: Item) -> Plain:
        """What a worker is told about an item, as plain data."""

    @abstractmethod
    def result(self, item: Item, answer: Plain) -> Result | None:
        """What a worker's answer to the order comes to; None if more is to be done, for which
        another order is made.

        Raises:
            SmashError: E992 the answer is none to this order.
        """

    @abstractmethod
    def name(self, item: Item) -> str:
        """An item, for people."""


class Engine(Protocol):
    """Does tasks.

    Attributes:
        width: how many items it does at the same time.
    """

    @property
    def width(self) -> int: ...

    def map(self, task: Task[Item, Result], items: Sequence[Item],
            stop: Interrupt) -> Iterator[list[tuple[int, Result]]]:  # fmt: skip
        """Do a task with all items; gives results as they come, each with the place of its item,
        and those together that come together.

        Raises:
            KeyboardInterrupt: the user asked to stop.
            SmashError: as the task does; E938 or E990 to E992, the workers cannot be had.
        """
        ...


class Local:
    """Does items one after the other in this process."""

    width = 1

    def map(self, task: Task[Item, Result], items: Sequence[Item],
            stop: Interrupt) -> Iterator[list[tuple[int, Result]]]:  # fmt: skip
        """See `Engine`."""
        for start in range(0, len(items), task.together):
            if stop.requested:
                raise KeyboardInterrupt
            done = task.here(items[start : start + task.together])
            yield list(enumerate(done, start))
