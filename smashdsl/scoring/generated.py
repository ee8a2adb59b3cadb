"""Scores with the weights of a space's one-shot training (Brock et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from smashdsl.api import Program
from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.calibrate import in_batches
from smashdsl.hypernet.oneshot import OneShot
from smashdsl.hypernet.step import channels_last
from smashdsl.scoring.images import Images
from smashdsl.scoring.network import Network, likelihoods
from smashdsl.scoring.value import Numbers, Value

STAGES = (256, 1024, 5000)
TOGETHER = 8  # programs whose weights are generated in one call, and in memory at a time
BATCH = 256  # images


class GeneratedScorer:
    """Scores by the mean log-likelihood of validation images with generated weights.

    All programs see the same images, in the same order, and their normalisation statistics are
    re-estimated on the same training images. A later stage goes on where an earlier one ended.

    Args:
        oneshot: the trained weights.
        stages: how many validation images each stage looks at in all; those that go beyond the
            validation set end with it.
    """

    def __init__(self, oneshot: OneShot, stages: Sequence[int] = STAGES) -> None:
        self.oneshot = oneshot
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
        values = []
        for start in range(0, len(programs), TOGETHER):
            part = slice(start, start + TOGETHER)
            values += self._score(programs[part], self.stages[stage], earlier[part])
        return values

    def _score(self, programs: Sequence[Program], stop: int,
               before: Sequence[Value | None]) -> list[Value]:  # fmt: skip
        starts = {_seen(value) for value in before}
        if len(starts) > 1:  # rare: each group of images is passed over once for all programs
            return [
                self._score([program], stop, [value])[0]
                for program, value in zip(programs, before, strict=True)
            ]
        (start,) = starts
        networks = list(self._networks(programs))
        found: list[list[Numbers]] = [[] for _ in networks]
        wrong = [0] * len(networks)
        for images, labels in self._images.batches(start, stop, BATCH):
            for number, network in enumerate(networks):
                these, missed = likelihoods(network(images), labels)
                found[number].append(these)
                wrong[number] += missed
        looked = stop - start + self.oneshot.settings.calibration
        return [
            _together(value, np.concatenate(these), missed, looked)
            for value, these, missed in zip(before, found, wrong, strict=True)
        ]

    @torch.no_grad()
    def _networks(self, programs: Sequence[Program]) -> Iterator[Network]:
        architectures = [prepare(program) for program in programs]
        for architecture, weights in zip(
            architectures, self.oneshot.weights(architectures), strict=True
        ):
            yield Network(architecture.plan, weights, self._calibration)


def _seen(value: Value | None) -> int:
    return 0 if value is None or value.likelihoods is None else len(value.likelihoods)


def _together(before: Value | None, new: Numbers, wrong: int, images: int) -> Value:
    """The value of the images of an earlier stage and new ones."""
    if before is None or before.likelihoods is None:
        return Value.mean_of(new, wrong, images)
    earlier = round((before.error or 0) * len(before.likelihoods))
    together = np.concatenate([before.likelihoods, new])
    return Value.mean_of(together, earlier + wrong, before.images + images)
