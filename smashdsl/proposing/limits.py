"""Limits that every proposal keeps, beside the requirements of its space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from smashdsl.api import Program
from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.proposing.latency import Meter
from smashdsl.proposing.proposer import Proposer, Trial
from smashdsl.training.interrupt import never
from smashdsl.training.ranges import require_range

ATTEMPTS = 1_000


@dataclass(frozen=True)
class Limits:
    """The most of each cost; None for as much as there is. Latency is in milliseconds."""

    max_params: int | None = None
    max_flops: int | None = None
    max_latency: float | None = None

    def __post_init__(self) -> None:
        require_range(self, " ".join(name for name in COSTS if self.of(name) is not None), 0)

    def of(self, name: str) -> float | None:
        """The limit of that name."""
        value: float | None = getattr(self, name)
        return value


@dataclass(frozen=True)
class Breach:
    """A limit that a program breaks, and what it has instead."""

    limit: str
    value: float


COSTS: Mapping[str, str] = {
    "max_params": "parameters", "max_flops": "multiply-adds", "max_latency": "ms",
}  # fmt: skip


class Guard:
    """Says whether programs keep limits; what is dear to find out comes last.

    Args:
        limits: that must be kept.
        meter: measures latencies.
    """

    def __init__(self, limits: Limits | None = None, meter: Meter | None = None) -> None:
        self.limits, self.meter = limits or Limits(), meter or Meter()
        self._costs: dict[str, Callable[[Program], float]] = {
            "max_params": lambda program: program.costs.params,
            "max_flops": lambda program: program.costs.flops,
            "max_latency": self.meter.milliseconds,
        }

    def breach(self, program: Program) -> Breach | None:
        """The first limit that a program breaks, or None where it keeps them all."""
        for name, cost in self._costs.items():
            most = self.limits.of(name)
            if most is not None and (value := cost(program)) > most:
                return Breach(name, value)
        return None


def ask(
    proposer: Proposer, history: Sequence[Trial], number: int, guard: Guard,
    taken: Collection[str] = (), attempts: int = ATTEMPTS, stop: Callable[[], bool] = never,
) -> Program | None:  # fmt: skip
    """A proposal within limits.

    Args:
        proposer: is asked again with the next attempt while its proposals break a limit.
        history: what was scored.
        number: of the proposal.
        guard: knows the limits.
        taken: hashes of programs that will do no more: those that were proposed with this history
            under lower numbers.
        attempts: how often to ask.
        stop: is asked before each attempt whether the user wants to stop.

    Returns:
        None where the proposer has nothing left.

    Raises:
        SmashError: E987, no attempt kept the limits.
        KeyboardInterrupt: the user wants to stop.
    """
    broken: list[Breach] = []
    for attempt in range(attempts):
        if stop():
            raise KeyboardInterrupt
        program = proposer.propose(history, number, attempt)
        if program is None:
            break
        if program.hash in taken:
            continue
        breach = guard.breach(program)
        if breach is None:
            return program
        broken.append(breach)
    else:
        if broken:
            raise _refused(broken, guard.limits)
    if broken and not history and not taken:
        raise _refused(broken, guard.limits)
    return None


def _refused(broken: Sequence[Breach], limits: Limits) -> SmashError:
    counts = Counter(breach.limit for breach in broken)
    notes = []
    for name, count in counts.most_common():
        least = min(breach.value for breach in broken if breach.limit == name)
        most, unit = limits.of(name), COSTS[name]
        notes.append(
            Note(f"{count:,} had more than {most:,} {unit}; the least of these was {least:,.7g}")
        )
    worst = counts.most_common(1)[0][0]
    return SmashError(
        Diagnostic(
            "E987",
            f"none of {len(broken):,} proposals kept the limits",
            notes=tuple(notes),
            helps=(f"raise --{worst.replace('_', '-')}, or narrow the draws of the space",),
        )
    )
