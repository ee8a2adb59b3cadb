"""A few training images that are the same for all programs."""

from __future__ import annotations

import torch
from torch import Tensor

from smashdsl.scoring.scorer import Context
from smashdsl.training.seeds import derive


def minibatch(context: Context, purpose: str, count: int) -> tuple[Tensor, Tensor]:
    """Random training images and their labels: `count`, less those that are there twice.

    They depend on the context's seed and the purpose alone.
    """
    train = context.data.train
    generator = torch.Generator().manual_seed(derive(context.seed, purpose))
    rows = torch.randperm(len(train), generator=generator)[:count]
    images, labels = train[_distinct(train.pixels, rows).to(train.labels.device)]
    return images.to(context.device), labels.to(context.device)


def _distinct(pixels: Tensor, rows: Tensor) -> Tensor:
    """Those rows whose images differ from all before them."""
    seen: dict[bytes, int] = {}
    for row in rows.tolist():
        seen.setdefault(pixels[row].cpu().numpy().tobytes(), row)
    return torch.tensor(list(seen.values()))
