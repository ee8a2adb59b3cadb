"""With what the steps of a search are done: nothing that their results should depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from smashdsl.search.engines.engine import Engine, Local
from smashdsl.training.interrupt import never
from smashdsl.training.progress import Progress, Silent
from smashdsl.training.world import World


@dataclass(frozen=True)
class Resources:
    """`world`: the processes that train together. `save_every`: seconds between checkpoints of
    training. `tensorboard`: whether training also logs for TensorBoard. `engine`: where programs
    are scored and trained by themselves. `pause`: whether that training is to stop for now, as if
    the user had asked for it."""

    progress: Progress = field(default_factory=Silent)
    device: torch.device | str = "cpu"
    world: World = field(default_factory=World)
    save_every: float = 30.0
    tensorboard: bool = False
    engine: Engine = field(default_factory=Local)
    pause: Callable[[], bool] = never


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Torch computes with so many threads, and afterwards with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
