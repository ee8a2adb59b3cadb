"""How training goes: its speed, where the time goes, and how fixed architectures do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from smashdsl.backends.module import Function
from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.clock import Clock
from smashdsl.hypernet.settings import OneShotSettings
from smashdsl.hypernet.step import arranged
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training.data import Dataset
from smashdsl.training.seeds import derive

if TYPE_CHECKING:
    from smashdsl.api import Space


class Pace(Clock):
    """Seconds by purpose since a step."""

    def __init__(self, step: int, settings: OneShotSettings,
                 device: torch.device | str) -> None:  # fmt: skip
        super().__init__(device)
        self._step, self._settings, self._start = step, settings, time.perf_counter()

    def facts(self, step: int) -> dict[str, Any]:
        """What the journal says of the pace up to a step."""
        elapsed = max(time.perf_counter() - self._start, 1e-9)
        settings = self._settings
        ran = (step - self._step) * settings.archs_per_step * settings.replicas
        return {
            "images_per_second": ran * settings.batch_size / elapsed,
            "architectures_per_second": ran / elapsed,
            **{f"share_{name}": seconds / elapsed for name, seconds in self.seconds.items()},
        }


class Probes:
    """Fixed architectures, whose held-out loss tells how the weights of a space come along."""

    def __init__(self, space: Space, data: Dataset, settings: OneShotSettings) -> None:
        self._architectures = [
            prepare(space.sample(derive(settings.seed, "probe", number)))
            for number in range(settings.probes)
        ]
        self._images, self._labels = data.validation.first(settings.probe_images)[:]

    @torch.no_grad()
    def facts(self, supernet: Supernet) -> dict[str, Any]:
        """Their losses, with the statistics of their batch."""
        start = time.perf_counter()
        made = supernet.generate(self._architectures)
        losses = []
        for probe, entries in zip(self._architectures, made, strict=True):
            weights = supernet.weights(probe, entries)
            images = arranged(self._images, probe.plan)
            logits = Function(probe.plan)(images, weights, training=False)
            losses.append(functional.cross_entropy(logits, self._labels).item())
        return {
            "probe_loss": sum(losses) / len(losses), "probe_losses": losses,
            "probe_seconds": time.perf_counter() - start,
        }  # fmt: skip
