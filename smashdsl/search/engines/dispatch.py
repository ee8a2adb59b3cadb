"""Items of one task on their way to workers, and their results on the way back."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic

from smashdsl.files import fail
from smashdsl.search.engines.answers import accepted, unusable
from smashdsl.search.engines.engine import Item, Result, Task
from smashdsl.training.progress import Progress

ATTEMPTS = 4  # workers that may be lost over one item
QUEUED = 2  # orders for each core, so that none waits for the next one
LOOK = 0.25  # seconds after which somebody looks whether the user has asked to stop


class Dispatch(Generic[Item, Result]):
    """All items of a task, of which some are with workers.

    Args:
        ray: the module, which has joined a cluster.
        task: to do.
        items: to do it with.
        follow: what a worker runs, with `given` and an order.
        given: see `follow`.
        progress: is told of workers that are lost.
        patience: seconds without any machine that can do an item, after which it is given up.
    """

    def __init__(self, ray: Any, task: Task[Item, Result], items: Sequence[Item],
                 follow: Callable[..., Any], given: list[Any], progress: Progress,
                 patience: float) -> None:  # fmt: skip
        self._ray, self._task, self._items, self._given = ray, task, items, given
        self._progress, self._patience = progress, patience
        self._waiting = deque(range(len(items)))
        self._running: dict[Any, int] = {}
        self._lost: Counter[int] = Counter()
        self._alone: float | None = None  # since when no machine can do an item
        self._needs = self._needed(task)
        self._follow = ray.remote(max_retries=0, **self._named(self._needs))(follow)

    @property
    def unfinished(self) -> bool:
        """Whether there are items without results."""
        return bool(self._waiting or self._running)

    def some(self) -> list[tuple[int, Result]]:
        """Results that have come, with the places of their items; perhaps none, after a moment.

        Raises:
            SmashError: E991 workers are lost again and again, or there are none; E992 or any other
                that a worker or the task tells of.
        """
        self._send()
        found = []
        ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=LOOK)
        if ready:
            ready, _ = self._ray.wait(list(self._running), num_returns=len(self._running),
                                      timeout=0)  # fmt: skip
        else:
            self._require_workers()
        for reference in ready:
            place = self._running.pop(reference)
            answer = self._answer(reference, place)
            if answer is None:
                continue
            result = self._task.result(self._items[place], accepted(answer))
            if result is None:
                self._waiting.appendleft(place)
            else:
                found.append((place, result))
        return found

    def cancel(self) -> None:
        """Take back what is with workers, who are stopped."""
        for reference in self._running:
            with suppress(Exception):
                self._ray.cancel(reference, force=True)
        self._running.clear()

    def _send(self) -> None:
        cores = int(self._ray.cluster_resources().get("CPU", 0))
        room = max(2, QUEUED * cores // max(1, self._task.threads)) - len(self._running)
        for _ in range(min(room, len(self._waiting))):
            place = self._waiting.popleft()
            order = self._task.order(self._items[place])
            self._running[self._follow.remote(self._given, order)] = place

    def _answer(self, reference: Any, place: int) -> Any:
        """What a worker answers; None if it was lost, so that the item is to be done again."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(reference)
        except errors.RayTaskError as error:
            cause = getattr(error, "cause", None) or error
            raise unusable(f"{type(cause).__name__}: {_last_line(cause)}") from error
        except errors.RayError as error:
            self._lost[place] += 1
            name = self._task.name(self._items[place])
            if self._lost[place] == ATTEMPTS:
                raise fail(
                    "E991", f"{ATTEMPTS} workers were lost over the program {name}: "
                    f"{type(error).__name__}",
                    "perhaps it needs more memory than a worker has; what is done is kept, and the "
                    "same command goes on",
                ) from error  # fmt: skip
            self._progress.tell(f"a worker was lost; the program {name} is done again elsewhere")
            self._waiting.append(place)
            return None

    def _require_workers(self) -> None:
        if self._able():
            self._alone = None
            return
        now = time.monotonic()
        self._alone = self._alone or now
        if now - self._alone >= self._patience:
            raise fail(
                "E991", "all workers are lost: no machine of the cluster can do what is left",
                f"each needs {self._told()}; what is done is kept: start machines "
                "(`ray start --address=HOST:PORT`), and the same command goes on",
            )  # fmt: skip

    def _able(self) -> bool:
        """Whether there is a machine that can do an item."""
        return any(
            node["Alive"] and all(node["Resources"].get(k, 0) >= v for k, v in self._needs.items())
            for node in self._ray.nodes()
        )

    def _needed(self, task: Task[Any, Any]) -> dict[str, float]:
        """What an item needs of a machine: as many cores as threads, or all that there are."""
        cores = [node["Resources"].get("CPU", 0) for node in self._ray.nodes() if node["Alive"]]
        most = max(cores, default=0)
        needs: dict[str, float] = {"CPU": min(task.threads, most) if most >= 1 else task.threads}
        if task.device.startswith("cuda"):
            needs["GPU"] = 1
        return needs

    def _told(self) -> str:
        names = {"CPU": "processor cores", "GPU": "GPUs"}
        return " and ".join(f"{value:g} {names[key]}" for key, value in self._needs.items())

    @staticmethod
    def _named(needs: dict[str, float]) -> dict[str, float]:
        """As Ray's functions take it."""
        return {{"CPU": "num_cpus", "GPU": "num_gpus"}[key]: value for key, value in needs.items()}


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[-1]
