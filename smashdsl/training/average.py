"""An exponential moving average of weights."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class MovingAverage:
    """The average of a module's parameters and buffers over its recent steps.

    `decay` is the weight of the past in each step; in the first steps it is lower, so that the
    first values are soon forgotten: at most (1 + t) / (10 + t) in step t.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        if not 0 < decay < 1:
            raise ValueError(f"the decay must lie between 0 and 1, not {decay}")
        self.decay = decay
        self._module = module
        self.tensors = {name: tensor.clone() for name, tensor in module.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the module's state after a step, counted from 0."""
        weight = 1 - min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.tensors.values()),
                             list(self._module.state_dict().values()), weight)  # fmt: skip

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a saved average."""
        for name, tensor in self.tensors.items():
            tensor.copy_(tensors[name])
