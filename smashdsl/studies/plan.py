"""How much work a study is: fitted to a budget, by what the networks of a space cost here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from smashdsl.hypernet.oneshot import OneShotSettings
from smashdsl.search.budget import STEP
from smashdsl.training.fit import FitSettings

SMALL = 25.0  # minutes: half an hour with what a budget cannot foresee
TRUTH, WEIGHTS = 0.5, 0.35  # shares of the time
PROGRAMS, MOST_PROGRAMS = 60, 200
EPOCHS, MOST_EPOCHS = 3, 30
BATCH, TOGETHER = 64, 4
FEWEST_IMAGES = 1000


@dataclass(frozen=True)
class Plan:
    """The work of a study.

    Attributes:
        programs: how many networks are trained by themselves.
        limit: training images at most; None for all.
        seeds: how often the one-shot training is repeated.
        images: validation images that a score looks at.
        sgd: steps of the short training that scores are compared with.
        fit, train: how networks and how the weights of the space are trained.
    """

    programs: int = PROGRAMS
    limit: int | None = None
    seeds: int = 1
    images: int = 1024
    sgd: int = 100
    fit: FitSettings = field(default_factory=lambda: FitSettings(EPOCHS, BATCH))
    train: OneShotSettings = field(default_factory=OneShotSettings)

    def facts(self) -> dict[str, Any]:
        """As plain data."""
        return dataclasses.asdict(self)


def fitted(minutes: float, seconds: float, train_images: int, trainings: int, seed: int,
           programs: int | None = None, epochs: int | None = None) -> Plan:  # fmt: skip
    """The plan whose work takes about so many minutes.

    Args:
        minutes: of the whole study.
        seconds: that one image takes a typical network, forward and backward.
        train_images: how many there are.
        trainings: how many one-shot trainings the study compares.
        seed: of everything.
        programs, epochs: where these were asked for.
    """
    passes = TRUTH * 60 * minutes / seconds
    count = programs or PROGRAMS
    limit = int(passes / (count * (epochs or EPOCHS)))
    if limit > train_images:  # cheap networks: train them longer, then more of them
        limit = train_images
        epochs = epochs or min(MOST_EPOCHS, int(passes / (count * limit)))
        count = programs or max(count, min(MOST_PROGRAMS, int(passes / (epochs * limit))))
    limit = max(limit, min(FEWEST_IMAGES, train_images))
    steps = WEIGHTS * 60 * minutes / (STEP * seconds * BATCH * TOGETHER * trainings)
    return Plan(
        count, None if limit >= train_images else limit,
        fit=FitSettings(epochs or EPOCHS, BATCH, seed=seed),
        train=OneShotSettings(max(int(steps), 20), BATCH, archs_per_step=TOGETHER, seed=seed,
                              probe_every=0),
    )  # fmt: skip
