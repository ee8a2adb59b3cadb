"""Random shifts and mirror images, a batch at a time, on the batch's device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.training.data import Dataset


@dataclass(frozen=True)
class Augmentation:
    """`shift` pixels at most in every direction (the border filled with the mean colour), and
    whether to mirror half of the images along their last dimension."""

    shift: int = 0
    mirror: bool = False

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Images `(n, channels, *spatial)`, changed as the CPU `generator` says."""
        if self.shift:
            images = _shifted(images, self.shift, generator)
        if self.mirror:
            images = _mirrored(images, generator)
        return images


NONE = Augmentation()


SHIFT = 1 / 8


def usual(data: Dataset, shift: float = SHIFT) -> Augmentation:
    """What is customary for a data set.

    Images and grids are shifted by at most `shift` of their smallest side, and mirrored. Signals of
    one dimension and handwritten digits are not mirrored, since they would be others; and `digits`,
    at 8x8, would be cut by a shift.
    """
    if data.name == "digits":
        return NONE
    spatial = data.shape[1:]
    return Augmentation(int(shift * min(spatial)), mirror=len(spatial) > 1 and data.name != "mnist")


def _shifted(images: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    spatial = images.shape[2:]
    windows = functional.pad(images, [reach] * (2 * len(spatial)))
    starts = []
    for axis, size in enumerate(spatial, start=2):
        windows = windows.unfold(axis, size, 1)
        start = torch.randint(2 * reach + 1, (len(images),), generator=generator)
        starts.append(start.to(images.device))
    every = torch.arange(len(images), device=images.device)
    index: tuple[Tensor | slice, ...] = (every, slice(None), *starts)
    return windows[index]


def _mirrored(images: Tensor, generator: torch.Generator) -> Tensor:
    chosen = torch.rand(len(images), generator=generator) < 0.5
    view = chosen.to(images.device).view(-1, *[1] * (images.ndim - 1))
    return torch.where(view, images.flip(-1), images)
