"""Networks with given weights, ready to be evaluated without modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from smashdsl.backends.module import Function
from smashdsl.hypernet.step import arranged
from smashdsl.plan import Plan
from smashdsl.scoring.value import Numbers


class Network:
    """The network of a plan with some weights, in evaluation.

    What `build_module`, `calibrate` and `eval` give, without modules, which would cost as much as
    running a small network does.

    Args:
        plan: of the network.
        weights: a tensor for every slot of the plan, by its full name.
        calibration: batches of images `(n, *input)`; statistics of batch normalisation are the
            averages of theirs.
    """

    def __init__(self, plan: Plan, weights: Mapping[str, Tensor],
                 calibration: Sequence[Tensor]) -> None:  # fmt: skip
        self._plan, self._function = plan, Function(plan, statistics=True)
        self._weights = dict(weights)
        self._weights |= self._statistics(calibration)

    @torch.no_grad()
    def __call__(self, images: Tensor) -> Tensor:
        """Logits `(n, classes)`."""
        return self._function(arranged(images, self._plan), self._weights, training=False)

    @torch.no_grad()
    def _statistics(self, calibration: Sequence[Tensor]) -> dict[str, Tensor]:
        norms = self._function.norms
        if not norms:
            return {}
        found = []
        for images in calibration:
            batch = {name: images.new_zeros(channels) for name, channels in norms.items()}
            given = self._weights | batch
            self._function(arranged(images, self._plan), given, training=False, collect=True)
            found.append(batch)
        return {name: torch.stack([each[name] for each in found]).mean(0) for name in norms}


def likelihoods(logits: Tensor, labels: Tensor) -> tuple[Numbers, int]:
    """The log-likelihood of each label, `(n,)`, and how many labels are not the likeliest."""
    values = -functional.cross_entropy(logits.double(), labels, reduction="none")
    wrong = int((logits.argmax(1) != labels).sum())
    return values.float().cpu().numpy().astype(np.float32, copy=False), wrong
