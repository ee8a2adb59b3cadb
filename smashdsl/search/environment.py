"""What the last bits of results depend on, besides the seed and the settings."""

from __future__ import annotations

import dataclasses
import platform
from dataclasses import dataclass

import torch

from smashdsl.training.devices import device_name
from smashdsl.version import __version__


@dataclass(frozen=True)
class Environment:
    """Versions, the machine, and how it was used. `instructions` are the kind of vector
    instructions that torch uses on the CPU, `threads` those of each of the `processes`."""

    smashdsl: str
    python: str
    torch: str
    platform: str
    instructions: str
    device: str
    threads: int
    processes: int

    def differences(self, other: Environment) -> list[str]:
        """What is not the same in another one, in words."""
        return [
            f"{field.name} was {was}, and now is {now}"
            for field in dataclasses.fields(self)
            if (was := getattr(self, field.name)) != (now := getattr(other, field.name))
        ]


def here(device: torch.device | str, threads: int, processes: int = 1) -> Environment:
    """The environment of this process."""
    return Environment(
        __version__, platform.python_version(), torch.__version__, platform.platform(),
        torch.backends.cpu.get_cpu_capability(), device_name(device), threads, processes,
    )  # fmt: skip
