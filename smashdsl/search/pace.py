"""How fast the networks of a space are trained here."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import torch
from torch.nn import functional

from smashdsl.api import Program, Space
from smashdsl.backends.waiting import waiter
from smashdsl.training.data import Dataset
from smashdsl.training.devices import half_precision, mixed
from smashdsl.training.memory_format import is_grouped, safe_channels_last
from smashdsl.training.seeds import derive

BATCH = {"cpu": 64, "cuda": 512}  # images that keep a device busy
SAMPLED = 5  # programs from which is seen what a space's networks cost


def typical(space: Space, seed: int) -> list[Program]:
    """Some random programs."""
    return [space.sample(derive(seed, "pace", number)) for number in range(SAMPLED)]


def pace(programs: Sequence[Program], data: Dataset, device: torch.device | str = "cpu",
         repeats: int = 3) -> float:  # fmt: skip
    """Seconds that one image takes a typical one of some networks, forward and backward."""
    where = torch.device(device)
    images, labels = (each.to(where) for each in data.train[: BATCH[where.type]])
    half, wait = half_precision(where), waiter(where)
    times = []
    for program in programs:
        module = program.module().to(where)
        arranged = safe_channels_last(images, is_grouped(module))
        for number in range(repeats):
            wait()
            start = time.perf_counter()
            functional.cross_entropy(mixed(module, arranged, half), labels).backward()  # type: ignore[no-untyped-call]
            wait()
            if number:
                times.append(time.perf_counter() - start)
    return statistics.median(times) / len(images)
