"""One-shot training: a new random architecture each step, one set of weights for all of them.

Takes a space and data; gives a `OneShot` that scores any program of the space with generated
weights (Brock et al. 2017, algorithm 1). On a CPU with a fixed number of threads the result is the
same to the last bit, however often the run was stopped and resumed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.func import functional_call
from torch.fx import GraphModule
from torch.nn import functional

from smashdsl.backends.module import build_module
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training import checkpoint as checkpoints
from smashdsl.training.augment import NONE, usual
from smashdsl.training.batches import Batches
from smashdsl.training.data import Dataset, require_match
from smashdsl.training.evaluate import Score, evaluate
from smashdsl.training.loop import drive
from smashdsl.training.optimise import adopt, cosine, descend, parameter_groups, set_factor
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.seeds import derive

if TYPE_CHECKING:
    from smashdsl.api import Program, Space

CHECKPOINT = "hypernet.safetensors"


@dataclass(frozen=True)
class OneShotSettings:
    """How to train the HyperNet and how to score with it.

    `learning_rate` is that of the weights that are learned directly (of unit variance, so it is a
    relative one), `hypernet_rate` the HyperNet's: were it as high, the HyperNet would learn one
    filter for all architectures long before it could tell them apart. `warmup` is the share of the
    steps in which both rise, `clip` the largest norm of the gradient.

    Scores use statistics from `calibration` training images and the likelihood of `validation`
    held-out ones, the same for every architecture. All that is left to chance comes from `seed`.
    """

    steps: int = 1000
    batch_size: int = 64
    learning_rate: float = 0.1
    hypernet_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup: float = 0.05
    label_smoothing: float = 0.1
    clip: float = 1.0
    augment: bool = True
    calibration: int = 512
    validation: int = 2000
    hypernet: HyperNetSettings = field(default_factory=HyperNetSettings)
    seed: int = 0


@dataclass(frozen=True, eq=False)
class OneShot:
    """Trained weights of a space, with what it takes to score: see `OneShotSettings`."""

    supernet: Supernet
    data: Dataset
    settings: OneShotSettings

    def network(self, program: Program) -> GraphModule:
        """A program with its weights: exactly the function that `score` scores."""
        images = self.data.train.first(self.settings.calibration).images
        return self.supernet.network(program, images)

    def score(self, program: Program) -> Score:
        """How well a program does on held-out images with these weights."""
        return evaluate(self.network(program), self.data.validation.first(self.settings.validation))


def train_hypernet(
    space: Space,
    data: Dataset,
    settings: OneShotSettings | None = None,
    run_dir: Path | None = None,
    progress: Progress | None = None,
    device: torch.device | str = "cpu",
) -> OneShot:
    """Train the weights of a space.

    Args:
        space: architectures of step `t` are `space.sample` of a seed made from the run's and `t`.
        data: must fit the space; `test` is not touched.
        settings: how to train and score.
        run_dir: an existing folder that holds the checkpoint: resumed from if it is there, written
            every half minute, when the user interrupts and at the end.
        progress: is told about every step.
        device: where to train.

    Raises:
        SmashError: E937 the data do not fit; E92x and E94x about the checkpoint or a loss that is
            not finite; E702 the space yields no sample.
        KeyboardInterrupt: the user stopped it; the checkpoint is up to date.
    """
    settings = settings or OneShotSettings()
    run = _Run(space, data.to(device), settings, run_dir / CHECKPOINT if run_dir else None, device)
    drive(run, "training the HyperNet", progress or Silent(), device)
    run.supernet.requires_grad_(False)
    return OneShot(run.supernet, run.data, settings)


def load_hypernet(
    space: Space,
    data: Dataset,
    settings: OneShotSettings,
    run_dir: Path,
    device: torch.device | str = "cpu",
) -> OneShot:
    """The weights that a run has trained so far.

    Raises:
        SmashError: E923 there is no checkpoint, E940 it is damaged, E941 it is of another run.
    """
    supernet = Supernet(space.layout, settings.hypernet, settings.seed).to(device)
    path = run_dir / CHECKPOINT
    tensors, _ = _read(path, supernet, _identity(space, data, settings))
    checkpoints.restore(path, tensors, supernet)
    return OneShot(supernet.requires_grad_(False), data.to(device), settings)


def _read(path: Path, supernet: Supernet, identity: Mapping[str, Any]) -> tuple[Any, Any]:
    """A checkpoint's tensors and facts; the supernet gets room for them in the saved order."""
    tensors, facts = checkpoints.load(path, needs=("step", "bank"))
    checkpoints.require_same(path, facts, identity)
    for key, shape in facts["bank"]:
        supernet.bank.whole(key, tuple(shape))
    return tensors, facts


def _identity(space: Space, data: Dataset, settings: OneShotSettings) -> dict[str, Any]:
    return {
        "space": space.hash,
        "encoding": space.layout.hash,
        "settings": dataclasses.asdict(settings),
        "data": data.facts(),
    }


class _Run:
    """The state of one-shot training."""

    def __init__(self, space: Space, data: Dataset, settings: OneShotSettings, path: Path | None,
                 device: torch.device | str) -> None:  # fmt: skip
        if settings.steps < 1:
            raise ValueError(f"training needs at least 1 step, not {settings.steps}")
        self.space, self.data, self.settings, self.device = space, data, settings, device
        require_match(data, self.architecture(0).plan)
        self.supernet = Supernet(space.layout, settings.hypernet, settings.seed).to(device)
        self.step, self.steps = 0, settings.steps
        self.batches = Batches(data.train, settings.batch_size, derive(settings.seed, "oneshot"))
        self.augmentation = usual(data) if settings.augment else NONE
        self.recent: list[float] = []
        self.identity = _identity(space, data, settings)
        self.saver = checkpoints.Saver(path)
        saved = path if path is not None and path.exists() else None
        if saved:
            tensors, facts = _read(saved, self.supernet, self.identity)
            self.step = facts["step"]
        self.optimizer = self.make_optimizer()
        if saved:
            checkpoints.restore(saved, tensors, self.supernet, self.optimizer)

    def make_optimizer(self) -> torch.optim.Optimizer:
        settings = self.settings
        hypernet, bank = (
            parameter_groups(part.parameters(), rate, settings.weight_decay)
            for part, rate in (
                (self.supernet.hypernet, settings.hypernet_rate),
                (self.supernet.bank, settings.learning_rate),
            )
        )
        return torch.optim.AdamW([*hypernet, *bank])

    def save(self, *, now: bool) -> None:
        self.saver(self.supernet, self.optimizer, self.facts, now=now)

    def facts(self) -> dict[str, Any]:
        shapes = [(key, list(tensor.shape)) for key, tensor in self.supernet.bank.items()]
        return {**self.identity, "step": self.step, "bank": shapes}

    def architecture(self, step: int) -> Program:
        return self.space.sample(derive(self.settings.seed, "architecture", step))

    def advance(self) -> str:
        settings, step = self.settings, self.step
        warmup = round(settings.warmup * self.steps)
        set_factor(self.optimizer, cosine(step, self.steps, warmup))
        value = descend(self.loss(step), self.optimizer, settings.clip, step)
        self.step += 1
        self.recent = [*self.recent[-19:], value]
        return f"loss {sum(self.recent) / len(self.recent):.3f}"

    def loss(self, step: int) -> Tensor:
        seed = derive(self.settings.seed, "step", step)
        torch.manual_seed(seed)
        images, labels = self.batches[step]
        images = self.augmentation(images, torch.Generator().manual_seed(seed))
        program = self.architecture(step)
        weights = self.supernet(program)
        adopt(self.optimizer.param_groups[2:], self.supernet.bank.parameters())
        module = build_module(program.plan, init=False).to(self.device).train()
        logits = functional_call(module, weights, (images,))
        return functional.cross_entropy(
            logits, labels, label_smoothing=self.settings.label_smoothing
        )
