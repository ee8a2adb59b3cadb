"""Training a run's HyperNet again, from the start, to see whether the same weights come out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from smashdsl.hypernet.oneshot import CHECKPOINT
from smashdsl.search.changes import flat
from smashdsl.search.continued import continued
from smashdsl.search.resources import Resources, threads
from smashdsl.search.run import MANIFEST, Run, open_run, start_run
from smashdsl.search.steps import train_step
from smashdsl.search.trained import not_yet, steps_done
from smashdsl.training import checkpoint

_IDENTITY = ("space", "encoding", "data")


@dataclass(frozen=True)
class Comparison:
    """How the weights of two runs differ.

    Attributes:
        tensors: how many there are.
        differing: the names of those that are not the same to the last bit.
        largest: the largest difference between two numbers of the first of these; None where they
            cannot be compared.
        reasons: what else differs, and may be why.
    """

    tensors: int
    differing: tuple[str, ...]
    largest: float | None
    reasons: tuple[str, ...]


def replay(run: Run, folder: Path, using: Resources) -> tuple[Run, Comparison]:
    """Train again in a new folder, or go on with that; gives the new run and how it compares.

    Raises:
        SmashError: E945 the run is not trained to the end; E941 or E943 the folder holds something
            else; else as `start_run` and `train_step`.
    """
    done, steps = steps_done(run), run.settings.train.steps
    if done < steps:
        raise not_yet(run, f"the HyperNet is trained for {done:,} of {steps:,} steps", "train")
    given = {"data": run.data, "limit": run.limit, "seed": run.seed}
    if (folder / MANIFEST).exists():
        trained = {k: v for k, v in flat(run.settings).items() if k.startswith("train.")}
        again = continued(folder, run.space, given, trained)
    else:
        with threads(run.threads):
            again = start_run(folder, run.space, run.data, run.seed, run.settings, using.progress,
                              run.limit, run.asked)  # fmt: skip
    train_step(again, using)
    again = open_run(folder)
    return again, compare(run, again)


def compare(run: Run, again: Run) -> Comparison:
    """How the weights of two runs differ, and why that may be.

    Raises:
        SmashError: E923 or E940, a checkpoint cannot be read.
    """
    old, facts = checkpoint.load(run.folder / CHECKPOINT)
    new, others = checkpoint.load(again.folder / CHECKPOINT)
    names = sorted({*old, *new}, key=lambda name: (not name.startswith("model."), name))
    differing = tuple(name for name in names if not _same(old.get(name), new.get(name)))
    largest = _largest(old, new, differing[0]) if differing else None
    reasons = [
        f"{key} was {json.dumps(facts.get(key))}, and now is {json.dumps(others.get(key))}"
        for key in _IDENTITY
        if facts.get(key) != others.get(key)
    ]
    return Comparison(len(names), differing, largest, (*reasons, *_environments(run, again)))


def _environments(run: Run, again: Run) -> list[str]:
    found = [
        f"the HyperNet of `{each.folder}` was trained in {len(each.environments)} environments, "
        "one after the other"
        for each in (run, again)
        if len(each.environments) > 1
    ]
    if run.environments and again.environments:
        found += run.environments[-1].differences(again.environments[-1])
    return found


def _same(one: Tensor | None, two: Tensor | None) -> bool:
    if one is None or two is None or one.shape != two.shape or one.dtype != two.dtype:
        return False
    return torch.equal(one.contiguous().view(-1).view(torch.uint8),
                       two.contiguous().view(-1).view(torch.uint8))  # fmt: skip


def _largest(old: Mapping[str, Tensor], new: Mapping[str, Tensor], name: str) -> float | None:
    if name not in old or name not in new or old[name].shape != new[name].shape:
        return None
    found: Any = (old[name].double() - new[name].double()).abs().max()
    return float(found)
