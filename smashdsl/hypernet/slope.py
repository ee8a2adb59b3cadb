"""How the loss changes with what the HyperNet is told of a network.

Brock et al. 2017 suggest to follow this gradient to better architectures, and found it to lead to
worse ones than chance does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.backends.module import Function
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.batch import collate
from smashdsl.hypernet.calibrate import in_batches
from smashdsl.hypernet.step import arranged
from smashdsl.hypernet.supernet import Supernet

Numbers = npt.NDArray[np.float32]


@torch.enable_grad()
def slope(
    supernet: Supernet, architecture: Architecture, images: Tensor, labels: Tensor
) -> Numbers:
    """The gradient of a network's mean loss with respect to the entries of its encoding.

    The network stays the same: entries have an influence through generated filters alone. It runs
    as in training, but without dropout and the like.

    Args:
        supernet: has a HyperNet that is told of the network.
        architecture: the network.
        images: `(n, *input)`; they go through the network in batches.
        labels: `(n,)`.

    Returns:
        `(stretches, channels)`, of the cross-entropy in nats; zeros where the network generates no
        filter.
    """
    if not architecture.filters or supernet.hypernet is None:
        return np.zeros_like(architecture.entries)
    batch = collate([architecture]).like(supernet.place)
    told = batch.entries.clone().requires_grad_()
    (entries,) = supernet.hypernet.generate(replace(batch, entries=told))
    filters = entries.detach().requires_grad_()
    with torch.no_grad():
        kept = supernet.kept(architecture, supernet.bank.take)
    weights = kept | supernet.generated(architecture, filters)
    function = Function(architecture.plan)
    total = torch.zeros_like(filters)
    for some, answers in zip(in_batches(images), in_batches(labels), strict=True):
        logits = function(arranged(some, architecture.plan), weights, training=False)
        loss = functional.cross_entropy(logits, answers, reduction="sum")
        total += torch.autograd.grad(loss, filters)[0]
    found = torch.autograd.grad(entries, told, total / len(images))[0]
    return found.float().cpu().numpy()
