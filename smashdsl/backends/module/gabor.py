"""Fixed filters: banks of Gabor functions in one, two or three dimensions."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# The inverses of the roots of x**5 = x + 1: multiples of them, modulo 1, fill a cube evenly.
_ROOT = 1.1673039782614187
_STEPS = tuple(_ROOT**-power for power in range(1, 5))


def gabor_bank(shape: tuple[int, ...]) -> Tensor:
    """A bank of Gabor filters in float64.

    Each pair of output and input channel has a filter of its own: a cosine wave under a Gaussian
    window, whose direction, wavelength (2 pixels to the kernel's width) and phase come from an
    evenly spread sequence. Filters of more than one position have no response to a constant, and
    every output channel's filter has the squared norm 2, like He's initialisation on average. The
    bank depends on nothing but its shape.

    Args:
        shape: `(out_channels, in_channels, *kernel)` with one to three kernel dimensions.

    Raises:
        ValueError: there are no or more than three kernel dimensions.

    >>> bank = gabor_bank((8, 3, 5, 5))
    >>> bank.shape, round(float(bank[0].square().sum()), 6)
    (torch.Size([8, 3, 5, 5]), 2.0)
    """
    kernel = shape[2:]
    if not 1 <= len(kernel) <= 3:
        raise ValueError(f"Gabor filters have one to three dimensions, not {len(kernel)}")
    pairs = torch.arange(1, shape[0] * shape[1] + 1, dtype=torch.float64)
    azimuth, height, scale, phase = (torch.frac(pairs * step) for step in _STEPS)
    wavelength = 2 + scale * max(max(kernel) - 2, 0)
    grid = _positions(kernel)
    wave = torch.cos(
        2 * math.pi * ((_directions(azimuth, height, len(kernel)) @ grid) / wavelength[:, None])
        + 2 * math.pi * phase[:, None]
    )
    sigma = torch.tensor([max(k / 4, 0.5) for k in kernel], dtype=torch.float64)
    filters: Tensor = wave * torch.exp(-(grid / sigma[:, None]).square().sum(0) / 2)
    if filters.shape[1] > 1:
        filters = filters - filters.mean(1, keepdim=True)
    filters = filters.reshape(shape[0], -1)
    norm = filters.square().sum(1, keepdim=True).sqrt()
    return (filters * (math.sqrt(2) / norm)).reshape(shape)


def _positions(kernel: tuple[int, ...]) -> Tensor:
    """The positions of a kernel around its centre, as columns."""
    axes = [torch.arange(k, dtype=torch.float64) - (k - 1) / 2 for k in kernel]
    return torch.stack([axis.flatten() for axis in torch.meshgrid(*axes, indexing="ij")])


def _directions(azimuth: Tensor, height: Tensor, rank: int) -> Tensor:
    """Unit vectors from numbers in [0, 1): half a circle or sphere, since waves have no sign."""
    angle = math.pi * azimuth
    if rank == 1:
        return torch.ones_like(azimuth)[:, None]
    if rank == 2:
        return torch.stack([torch.sin(angle), torch.cos(angle)], 1)
    z = 2 * height - 1
    radius = torch.sqrt(1 - z.square())
    return torch.stack([z, radius * torch.sin(angle), radius * torch.cos(angle)], 1)
