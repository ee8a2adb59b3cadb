"""Scores with the weights of a space's one-shot training (Brock et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch

from smashdsl.api import Program
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.calibrate import in_batches
from smashdsl.hypernet.oneshot import OneShot
from smashdsl.scoring.images import Images
from smashdsl.scoring.network import Network, likelihoods
from smashdsl.scoring.value import Numbers, Value
from smashdsl.training.memory_format import channels_last

STAGES = (256, 5000)
BATCH = 256  # images
LEAST = 32
CACHE = 2**21  # bytes of a processor's cache that a layer's output should fit in


class GeneratedScorer:
    """Scores by the mean log-likelihood of validation images with generated weights.

    All programs see the same images, in the same order, and their normalisation statistics are
    re-estimated on the same training images. A later stage goes on where an earlier one ended.

    Args:
        oneshot: the trained weights.
        stages: how many validation images each stage looks at in all; those that go beyond the
            validation set end with it.
        prepare: what is run, and what the HyperNet is told of it: the program's own, unless given.
    """

    def __init__(
        self, oneshot: OneShot, stages: Sequence[int] = STAGES,
        prepare: Callable[[Program], Architecture] = prepare,
    ) -> None:  # fmt: skip
        self.oneshot = oneshot
        self._prepare = prepare
        self._images = Images(oneshot.data.validation, oneshot.settings.seed)
        self._calibration = in_batches(channels_last(oneshot.calibration))
        self.stages = tuple(sorted({min(each, len(self._images)) for each in stages}))

    @property
    def name(self) -> str:
        corrupt = self.oneshot.corrupt
        return "hypernet" if corrupt is None else f"hypernet:corrupt-{corrupt}"

    def score(self, programs: Sequence[Program], stage: int = 0,
              before: Sequence[Value | None] = ()) -> list[Value]:  # fmt: skip
        """The values of programs; see `Scorer`."""
        earlier = list(before) or [None] * len(programs)
        stop = self.stages[stage]
        return [self._value(*each, stop) for each in zip(programs, earlier, strict=True)]

    def _value(self, program: Program, before: Value | None, stop: int) -> Value:
        start = _seen(before)
        network = self._network(program)
        found: list[Numbers] = []
        wrong = 0
        for images, labels in self._images.batches(start, stop, BATCH):
            size = batch_size(program, images.device)
            parts = images.split(size)  # type: ignore[no-untyped-call]
            logits = torch.cat([network(some) for some in parts])
            these, missed = likelihoods(logits, labels)
            found.append(these)
            wrong += missed
        looked = stop - start + self.oneshot.settings.calibration
        return _together(before, np.concatenate(found), wrong, looked)

    @torch.no_grad()
    def _network(self, program: Program) -> Network:
        """A program's network, whose weights are made by a call of their own: in a call for several
        programs their last bits would depend on the others."""
        architecture = self._prepare(program)
        (weights,) = self.oneshot.weights([architecture])
        return Network(architecture.plan, weights, self._calibration)


def batch_size(program: Program, device: torch.device) -> int:
    """How many images a program's network takes at a time: on a processor as many as its cache
    holds of the largest of all layers' outputs (32 to 256)."""
    if device.type != "cpu":
        return BATCH
    largest = 4 * max(math.prod(step.shape) for step in program.plan.steps)
    return min(max(CACHE // largest, LEAST), BATCH)


def _seen(value: Value | None) -> int:
    return 0 if value is None or value.likelihoods is None else len(value.likelihoods)


def _together(before: Value | None, new: Numbers, wrong: int, images: int) -> Value:
    """The value of the images of an earlier stage and new ones."""
    if before is None or before.likelihoods is None:
        return Value.mean_of(new, wrong, images)
    earlier = round((before.error or 0) * len(before.likelihoods))
    together = np.concatenate([before.likelihoods, new])
    return Value.mean_of(together, earlier + wrong, before.images + images)
