"""The state of one-shot training, step by step."""

from __future__ import annotations

import dataclasses
import math
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from smashdsl.files import fail
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.faults import Fault, fault_path, find_fault, save_fault
from smashdsl.hypernet.feed import feed
from smashdsl.hypernet.pace import Pace, Probes
from smashdsl.hypernet.proposals import Proposals
from smashdsl.hypernet.settings import OneShotSettings
from smashdsl.hypernet.step import Recipe, Totals, accumulate
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training import checkpoint as checkpoints
from smashdsl.training.augment import NONE, usual
from smashdsl.training.average import MovingAverage
from smashdsl.training.batches import Batches
from smashdsl.training.data import Dataset, require_match
from smashdsl.training.devices import half_precision
from smashdsl.training.journal import Journal
from smashdsl.training.optimise import cosine, parameter_groups, set_factor
from smashdsl.training.seeds import derive
from smashdsl.training.world import World

if TYPE_CHECKING:
    from smashdsl.api import Space

CHECKPOINT = "hypernet.safetensors"
JOURNAL = "train.jsonl"
BETWEEN_LINES = 20  # steps that a line of the journal sums up
MOST_SKIPPED = 10
FREE = ("workers", "probes", "probe_every", "probe_images")  # settings that change no weight


def identity(space: Space, data: Dataset, settings: OneShotSettings) -> dict[str, Any]:
    """What a checkpoint must have been made with to be gone on from."""
    facts = dataclasses.asdict(settings)
    for name in FREE:
        facts.pop(name)
    return {"space": space.hash, "encoding": space.layout.hash, "settings": facts,
            "data": data.facts()}  # fmt: skip


class OneShotRun(AbstractContextManager["OneShotRun"]):
    """Training that goes on from wherever it is; see `train_hypernet` for the arguments."""

    def __init__(self, space: Space, data: Dataset, settings: OneShotSettings,
                 folder: Path | None, device: torch.device | str, world: World,
                 tell: checkpoints.Tell, save_every: float, tensorboard: bool) -> None:  # fmt: skip
        self.space, self.data, self.settings, self.device = space, data, settings, device
        self.world, self.folder, self.tell = world, folder, tell
        require_match(data, space.sample(0).plan)
        self.steps, self.step, self.skipped = settings.steps, 0, 0
        self.recent: list[float] = []  # losses
        self.supernet = Supernet(space.layout, settings.hypernet, settings.seed,
                                 settings.control).to(device)  # fmt: skip
        self.optimizer = self._make_optimizer()
        self.average = MovingAverage(self.supernet, settings.average) if settings.average else None
        self.identity = identity(space, data, settings)
        path = folder / CHECKPOINT if folder else None
        self.saver = checkpoints.Saver(path if world.first else None, save_every)
        if path is not None and checkpoints.exists(path):
            self._resume(path)
        world.require_same(self.step, device)
        self.batches = Batches(data.train, settings.batch_size, derive(settings.seed, "batches"))
        self.augmentation = usual(data) if settings.augment else NONE
        half = half_precision(device) if settings.mixed_precision else None
        self.recipe = Recipe(settings.label_smoothing, settings.teach, settings.filter_decay, half)
        self.proposals = Proposals(space, settings.proposals, settings.archs_per_step,
                                   settings.seed)  # fmt: skip
        self.architectures = feed(self.proposals, self._numbers(), settings.workers, self.tell)
        probing = world.first and settings.probes and settings.probe_every
        self.probes = Probes(space, data, settings) if probing else None
        log = folder if world.first else None
        self.journal = Journal(log and log / JOURNAL, self.step,
                               log / "tensorboard" if log and tensorboard else None)  # fmt: skip
        self.clock = Pace(self.step, settings, self.device)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.journal.close()
        self.architectures.close()  # ends its workers

    def _make_optimizer(self) -> torch.optim.Optimizer:
        settings = self.settings
        parts = [(self.supernet.bank, settings.learning_rate)]
        if self.supernet.hypernet is not None:
            parts.append((self.supernet.hypernet, settings.hypernet_rate))  # type: ignore[arg-type]
        groups = [
            group
            for part, rate in parts
            for group in parameter_groups(part.parameters(), rate, settings.weight_decay)
        ]
        return torch.optim.AdamW(groups, fused=True)

    def _resume(self, path: Path) -> None:
        needs = ("step", "recent", "skipped")
        tensors, facts = checkpoints.load(path, needs, self.tell, self.identity)
        checkpoints.restore(path, tensors, self.supernet, self.optimizer)
        if self.average is not None:
            self.average.load(checkpoints.under(tensors, "average."))
        self.step, self.recent, self.skipped = (facts[name] for name in needs)

    def _numbers(self) -> list[int]:
        """The numbers of all architectures that this process has yet to run."""
        replicas, each = self.settings.replicas, self.settings.archs_per_step
        return [
            (step * replicas + replica) * each + place
            for step in range(self.step, self.steps)
            for replica in self.world.mine(replicas)
            for place in range(each)
        ]

    def trained(self) -> Supernet:
        """The weights that score."""
        if self.average is not None:
            self.supernet.load_state_dict(self.average.tensors)
        return self.supernet.requires_grad_(False)

    # A step --------------------------------------------------------------------------------

    def advance(self) -> str:
        """Do the next step."""
        losses, groups = [], []
        totals = Totals(self.supernet)
        for replica in self.world.mine(self.settings.replicas):
            group = self._group(replica)
            groups.append(group)
            losses += self._gradients(replica, *group)
            totals.add()
        totals.put_back()
        self._update(torch.stack(losses), groups)
        self.step += 1
        self._note()
        return f"loss {sum(self.recent) / max(len(self.recent), 1):.3f}"

    def _group(self, replica: int) -> tuple[list[Architecture], Tensor, Tensor]:
        """A replica's architectures, images and labels."""
        settings = self.settings
        with self.clock("sampling"):
            group = [next(self.architectures) for _ in range(settings.archs_per_step)]
        with self.clock("images"):
            images, labels = self.batches[self.step * settings.replicas + replica]
            seed = derive(settings.seed, "augment", self.step, replica)
            images = self.augmentation(images, torch.Generator().manual_seed(seed))
        return group, images, labels

    def _gradients(self, replica: int, group: list[Architecture], images: Tensor,
                   labels: Tensor) -> list[Tensor]:  # fmt: skip
        settings = self.settings
        return accumulate(
            self.supernet, group, images, labels, self.recipe,
            derive(settings.seed, "step", self.step, replica) >> 8,
            1 / (settings.replicas * settings.archs_per_step), self.clock,
        )  # fmt: skip

    def _update(self, losses: Tensor, groups: list[Any]) -> None:
        settings = self.settings
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        with self.clock("exchange"):
            loss = self.world.sum_gradients(parameters, losses.sum()[None]).item()
        loss /= settings.replicas * settings.archs_per_step
        with self.clock("optimiser"):
            norm = torch.nn.utils.clip_grad_norm_(parameters, settings.clip).item()
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self._diverged(loss, groups)
                return
            set_factor(self.optimizer, self._factor(self.step))
            self.optimizer.step()
            if self.average is not None:
                self.average.update(self.step)
        self.skipped = 0
        self.recent = [*self.recent[-19:], loss]

    def _diverged(self, loss: float, groups: list[Any]) -> None:
        """Name what made a number that is not finite; go on or stop, as asked. All processes come
        here, and one of them knows what it was."""
        self.supernet.zero_grad(set_to_none=True)
        fault = self._fault(groups)
        says = f", where {fault.where} of `{fault.place}` is not finite" if fault else ""
        told = self.world.texts(says, self.device)
        message = f"training diverged: the loss is {loss} in step {self.step + 1}"
        message += next(filter(None, told), "")
        if any(told) and self.folder is not None:
            path = fault_path(self.folder, self.step)
            message += f" (see `{path}`)"
            if fault is not None and not any(told[: self.world.rank]):
                save_fault(fault, self.step, path)
        self.skipped += 1
        if self.settings.on_nan == "stop" or self.skipped >= MOST_SKIPPED:
            raise self.world.common(fail("E942", message, "use a lower learning rate"))
        self.tell(f"{message}; the step is skipped")

    def _fault(self, groups: list[Any]) -> Fault | None:
        """The first one in this process's networks."""
        found = (
            find_fault(self.supernet, architectures, images, labels, self.recipe)
            for architectures, images, labels in groups
        )
        try:
            return next(filter(None, found), None)
        finally:
            self.supernet.zero_grad(set_to_none=True)

    # Notes ---------------------------------------------------------------------------------

    def _note(self) -> None:
        """Write a line of the journal if it is time."""
        settings = self.settings
        probed = settings.probe_every and self.step % settings.probe_every == 0
        last = self.step == self.steps
        if not (self.step % BETWEEN_LINES == 0 or probed or last):
            return
        facts = {
            "loss": sum(self.recent) / len(self.recent) if self.recent else None,
            "learning_rate_factor": self._factor(self.step - 1),
            **self.clock.facts(self.step),
        }
        if self.probes is not None and (probed or last):
            facts |= self.probes.facts(self.supernet)
        self.journal.write(self.step, facts)
        self.clock = Pace(self.step, settings, self.device)

    def _factor(self, step: int) -> float:
        return cosine(step, self.steps, round(self.settings.warmup * self.steps))

    # Checkpoints ---------------------------------------------------------------------------

    def save(self, *, now: bool) -> None:
        """Write a checkpoint if it is time, or `now`."""
        self.saver(self._tensors, self._facts, now=now)

    def _facts(self) -> dict[str, Any]:
        return {**self.identity, "step": self.step, "recent": self.recent,
                "skipped": self.skipped}  # fmt: skip

    def _tensors(self) -> dict[str, Tensor]:
        average = self.average.tensors if self.average is not None else {}
        found = {
            **checkpoints.model_tensors(self.supernet),
            **checkpoints.optimizer_tensors(self.optimizer),
            **{f"average.{name}": tensor for name, tensor in average.items()},
        }
        for name, tensor in found.items():
            if not tensor.isfinite().all():
                raise fail(
                    "E942", f"training diverged: `{name}` is not finite after step {self.step}",
                    "use a lower learning rate",
                )  # fmt: skip
        return found

    def agreed(self, stop: bool) -> bool:
        """Whether any process is asked to stop."""
        return self.world.any(stop, self.device)
