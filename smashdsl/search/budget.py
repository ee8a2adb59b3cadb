"""The settings of a search that takes about so long."""

from __future__ import annotations

import dataclasses
import math

import torch

from smashdsl.hypernet.oneshot import OneShotSettings
from smashdsl.search.settings import (
    ConfirmSettings,
    RankSettings,
    SearchSettings,
    WinnerSettings,
)

TRAIN, RANK, CONFIRM, FIT = 0.1, 0.1, 0.15, 0.55  # shares of the time; what is left is to spare
FEWEST_STEPS, MOST_EPOCHS = 100, 200
FEWEST_PROGRAMS, MOST_PROGRAMS = 30, 300
SHORT, LONG, FULL = 30, 60, 120  # epochs: images shifted less, parts hidden, the usual rate
FASTER = 4  # times the usual rate, at most
BATCH = {"cpu": (64, 128), "cuda": (256, 512)}  # images of a step: one-shot, and of the winner
STEP = 1.65  # what an image costs in one-shot training, in times of forward and backward alone
EPOCH = 1.4  # the same in ordinary training, with what is held out and larger networks that win
LOOK = 0.4  # the same in scoring
CUTOUT = 3 / 8  # of an image's side
OVERHEAD = 0.05  # seconds that a program costs beside what its network computes


def within(minutes: float, seconds: float, train_images: int, asked: int | None = None,
           device: torch.device | str = "cpu") -> SearchSettings:  # fmt: skip
    """Settings for a search that takes about so long. What ranking the most programs leaves of its
    share is the winner's.

    Args:
        minutes: for all steps together; above 0.
        seconds: that a typical network takes for one image, forward and backward.
        train_images: how many there are.
        asked: epochs that the winner is to have, where somebody said so.
        device: where; GPUs take larger batches.
    """
    time = 60 * minutes
    epoch = EPOCH * seconds * train_images
    kind = torch.device(device).type
    usual = OneShotSettings(batch_size=BATCH[kind][0])
    steps = int(TRAIN * time / (STEP * seconds * usual.batch_size))
    rank = RankSettings()
    each = LOOK * seconds * (usual.calibration + rank.stages[0]) + OVERHEAD
    programs = min(max(int(RANK * time / each), FEWEST_PROGRAMS), MOST_PROGRAMS)
    unused = max(RANK * time - programs * each, 0)
    epochs = asked or min(max(int((FIT * time + unused) / epoch), 1), MOST_EPOCHS)
    return SearchSettings(
        dataclasses.replace(usual, steps=max(steps, FEWEST_STEPS)),
        dataclasses.replace(rank, random=2 * programs // 3, proposed=programs - 2 * programs // 3),
        _confirmation(CONFIRM * time / epoch, epochs),
        _training(epochs, kind),
    )


def epochs_left(minutes: float, spent: float, each: float, planned: int) -> int:
    """Epochs for the winner that fill what is left of a budget, within a factor of two of what was
    planned.

    Args:
        minutes: the budget.
        spent: seconds that went before.
        each: seconds that an epoch takes.
        planned: as `within` says.
    """
    left = (TRAIN + RANK + CONFIRM + FIT) * 60 * minutes - spent
    fitting = left / each if each > 0 else math.inf
    return int(min(2 * planned, MOST_EPOCHS, max(math.ceil(planned / 2), fitting)))


def _training(epochs: int, kind: str) -> WinnerSettings:
    """The shorter training is, the faster it learns, and the less it changes images; on GPUs, where
    networks are large, long training hides parts of them. Of larger batches and of shorter training
    the one that asks for the higher rate decides (Goyal et al. 2017 on batches)."""
    usual = WinnerSettings(epochs=epochs)
    batch = BATCH[kind][1]
    faster = max(batch / usual.batch_size, min(FULL / epochs, FASTER))
    return dataclasses.replace(
        usual,
        batch_size=batch,
        learning_rate=faster * usual.learning_rate,
        shift=1 / 16 if epochs < SHORT else usual.shift,
        cutout=CUTOUT if kind == "cuda" and epochs >= LONG else usual.cutout,
    )


def _confirmation(passes: float, epochs: int) -> ConfirmSettings:
    """As many programs as usual, or fewer, with so many epochs in all, but fewer each than the
    winner has. A third of them is random, but up to three where that is about half: how much random
    ones differ, which needs two, tells what a search has gained, if hardly how surely."""
    usual = ConfirmSettings()
    count = min(usual.top + usual.random, int(passes))
    if count < 2:
        return ConfirmSettings(0, 0, 1)
    random = max(count // 3, min((count + 1) // 2, 3))
    each = min(max(int(passes / count), 1), max(epochs // 3, 1))
    return ConfirmSettings(count - random, random, each)
