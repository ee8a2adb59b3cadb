"""Scores by a few steps of ordinary training: the control that learns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.api import Program
from smashdsl.backends.module import Function
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet.calibrate import in_batches
from smashdsl.hypernet.step import arranged
from smashdsl.plan import Plan, regularised
from smashdsl.scoring.images import Images
from smashdsl.scoring.initial import fixed_filters, initial_weights
from smashdsl.scoring.network import Network, likelihoods
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.value import Value
from smashdsl.training.augment import usual
from smashdsl.training.batches import Batches
from smashdsl.training.fit import OWN, FitSettings
from smashdsl.training.optimise import cosine, descend, parameter_groups, set_factor
from smashdsl.training.seeds import derive

CALIBRATION = 1000  # training images from which the statistics of batch normalisation are
VALIDATION = 5000  # images at most
EVALUATION = 128  # images at a time


class ShortTraining:
    """The mean log-likelihood of validation images after `steps` steps of SGD.

    Settings are those of ordinary training, a program's own ones included, with the whole schedule
    within these steps; batches of a program's own size as well. Initial weights, batches and
    augmentation are the same for all programs.
    """

    def __init__(self, context: Context, steps: int) -> None:
        data = context.data
        self._steps, self._seed, self._device = steps, context.seed, context.device
        self._train = data.train.to(context.device)
        self._augmentation = usual(data)
        self._calibration = in_batches(self._train.first(CALIBRATION).images)
        self._images = Images(data.validation.to(context.device), context.seed)
        self.validation = min(VALIDATION, len(self._images))

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        settings = _settings(program)
        batches = Batches(self._train, settings.batch_size, derive(self._seed, "sgd"))
        looked = self._steps * len(batches[0][1]) + sum(map(len, self._calibration))
        try:
            with torch.random.fork_rng(devices=[]):
                weights = self._trained(program, settings, batches)
        except SmashError:  # the loss was not finite
            return Value(-math.inf, math.inf, 1.0, looked)
        return self._evaluated(program.plan, weights, looked)

    def _trained(self, program: Program, settings: FitSettings,
                 batches: Batches) -> dict[str, Tensor]:  # fmt: skip
        train = program.train
        plan = regularised(program.plan, train.get("drop_path", 0), train.get("dropout", 0))
        weights = initial_weights(plan, self._seed, self._device)
        fixed = fixed_filters(plan)
        weights |= {name: nn.Parameter(weights[name]) for name in weights if name not in fixed}
        optimizer = _optimizer(weights, settings)
        function = Function(plan)
        for step in range(self._steps):
            seed = derive(self._seed, "sgd step", step)
            torch.manual_seed(seed)
            images, labels = batches[step]
            images = self._augmentation(images, torch.Generator().manual_seed(seed))
            set_factor(optimizer, cosine(step, self._steps, round(settings.warmup * self._steps)))
            logits = function(arranged(images, plan), weights)
            loss = functional.cross_entropy(
                logits, labels, label_smoothing=settings.label_smoothing
            )
            if not loss.requires_grad:
                break
            descend(loss, optimizer, settings.clip, step)
        return {name: weight.detach() for name, weight in weights.items()}

    def _evaluated(self, plan: Plan, weights: Mapping[str, Tensor], looked: int) -> Value:
        network = Network(plan, weights, self._calibration)
        found, wrong = [], 0
        for images, labels in self._images.batches(0, self.validation, EVALUATION):
            values, missed = likelihoods(network(images), labels)
            found.append(values)
            wrong += missed
        return Value.mean_of(np.concatenate(found), wrong, looked + self.validation)


def _settings(program: Program) -> FitSettings:
    own: dict[str, Any] = {OWN[name]: value for name, value in program.train.items() if name in OWN}
    return FitSettings(**own)


def _optimizer(weights: Mapping[str, Tensor], settings: FitSettings) -> torch.optim.Optimizer:
    trained = [weight for weight in weights.values() if isinstance(weight, nn.Parameter)]
    groups = parameter_groups(trained, settings.learning_rate, settings.weight_decay)
    momentum = settings.momentum
    return torch.optim.SGD(groups, momentum=momentum, nesterov=momentum > 0, fused=True)
