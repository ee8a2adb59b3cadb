"""Several processes that train one set of weights together.

Takes what `torchrun` (or any launcher that sets its environment variables) says; gives each process
its rank. A process by itself is a world of one, in which nothing is sent.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType

import torch
from torch import Tensor, distributed

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail


class Lost(SmashError):
    """Another process of the world has ended before its time, or is the one to say why all end."""


@dataclass(frozen=True)
class World(AbstractContextManager["World"]):
    """`rank` is that of this process among `size`."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and talks to people."""
        return self.rank == 0

    def mine(self, parts: int) -> range:
        """Which of so many parts of the work are this process's."""
        return range(self.rank, parts, self.size)

    def sum_gradients(self, parameters: Sequence[Tensor], others: Tensor) -> Tensor:
        """Replace every parameter's gradient by the sum over all processes, in one message.

        A parameter that no process has a gradient for keeps none. `others` are float32 numbers
        `(k,)` whose sums come back.

        Raises:
            Lost: another process has ended.
        """
        if self.size == 1:
            return others
        flags = torch.tensor([float(p.grad is not None) for p in parameters], device=others.device)
        parts = [others, flags]
        parts += [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters]
        message = torch.cat(parts)
        _sum(message)
        sizes = [len(others), len(flags), *(p.numel() for p in parameters)]
        others, flags, *sums = torch.split(message, sizes)
        for parameter, present, total in zip(parameters, flags.tolist(), sums, strict=True):
            parameter.grad = total.view_as(parameter) if present else None
        return others

    def any(self, flag: bool, device: torch.device | str) -> bool:
        """Whether the flag is set in any process; raises as `sum_gradients`."""
        if self.size == 1:
            return flag
        sent = torch.tensor([float(flag)], device=device)
        _sum(sent)
        return bool(sent.item())

    def require_same(self, step: int, device: torch.device | str) -> None:
        """Refuse to go on if this process is at another step than others.

        Raises:
            SmashError: E947, they do not go on from one checkpoint.
        """
        if self.size == 1:
            return
        steps = torch.zeros(self.size, device=device)
        steps[self.rank] = step
        _sum(steps)
        if len(set(steps.tolist())) > 1:
            shown = ", ".join(f"{number:.0f}" for number in steps.tolist())
            raise self.common(fail(
                "E947", f"the processes of this run are at different steps: {shown}",
                "give all of them one run directory, on a disk they share",
            ))  # fmt: skip

    def texts(self, text: str, device: torch.device | str) -> list[str]:
        """The text of every process, in order of rank; raises as `sum_gradients`."""
        if self.size == 1:
            return [text]
        content = text.encode()
        lengths = torch.zeros(self.size, device=device)
        lengths[self.rank] = len(content)
        _sum(lengths)
        letters = torch.zeros(self.size, int(lengths.max().item()) + 1, device=device)
        letters[self.rank, : len(content)] = torch.tensor(list(content), dtype=letters.dtype)
        _sum(letters)
        return [
            bytes(row[:length]).decode()
            for row, length in zip(letters.int().tolist(), lengths.int().tolist(), strict=True)
        ]

    def common(self, error: SmashError) -> SmashError:
        """An error to which all processes have come: the first says it, for the others it is one
        that another says."""
        return error if self.first else Lost(error.diagnostics)

    def wait(self) -> None:
        """Until all processes have come here; raises as `sum_gradients`."""
        self.any(False, "cpu")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


def _sum(numbers: Tensor) -> None:
    """Replace numbers by their sums over all processes."""
    try:
        distributed.all_reduce(numbers)
    except RuntimeError as error:
        found = fail(
            "E947", f"another process of this run has ended: {str(error).splitlines()[0]}",
            "its own message says why; start the run again to go on",
        )  # fmt: skip
        raise Lost(found.diagnostics) from error


def launched() -> World:
    """The world of this process, as its launcher says; leave it with `with`.

    Raises:
        SmashError: E947, the launcher's environment variables make no sense, or the other processes
            are not found.
    """
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        return World()
    try:
        size, rank = int(os.environ["WORLD_SIZE"]), int(os.environ["RANK"])
        if size == 1:
            return World()
        distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        )
    except (ValueError, RuntimeError) as error:
        raise fail(
            "E947", f"the processes of this run do not find each other: {error}",
            "start them with `torchrun --nproc-per-node N -m smashdsl train …`",
        ) from error  # fmt: skip
    return World(rank, size)


def local_device() -> torch.device | None:
    """The GPU that the launcher means for this process, if it names one and there are any."""
    number = os.environ.get("LOCAL_RANK")
    if number is None or not torch.cuda.is_available():
        return None
    return torch.device("cuda", int(number) % torch.cuda.device_count())
