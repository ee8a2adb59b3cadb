"""Batch normalisation's statistics for one network, from one fixed set of images."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BATCH = 256
_BatchNorm = nn.modules.batchnorm._BatchNorm


@torch.no_grad()
def calibrate(module: nn.Module, images: Tensor, batch_size: int = BATCH) -> None:
    """Replace all running statistics by the plain averages over the images' batches.

    Everything else runs as in evaluation: no dropout, no random mixtures. Batches are as equal as
    they can be. The module is in evaluation mode afterwards.
    """
    module.eval()
    norms = [part for part in module.modules() if isinstance(part, _BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for batch in in_batches(images, batch_size):
        module(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    module.eval()


def in_batches(images: Tensor, batch_size: int = BATCH) -> tuple[Tensor, ...]:
    """The images in batches that are as equal as they can be."""
    return images.tensor_split(-(-len(images) // batch_size))
