"""Orders of a task, and workers that are lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.search.engines.answers import unusable
from smashdsl.search.engines.dispatch import ATTEMPTS, Dispatch
from smashdsl.search.engines.engine import Local, Parcel, Plain, Task
from smashdsl.training.interrupt import Interrupt
from smashdsl.training.progress import Silent
from tests.search.engines.fakes import FakeRay, RayError, RayTaskError


class Doubling(Task[int, int]):
    """Twice a number; those from 100 on take two orders."""

    together = 3

    def __init__(self, threads: int = 1, device: str = "cpu") -> None:
        self.threads, self.device = threads, device
        self.again: set[int] = set()

    def here(self, items: Sequence[int]) -> list[int]:
        return [2 * item for item in items]

    def parcel(self) -> Parcel:
        raise AssertionError("nothing is sent")

    def order(self, item: int) -> Plain:
        return {"number": item}

    def result(self, item: int, answer: Plain) -> int | None:
        if item >= 100 and item not in self.again:
            self.again.add(item)
            return None
        return int(answer["twice"])

    def name(self, item: int) -> str:
        return f"<{item}>"


class Telling(Silent):
    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> None:
        self.told.append(text)


def twice(order: Any) -> Any:
    return {"twice": 2 * order["number"]}


def dispatched(ray: FakeRay, items: Sequence[int], patience: float = 60.0,
               **given: Any) -> tuple[Dispatch[int, int], Telling]:  # fmt: skip
    told = Telling()
    return Dispatch(ray, Doubling(**given), items, twice, [], told, patience), told


def done(work: Dispatch[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    while work.unfinished:
        for place, result in work.some():
            assert place not in found
            found[place] = result
    return found


def test_every_item_is_done_once() -> None:
    ray = FakeRay(twice, cores=3)
    items = [5, 100, 7, 8, 101, 9, 1, 2, 3, 4]
    work, told = dispatched(ray, items)
    assert done(work) == {place: 2 * item for place, item in enumerate(items)}
    assert ray.most == 6  # no more are with workers than keep them busy
    assert len(ray.sent) == len(items) + 2
    assert told.told == []


def test_a_lost_worker_costs_its_own_item() -> None:
    tried: Counter[int] = Counter()

    def losing(order: Any) -> Any:
        number = order["number"]
        tried[number] += 1
        return RayError() if number % 3 == 0 and tried[number] < ATTEMPTS else twice(order)

    work, told = dispatched(FakeRay(losing), range(7))
    assert done(work) == {n: 2 * n for n in range(7)}
    assert tried == {n: ATTEMPTS if n % 3 == 0 else 1 for n in range(7)}
    assert len(told.told) == 3 * (ATTEMPTS - 1)
    assert "<3>" in " ".join(told.told)


def code_of(work: Dispatch[int, int]) -> tuple[str, str]:
    with pytest.raises(SmashError) as caught:
        done(work)
    found = caught.value.diagnostics[0]
    return found.code, found.message


def test_an_item_that_loses_every_worker_is_told_of() -> None:
    work, _ = dispatched(FakeRay(lambda order: RayError()), [1])
    code, message = code_of(work)
    assert code == "E991"
    assert "<1>" in message


def test_without_workers_it_is_given_up_in_the_end() -> None:
    work, _ = dispatched(FakeRay(twice, alive=False), [1], patience=0.0)
    assert code_of(work)[0] == "E991"
    patient, _ = dispatched(FakeRay(twice, alive=False), [1], patience=60.0)
    assert patient.some() == []


def test_machines_must_have_what_an_item_needs() -> None:
    assert dispatched(ray := FakeRay(twice, cores=4), [1], threads=2)[0].some()
    assert ray.needs == {"num_cpus": 2, "max_retries": 0}
    dispatched(ray := FakeRay(twice, cores=2), [1], threads=16)
    assert ray.needs["num_cpus"] == 2  # its threads then share these
    work, _ = dispatched(ray := FakeRay(twice, cores=2), [1], patience=0.0, device="cuda:1")
    assert ray.needs["num_gpus"] == 1
    ray.wait = lambda references, num_returns, timeout: ([], references)  # type: ignore[method-assign]
    assert code_of(work)[0] == "E991"


def test_errors_of_workers_are_told() -> None:
    def failing(order: Any) -> Any:
        return RayTaskError("Traceback\n  ...\nModuleNotFoundError: smashdsl")

    work, _ = dispatched(FakeRay(failing), [1])
    code, message = code_of(work)
    assert code == "E992"
    assert "ModuleNotFoundError: smashdsl" in message
    assert "Traceback" not in message
    refusing, _ = dispatched(FakeRay(lambda order: {"refused": ["E942", "diverged", "help"]}), [1])
    assert code_of(refusing) == ("E942", "diverged")
    assert unusable("so").diagnostics[0].code == "E992"


def test_what_is_with_workers_can_be_taken_back() -> None:
    ray = FakeRay(twice, cores=2)
    ray.wait = lambda references, num_returns, timeout: (references[:1], references[1:])  # type: ignore[method-assign]
    work, _ = dispatched(ray, range(9))
    assert work.some() == [(0, 0)]
    work.cancel()
    assert ray.cancelled == [1, 2, 3]
    assert len(ray.sent) == 4


def test_the_local_engine_goes_by_groups_and_can_be_stopped() -> None:
    stop = Interrupt()
    groups = Local().map(Doubling(), [1, 2, 3, 4], stop)
    assert next(groups) == [(0, 2), (1, 4), (2, 6)]
    stop(0, None)
    with pytest.raises(KeyboardInterrupt):
        next(groups)
