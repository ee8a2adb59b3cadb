"""Images with labels, kept as they came and normalised when they are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

Device = torch.device | str


@dataclass(frozen=True)
class Scale:
    """Means and deviations per channel; what is normalised has mean 0 and deviation 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class Split:
    """Images with labels.

    `split[rows]`, for a slice or a tensor of row numbers on the split's device, gives images
    float32 `(k, channels, *spatial)`, normalised, and labels int64 `(k,)`. Kept as bytes, images
    take a quarter of the memory that they would need normalised, also on the device.
    """

    def __init__(self, pixels: Tensor | Callable[[], Tensor], labels: Tensor,
                 scale: Scale | None = None) -> None:  # fmt: skip
        """
        Args:
            pixels: uint8 or float32 `(n, channels, *spatial)`, or how to read them: this is done
                when images are first taken.
            labels: int64 `(n,)`.
            scale: how to normalise; None leaves pixels as they are.
        """
        self._pixels, self.labels, self.scale = pixels, labels, scale

    @cached_property
    def pixels(self) -> Tensor:
        """All images as they came."""
        return self._pixels if isinstance(self._pixels, Tensor) else self._pixels()

    @cached_property
    def images(self) -> Tensor:
        """All images, normalised. This takes four times the memory; for batches index the split."""
        return self._normalised(self.pixels)

    @property
    def shape(self) -> tuple[int, ...]:
        """`(channels, *spatial)` of one image."""
        return tuple(self.pixels.shape[1:])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        if isinstance(rows, slice):
            return self._normalised(self.pixels[rows]), self.labels[rows]
        # Many times as fast as `pixels[rows]` on a CPU, where batches are small.
        return self._normalised(self.pixels.index_select(0, rows)), self.labels[rows]

    def to(self, device: Device) -> Split:
        """The same on another device; what was not read yet is still to be read."""
        read = "pixels" in self.__dict__ or isinstance(self._pixels, Tensor)
        pixels = self.pixels.to(device) if read else lambda: self.pixels.to(device)
        return Split(pixels, self.labels.to(device), self.scale)

    def first(self, count: int) -> Split:
        """At most `count` examples, spread evenly over the split."""
        if count >= len(self):
            return self
        rows = torch.arange(count, device=self.labels.device) * len(self) // count
        return Split(self.pixels.index_select(0, rows), self.labels[rows], self.scale)

    @cached_property
    def _moments(self) -> tuple[Tensor, Tensor] | None:
        if self.scale is None:
            return None
        view = (1, -1, *[1] * (self.pixels.ndim - 2))
        mean, std = (torch.tensor(values, device=self.pixels.device).view(view)
                     for values in (self.scale.mean, self.scale.std))  # fmt: skip
        return mean, std

    def _normalised(self, pixels: Tensor) -> Tensor:
        if self._moments is None:
            return pixels
        mean, std = self._moments
        return pixels.to(torch.float32, copy=True).sub_(mean).div_(std)
