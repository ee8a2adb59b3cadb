"""The images that all programs are scored on, in the order in which stages take them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from smashdsl.training.data import Split
from smashdsl.training.memory_format import channels_last
from smashdsl.training.seeds import derive

KEPT = 2**28  # bytes of normalised images


class Images:
    """The validation images in one fixed order, of which each stage takes the first.

    The order is random but for the classes, which come in turn: so the images of a stage hold the
    classes as evenly as they can.
    """

    def __init__(self, validation: Split, seed: int) -> None:
        self._split = validation
        self._rows = _in_turn(validation.labels.cpu(), seed).to(validation.labels.device)
        self._kept: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}
        self._room = KEPT

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self, start: int, stop: int, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Images `(n, *input)`, channels last in memory, and labels `(n,)` of these places, `size`
        at a time."""
        for first in range(start, min(stop, len(self)), size):
            yield self._batch(first, min(first + size, stop))

    def _batch(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """A batch, which is kept where there is room."""
        kept = self._kept.get((start, stop))
        if kept is not None:
            return kept
        images, labels = self._split[self._rows[start:stop]]
        batch = channels_last(images), labels
        needed = 4 * math.prod(images.shape)
        if needed <= self._room:
            self._room -= needed
            self._kept[start, stop] = batch
        return batch


def _in_turn(labels: Tensor, seed: int) -> Tensor:
    """Rows in an order in which each class has its share of every beginning."""
    generator = torch.Generator().manual_seed(derive(seed, "validation order"))
    shuffled = torch.randperm(len(labels), generator=generator)
    counts = labels.bincount()
    by_class = shuffled[torch.argsort(labels[shuffled], stable=True)]
    within = torch.cat([(torch.arange(int(n)) + 0.5) / n for n in counts if n])
    tie = torch.rand(len(labels), generator=generator).double()
    order = torch.argsort(within.double() + tie / (2 * len(labels)), stable=True)
    return by_class[order]
