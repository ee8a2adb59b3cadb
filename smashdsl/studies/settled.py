"""The truth of a study: random programs, each trained by itself before anything is ranked."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from smashdsl.api import Program, Space
from smashdsl.studies.study import Study
from smashdsl.training.data import Dataset
from smashdsl.training.fit import FitSettings, fit
from smashdsl.training.seeds import derive

TRIES = 20  # draws for each program that is wanted, before a space is held to be too small


@dataclass(frozen=True)
class Settled:
    """Programs and what they reached when they were trained: mean log-likelihood and accuracy of
    held-out images, `(n,)` each, the accuracy on test images, where these were read, and the
    seconds that one took on average."""

    programs: tuple[Program, ...]
    reached: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    tested: tuple[float, ...]
    seconds: float


def distinct(space: Space, count: int, seed: int) -> tuple[Program, ...]:
    """So many different random programs of a space, or as many as are found."""
    found: dict[str, Program] = {}
    for number in range(TRIES * count):
        if len(found) == count:
            break
        program = space.sample(derive(seed, "study", number))
        found.setdefault(program.hash, program)
    return tuple(found.values())


def settle(study: Study, programs: Sequence[Program], data: Dataset, settings: FitSettings,
           device: torch.device | str = "cpu", test: bool = False) -> Settled:  # fmt: skip
    """Train each program, unless that is done, and read the test images if asked to `test`; raises
    as `fit`."""
    found = []
    with study.progress.task("training networks by themselves", len(programs)) as task:
        for program in programs:
            name = f"truth-{data.name}-{program.hash[:16]}"
            make = partial(_train, study, name, program, data, settings, device, test)
            found.append(study.piece(name, make))
            task.advance(note=f"accuracy {found[-1]['accuracy']:.1%}")
    return Settled(
        tuple(programs), _column(found, "reached"), _column(found, "accuracy"),
        tuple(each["test"] for each in found if each["test"] is not None),
        float(np.mean([each["seconds"] for each in found])) if found else 0.0,
    )  # fmt: skip


def _train(study: Study, name: str, program: Program, data: Dataset, settings: FitSettings,
           device: torch.device | str, test: bool) -> Mapping[str, Any]:  # fmt: skip
    own = dataclasses.replace(settings, seed=derive(settings.seed, program.hash))
    path = study.place(name).with_suffix(".safetensors")
    start = time.perf_counter()
    result = fit(program.module(derive(own.seed, "weights")), data, own, device=device,
                 checkpoint=path, identity=program.hash, test=test)  # fmt: skip
    path.unlink(missing_ok=True)
    return {
        "hash": program.hash, "genome": dict(program.genome),
        "reached": result.validation.mean_log_likelihood, "accuracy": result.validation.accuracy,
        "stderr": result.validation.stderr,
        "test": None if result.test is None else result.test.accuracy,
        "seconds": time.perf_counter() - start,
    }  # fmt: skip


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> npt.NDArray[np.float64]:
    """A column, with what was not finite as the least."""
    return np.array([-np.inf if row[name] is None else row[name] for row in rows], float)
