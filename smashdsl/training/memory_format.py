"""The memory format in which networks are fastest."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


def channels_last(tensor: Tensor) -> Tensor:
    """Channels last in memory, for images and filters of two and three dimensions."""
    if tensor.ndim not in FORMATS:
        return tensor
    return tensor.contiguous(memory_format=FORMATS[tensor.ndim])


def safe_channels_last(images: Tensor, grouped: bool) -> Tensor:
    """Channels last for all networks but those that are `grouped`: have group normalisation, whose
    backward pass torch 2.13 ends in a crash for such inputs if they need no gradient."""
    return images if grouped else channels_last(images)


def is_grouped(module: nn.Module) -> bool:
    """Whether there is group normalisation in a module."""
    return any(isinstance(each, nn.GroupNorm) for each in module.modules())
