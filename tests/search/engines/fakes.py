"""Engines without a cluster: workers in this process, and a module that looks like Ray."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from smashdsl.search.engines.answers import accepted
from smashdsl.search.engines.engine import Item, Result, Task
from smashdsl.search.engines.parcel import data_sent
from smashdsl.search.engines.worker import Worker
from smashdsl.training.interrupt import Interrupt


class Workers:
    """Hands orders to workers, which answer in another order; some are lost before they do.

    Args:
        stop_after: raise KeyboardInterrupt after so many results.
        lost: after how many orders a worker is lost, again and again.
    """

    def __init__(self, width: int = 12, stop_after: int | None = None, lost: int = 5) -> None:
        self.width, self.stop_after, self.lost = width, stop_after, lost
        self.orders: list[Any] = []
        self.results = 0
        self.random = random.Random(0)

    def map(self, task: Task[Item, Result], items: Sequence[Item],
            stop: Interrupt) -> Iterator[list[tuple[int, Result]]]:  # fmt: skip
        parcel = task.parcel()
        sent = data_sent(parcel.data, parcel.test)
        workers = [Worker(parcel.facts, parcel.files, sent) for _ in range(2)]
        left = list(range(len(items)))
        while left:
            if self.results == self.stop_after:
                raise KeyboardInterrupt
            place = left.pop(self.random.randrange(len(left)))
            self.orders.append(order := copy.deepcopy(task.order(items[place])))
            if len(self.orders) % self.lost == 0:
                left.append(place)
                continue
            answer = accepted(copy.deepcopy(self.random.choice(workers).follow(order)))
            result = task.result(items[place], answer)
            if result is None:
                left.append(place)
            else:
                self.results += 1
                yield [(place, result)]


class RayTaskError(Exception):
    """What Ray raises for an error in a task."""


class RayError(Exception):
    """What Ray raises for anything else."""


class FakeRay:
    """As much of Ray as orders need. What an order comes to, or the error it ends with, is what
    `outcome` says of it."""

    exceptions = SimpleNamespace(RayTaskError=RayTaskError, RayError=RayError)

    def __init__(self, outcome: Callable[[Any], Any], cores: float = 2, alive: bool = True) -> None:
        self.outcome, self.cores, self.alive = outcome, cores, alive
        self.sent: dict[int, Any] = {}
        self.needs: dict[str, float] = {}
        self.cancelled: list[int] = []
        self.most = 0

    def remote(self, **needs: float) -> Callable[[Any], Any]:
        self.needs = needs
        return lambda _: SimpleNamespace(remote=self.send)

    def send(self, _given: Any, order: Any) -> int:
        self.sent[len(self.sent)] = order
        return len(self.sent) - 1

    def wait(self, references: list[int], num_returns: int,
             timeout: float) -> tuple[list[int], list[int]]:  # fmt: skip
        self.most = max(self.most, len(references))
        if not self.alive:
            return [], references
        return references[-num_returns:], references[:-num_returns]

    def get(self, reference: int) -> Any:
        found = self.outcome(self.sent[reference])
        if isinstance(found, Exception):
            raise found
        return found

    def cancel(self, reference: int, force: bool) -> None:
        self.cancelled.append(reference)

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": self.alive, "Resources": {"CPU": self.cores}}]

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.cores} if self.alive else {}
