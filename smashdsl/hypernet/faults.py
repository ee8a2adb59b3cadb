"""Which architecture and which layer made a number that is not finite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from smashdsl.backends.module import Function
from smashdsl.files import make_folder, write_atomic
from smashdsl.hypernet.architecture import Architecture
from smashdsl.hypernet.step import Leaves, Recipe, arranged, loss_of
from smashdsl.hypernet.supernet import Supernet
from smashdsl.plan import Step

FOLDER = "diverged"


@dataclass(frozen=True)
class Fault:
    """`place` is the path of the layer or weight at fault; `where` says what was not finite."""

    architecture: Architecture
    place: str
    where: str


def find_fault(supernet: Supernet, architectures: list[Architecture], images: Tensor,
               labels: Tensor, recipe: Recipe) -> Fault | None:  # fmt: skip
    """The first thing in these architectures that is not finite: a weight, the output of a step,
    or the gradient of a weight; None where all is well."""
    for architecture, entries in zip(architectures, supernet.generate(architectures), strict=True):
        weights = Leaves(supernet, architecture, entries).weights
        for weight in weights.values():
            if not weight.is_leaf:
                weight.retain_grad()
        for name, weight in weights.items():
            if not weight.isfinite().all():
                return Fault(architecture, name, "the weight")
        found: list[str] = []

        def watch(step: Step, value: Tensor, found: list[str] = found) -> None:
            if not found and not value.isfinite().all():
                found.append(step.path)

        plan = architecture.plan
        logits = Function(plan)(arranged(images, plan), weights, watch=watch)
        if found:
            return Fault(architecture, found[0], "the output")
        loss_of(logits, labels, recipe, architecture).backward()  # type: ignore[no-untyped-call]
        for name in reversed(list(weights)):
            gradient = weights[name].grad
            if gradient is not None and not gradient.isfinite().all():
                return Fault(architecture, name, "the gradient")
    return None


def fault_path(folder: Path, step: int) -> Path:
    """Where the architecture at fault in a step is kept."""
    return folder / FOLDER / f"step-{step + 1:06}.smash"


def save_fault(fault: Fault, step: int, path: Path) -> None:
    """Write the architecture at fault where it can be looked at and run again."""
    make_folder(path.parent)
    about = f"# In step {step + 1}, {fault.where} of {fault.place} was not finite.\n"
    write_atomic(path, about + fault.architecture.text)
