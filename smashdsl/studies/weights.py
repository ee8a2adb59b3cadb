"""The scores of a study: one-shot training by several methods, and programs scored with each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from smashdsl.api import Program, Space
from smashdsl.files import make_folder
from smashdsl.hypernet.oneshot import OneShot, OneShotSettings, train_hypernet
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.scoring.scorer import Scorer
from smashdsl.studies.study import Study
from smashdsl.training.data import Dataset

TOGETHER = 32  # programs whose scores are one piece of work


@dataclass(frozen=True)
class Method:
    """A way to come to the weights of a space: `name` it, and what is special in its settings."""

    name: str
    settings: OneShotSettings


def trained(study: Study, space: Space, data: Dataset, method: Method,
            device: torch.device | str = "cpu") -> OneShot:  # fmt: skip
    """The weights of a method, trained on from wherever they are; raises as `train_hypernet`."""
    folder = study.folder / "weights" / f"{method.name}-{method.settings.seed}"
    make_folder(folder)
    return train_hypernet(space, data, method.settings, folder, study.progress, device)


def scored(study: Study, name: str, scorer: Scorer, programs: Sequence[Program],
           stage: int = -1) -> list[float]:  # fmt: skip
    """The scores of programs at one stage of a scorer, the last unless said otherwise.

    What was scored before is not scored again. Scores that are not finite are minus infinity.
    """
    place = stage % len(scorer.stages)
    found: list[float] = []
    with study.progress.task(f"scoring: {name}", len(programs)) as task:
        for start in range(0, len(programs), TOGETHER):
            some = programs[start : start + TOGETHER]
            make = partial(_scores, scorer, some, place)
            values = study.piece(f"scores-{name}-{start}", make)
            found += [float("-inf") if value is None else value for value in values]
            task.advance(len(some))
    return found


def _scores(scorer: Scorer, programs: Sequence[Program], stage: int) -> list[float]:
    return [value.score for value in scorer.score(programs, stage)]


def generated(oneshot: OneShot, images: int, corrupt: str | None = None) -> GeneratedScorer:
    """The scorer of trained weights on so many validation images."""
    return GeneratedScorer(dataclasses.replace(oneshot, corrupt=corrupt), [images])
