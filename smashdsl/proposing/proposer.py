"""The interface of all proposers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from smashdsl.api import Program


@dataclass(frozen=True)
class Trial:
    """A program that was proposed and scored: its draws, its hash, the score (higher is better),
    and its costs."""

    genome: Mapping[str, Any]
    hash: str
    score: float
    params: int
    flops: int
    depth: int


class Proposer(Protocol):
    """Proposes programs of one space.

    A proposer keeps no state that its proposals depend on: what it proposes follows from the seed
    it was made with and from what it is given here. So a ranking that was interrupted goes on as if
    it had not been, on whatever machine.
    """

    @property
    def name(self) -> str: ...

    def propose(self, history: Sequence[Trial], number: int, attempt: int = 0) -> Program | None:
        """A program to score.

        Args:
            history: everything that was scored so far, in the order in which it was proposed; the
                same program may stand in it several times.
            number: of the proposal in this proposer's series, from 0. Several numbers may be asked
                for with the same history, to be scored together.
            attempt: how often this number has been asked for before, because what was proposed
                breaks a limit; another attempt gives another program wherever it can.

        Returns:
            A program of the space, or None where there is nothing left to propose.
        """
        ...
