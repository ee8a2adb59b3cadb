"""Ordinary training of one network on one data set.

Takes a module that maps images to logits; trains it in place. On a CPU with a fixed number of
threads the result is the same to the last bit, however often the run was stopped and resumed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.training import checkpoint as checkpoints
from smashdsl.training.augment import NONE, SHIFT, usual
from smashdsl.training.batches import Batches
from smashdsl.training.data import Dataset
from smashdsl.training.devices import half_precision, mixed
from smashdsl.training.evaluate import Score, evaluate, evaluating
from smashdsl.training.interrupt import never
from smashdsl.training.loop import drive
from smashdsl.training.memory_format import is_grouped, safe_channels_last
from smashdsl.training.optimise import cosine, descend, parameter_groups, set_factor
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.ranges import require_range
from smashdsl.training.seeds import derive

OPTIMIZERS = ("sgd", "adamw")
GLANCE = 2000  # held-out examples that are looked at after an epoch
OWN = {
    "lr": "learning_rate", **{name: name for name in (
        "weight_decay", "momentum", "label_smoothing", "warmup", "batch_size", "epochs")},
}  # fmt: skip
"""What the settings of a program's `train` part are called here, those that do not change the
network."""


@dataclass(frozen=True)
class FitSettings:
    """How to train.

    `optimizer` is `sgd` (with Nesterov momentum) or `adamw`; `warmup` the share of the steps in
    which the learning rate rises; `clip` the largest norm of the gradient; `augment` shifts and
    mirrors images as is usual for the data, by at most `shift` of their smallest side, and hides
    squares of `cutout` of that side. `mixed_precision` uses bfloat16 on GPUs, in training alone.
    All that is left to chance comes from `seed`.
    """

    epochs: int = 30
    batch_size: int = 128
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup: float = 0.1
    label_smoothing: float = 0.1
    clip: float = 5.0
    augment: bool = True
    shift: float = SHIFT
    cutout: float = 0.0
    mixed_precision: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                unit = name.removesuffix("s")
                raise ValueError(f"training needs at least 1 {unit}, not {getattr(self, name)}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"the optimiser must be sgd or adamw, not {self.optimizer!r}")
        require_range(self, "learning_rate clip", 0, above=True)
        require_range(self, "weight_decay", 0)
        require_range(self, "momentum", 0, 1, below=True)
        require_range(self, "warmup label_smoothing shift cutout", 0, 1)


@dataclass(frozen=True)
class Epoch:
    """What happened in an epoch: the mean training loss, and the accuracy on held-out data, of
    which at most `GLANCE` examples are looked at."""

    epoch: int
    loss: float
    accuracy: float
    learning_rate: float


@dataclass(frozen=True)
class FitResult:
    """The course of training, and the last scores; `test` only where it was asked for."""

    history: tuple[Epoch, ...]
    validation: Score
    test: Score | None = None


def fit(
    module: nn.Module,
    data: Dataset,
    settings: FitSettings | None = None,
    *,
    device: torch.device | str = "cpu",
    checkpoint: Path | None = None,
    identity: str = "",
    test: bool = False,
    progress: Progress | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    pause: Callable[[], bool] = never,
) -> FitResult:
    """Train a module in place and score it.

    Args:
        module: maps images `(n, *data.shape)` to logits `(n, data.classes)`.
        data: trains on `train`, reports on `validation`; `test` is left alone unless asked for.
        settings: how to train.
        device: where to train; module and data are moved there.
        checkpoint: a file to resume from if it exists, written every half minute, when the user
            interrupts and at the end.
        identity: what is trained, such as the program's hash: a checkpoint of something else is
            refused.
        test: also score on the test images, once, at the end.
        progress: is told about every step.
        on_epoch: is called after every epoch.
        pause: is asked after every step whether to stop, as if the user had interrupted.

    Raises:
        SmashError: E92x and E94x, about the checkpoint or a loss that is not finite.
        KeyboardInterrupt: the user stopped it, or `pause` did; the checkpoint is up to date.
    """
    settings = settings or FitSettings()
    module.to(device)
    data = data.to(device)
    if test:
        _ = data.test.pixels  # so that what is wrong with them shows before training
    progress = progress or Silent()
    half = half_precision(device) if settings.mixed_precision else None
    run = _Run(module, data, settings, half, checkpoint, identity, on_epoch, progress.tell, pause)
    drive(run, "training", progress, device)
    with evaluating(module):
        validation = evaluate(run.forward, data.validation)
        final = evaluate(run.forward, data.test) if test else None
    return FitResult(tuple(run.history), validation, final)


class _Run:
    """The state of one training run."""

    def __init__(self, module: nn.Module, data: Dataset, settings: FitSettings,
                 half: torch.dtype | None, path: Path | None, identity: str,
                 on_epoch: Callable[[Epoch], None] | None,
                 tell: checkpoints.Tell, pause: Callable[[], bool]) -> None:  # fmt: skip
        self.half, self.pause, self.grouped = half, pause, is_grouped(module)
        self.module, self.data, self.settings, self.on_epoch = module, data, settings, on_epoch
        self.batches = Batches(data.train, settings.batch_size, derive(settings.seed, "fit"))
        self.glance = data.validation.first(GLANCE)
        self.augmentation = (
            usual(data, settings.shift, settings.cutout) if settings.augment else NONE
        )
        self.optimizer = _optimizer(module, settings)
        self.steps = settings.epochs * self.batches.per_epoch
        self.step = 0
        self.loss_sum = 0.0
        self.history: list[Epoch] = []
        self.identity = {"identity": identity, "settings": dataclasses.asdict(settings),
                         "data": data.facts()}  # fmt: skip
        self.saver = checkpoints.Saver(path)
        if path is not None and checkpoints.exists(path):
            self.resume(path, tell)

    def resume(self, path: Path, tell: checkpoints.Tell) -> None:
        needs = ("step", "loss_sum", "history")
        tensors, facts = checkpoints.load(path, needs, tell, self.identity)
        checkpoints.restore(path, tensors, self.module, self.optimizer)
        self.step, self.loss_sum = facts["step"], facts["loss_sum"]
        self.history = [Epoch(**entry) for entry in facts["history"]]

    def facts(self) -> dict[str, Any]:
        history = [dataclasses.asdict(epoch) for epoch in self.history]
        return {**self.identity, "step": self.step, "loss_sum": self.loss_sum, "history": history}

    def advance(self) -> str:
        loss = self.one_step()
        if self.step % self.batches.per_epoch == 0:
            self.finish_epoch()
            if self.on_epoch:
                self.on_epoch(self.history[-1])
        shown = f"loss {loss:.3f}"
        return f"{shown}, accuracy {self.history[-1].accuracy:.1%}" if self.history else shown

    def save(self, *, now: bool) -> None:
        self.saver(self.tensors, self.facts, now=now)

    def tensors(self) -> dict[str, Tensor]:
        return {
            **checkpoints.model_tensors(self.module),
            **checkpoints.optimizer_tensors(self.optimizer),
        }

    def agreed(self, stop: bool) -> bool:
        return stop or self.pause()

    def one_step(self) -> float:
        settings, step = self.settings, self.step
        seed = derive(settings.seed, "step", step)
        torch.manual_seed(seed)
        images, labels = self.batches[step]
        images = self.augmentation(images, torch.Generator().manual_seed(seed))
        set_factor(self.optimizer, self.factor(step))
        self.module.train()
        logits = mixed(self.forward, images, self.half)
        loss = functional.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
        value = descend(loss, self.optimizer, settings.clip, step)
        self.loss_sum += value
        self.step += 1
        return value

    def forward(self, images: Tensor) -> Tensor:
        """Logits, of images in the memory format in which the module is fastest."""
        output: Tensor = self.module(safe_channels_last(images, self.grouped))
        return output

    def factor(self, step: int) -> float:
        return cosine(step, self.steps, round(self.settings.warmup * self.steps))

    def finish_epoch(self) -> None:
        with evaluating(self.module):
            score = evaluate(self.forward, self.glance)
        number = self.step // self.batches.per_epoch
        mean = self.loss_sum / self.batches.per_epoch
        rate = self.settings.learning_rate * self.factor(self.step - 1)
        self.history.append(Epoch(number, mean, score.accuracy, rate))
        self.loss_sum = 0.0


def _optimizer(module: nn.Module, settings: FitSettings) -> torch.optim.Optimizer:
    groups = parameter_groups(module.parameters(), settings.learning_rate, settings.weight_decay)
    if settings.optimizer == "sgd":
        momentum = settings.momentum
        return torch.optim.SGD(groups, momentum=momentum, nesterov=momentum > 0, fused=True)
    return torch.optim.AdamW(groups, fused=True)
