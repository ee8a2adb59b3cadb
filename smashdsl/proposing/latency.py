"""How long a network takes, measured on this device."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from smashdsl.api import Program

if TYPE_CHECKING:
    import torch

WARM_UP, REPEATS = 3, 15


class Meter:
    """Measures the time of one batch through a network in evaluation: the median of 15 passes.

    A network is measured once: what was found is kept in `known`, milliseconds by hash.

    Args:
        device: where.
        batch: how many images go through together.
        known: measurements on this device, which are not repeated.
    """

    def __init__(
        self, device: torch.device | str = "cpu", batch: int = 1,
        known: dict[str, float] | None = None,
    ) -> None:  # fmt: skip
        if batch < 1:
            raise ValueError(f"batch must be at least 1, not {batch}")
        self.device, self.batch = device, batch
        self.known = {} if known is None else known

    def milliseconds(self, program: Program) -> float:
        """The time of a program's batch, in milliseconds."""
        if program.hash not in self.known:
            self.known[program.hash] = self._measure(program)
        return self.known[program.hash]

    def _measure(self, program: Program) -> float:
        import torch

        from smashdsl.backends.waiting import waiter

        device = torch.device(self.device)
        module = program.module().to(device).eval()
        images = torch.zeros(self.batch, *program.ir.input, device=device)
        times, wait = [], waiter(device)
        with torch.inference_mode():
            for _ in range(WARM_UP + REPEATS):
                start = time.perf_counter()
                module(images)
                wait()
                times.append(time.perf_counter() - start)
        return 1e3 * statistics.median(times[WARM_UP:])
