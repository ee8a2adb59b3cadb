"""Random shifts, mirror images and hidden squares, a batch at a time, on the batch's device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.training.data import Dataset


@dataclass(frozen=True)
class Augmentation:
    """`shift` pixels at most in every direction (the border filled with the mean colour), whether
    to mirror half of the images along their last dimension, and the side in pixels of a square that
    takes the mean colour (cutout: DeVries and Taylor 2017); its centre is anywhere in the image."""

    shift: int = 0
    mirror: bool = False
    cutout: int = 0

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Images `(n, channels, *spatial)`, changed as the CPU `generator` says."""
        if self.shift:
            images = _shifted(images, self.shift, generator)
        if self.mirror:
            images = _mirrored(images, generator)
        if self.cutout:
            images = _cut(images, self.cutout, generator)
        return images


NONE = Augmentation()


SHIFT = 1 / 8


def usual(data: Dataset, shift: float = SHIFT, cutout: float = 0.0) -> Augmentation:
    """What is customary for a data set.

    Images and grids are shifted by at most `shift` of their smallest side, and mirrored; squares of
    `cutout` of that side are hidden. Signals of one dimension and handwritten digits are not
    mirrored, since they would be others; and `digits`, at 8x8, would be cut by a shift.
    """
    if data.name == "digits":
        return NONE
    spatial = data.shape[1:]
    side = min(spatial)
    mirror = len(spatial) > 1 and data.name != "mnist"
    return Augmentation(int(shift * side), mirror, int(cutout * side))


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


def _cut(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    hidden = torch.ones(len(images), *[1] * (images.ndim - 1), dtype=torch.bool)
    for axis, size in enumerate(images.shape[2:], start=2):
        first = torch.randint(size, (len(images), 1), generator=generator) - side // 2
        within = (torch.arange(size) >= first) & (torch.arange(size) < first + side)
        view = [len(images), *[1] * (images.ndim - 1)]
        view[axis] = size
        hidden = hidden & within.view(view)
    return images.masked_fill(hidden.to(images.device), 0)
