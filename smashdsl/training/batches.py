"""Which images make up the batch of a step."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from smashdsl.training.data import Split
from smashdsl.training.seeds import derive


class Batches:
    """Batches by step number: every epoch is a new order of the whole split, and what does not
    fill the last batch is left out of it. A batch depends on the seed and the step alone."""

    def __init__(self, split: Split, size: int, seed: int) -> None:
        if size < 1:
            raise ValueError(f"a batch needs at least 1 example, not {size}")
        self._split, self._seed = split, seed
        self._size = min(size, len(split))
        self.per_epoch = len(split) // self._size
        self._order = lru_cache(maxsize=1)(self._shuffled)

    def _shuffled(self, epoch: int) -> Tensor:
        generator = torch.Generator().manual_seed(derive(self._seed, "order", epoch))
        return torch.randperm(len(self._split), generator=generator).to(self._split.labels.device)

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        """Images and labels of a step, counted from 0 over all epochs."""
        epoch, index = divmod(step, self.per_epoch)
        rows = self._order(epoch)[index * self._size : (index + 1) * self._size]
        return self._split[rows]
