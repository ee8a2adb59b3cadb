"""One-shot training: new random architectures each step, one set of weights for all of them.

Takes a space and data; gives a `OneShot` that scores any program of the space with generated
weights (Brock et al. 2017, algorithm 1). On a CPU with a fixed number of threads the result is the
same to the last bit, however often the run was stopped and resumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.fx import GraphModule

from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.controls import corrupted
from smashdsl.hypernet.run import CHECKPOINT as CHECKPOINT
from smashdsl.hypernet.run import OneShotRun, identity
from smashdsl.hypernet.settings import OneShotSettings as OneShotSettings
from smashdsl.hypernet.supernet import Change, Supernet, Weights
from smashdsl.training import checkpoint as checkpoints
from smashdsl.training.data import Dataset
from smashdsl.training.evaluate import Score, evaluate
from smashdsl.training.loop import drive
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.world import World

if TYPE_CHECKING:
    from smashdsl.api import Program, Space


@dataclass(frozen=True, eq=False)
class OneShot:
    """Trained weights of a space, with what it takes to score: see `OneShotSettings`.

    `corrupt` names a field of the encoding of which the HyperNet is told something wrong (see
    `smashdsl.hypernet.controls`), to see what it is worth.
    """

    supernet: Supernet
    data: Dataset
    settings: OneShotSettings
    corrupt: str | None = None

    def network(self, program: Program) -> GraphModule:
        """A program with its weights: exactly the function that is scored."""
        return self.supernet.network(program, self.calibration, self._change())

    def score(self, program: Program) -> Score:
        """How well a program does on all held-out images with these weights."""
        return evaluate(self.network(program), self.data.validation)

    @cached_property
    def calibration(self) -> Tensor:
        """Training images, the same for every program, from which its statistics of batch
        normalisation are."""
        return self.data.train.first(self.settings.calibration).images

    @torch.no_grad()
    def weights(self, architectures: Sequence[Architecture]) -> list[Weights]:
        """A tensor for every slot of each architecture's plan, by its full name, made in one call
        of the HyperNet."""
        change = self._change()
        made = self.supernet.generate([change(each) if change else each for each in architectures])
        return [
            self.supernet.weights(architecture, entries)
            for architecture, entries in zip(architectures, made, strict=True)
        ]

    def _change(self) -> Change | None:
        field = self.corrupt
        if field is None:
            return None
        layout, seed = self.supernet.layout, self.settings.seed
        return lambda architecture: corrupted(architecture, layout, field, seed)


def train_hypernet(
    space: Space,
    data: Dataset,
    settings: OneShotSettings | None = None,
    run_dir: Path | None = None,
    progress: Progress | None = None,
    device: torch.device | str = "cpu",
    *,
    world: World | None = None,
    save_every: float = 30.0,
    tensorboard: bool = False,
) -> OneShot:
    """Train the weights of a space.

    Args:
        space: where architectures come from.
        data: must fit the space; `test` is not touched.
        settings: how to train and score.
        run_dir: an existing folder that holds the checkpoint: resumed from if it is there, written
            now and then, when the user interrupts and at the end. The journal `train.jsonl` is
            there too.
        progress: is told about every step.
        device: where to train.
        world: the processes that train together, each of which calls this.
        save_every: seconds between checkpoints.
        tensorboard: also log for TensorBoard, in the folder `tensorboard` of the run.

    Raises:
        SmashError: E937 the data do not fit; E92x and E94x about the checkpoint or a loss that is
            not finite; E702 the space yields no sample.
        KeyboardInterrupt: the user stopped it; the checkpoint is up to date.
        ValueError: settings out of range.
    """
    settings, progress = settings or OneShotSettings(), progress or Silent()
    run = OneShotRun(
        space, data.to(device), settings, run_dir, device, world or World(), progress.tell,
        save_every, tensorboard,
    )  # fmt: skip
    with run:
        drive(run, "training the HyperNet", progress, device)
    return OneShot(run.trained(), run.data, settings)


def load_hypernet(
    space: Space,
    data: Dataset,
    settings: OneShotSettings,
    run_dir: Path,
    device: torch.device | str = "cpu",
    corrupt: str | None = None,
) -> OneShot:
    """The weights that a run has trained so far.

    Raises:
        SmashError: E923 there is no checkpoint, E940 it is damaged, E941 it is of another run.
    """
    path = run_dir / CHECKPOINT
    wanted = identity(space, data, settings)
    tensors, _ = checkpoints.load(path, ("step",), lambda _: None, wanted)
    supernet = Supernet(space.layout, settings.hypernet, settings.seed, settings.control)
    checkpoints.restore(
        path, tensors, supernet, prefix="average." if settings.average else "model."
    )
    supernet.to(device).requires_grad_(False)
    return OneShot(supernet, data.to(device), settings, corrupt)
