"""The interface of all scorers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from smashdsl.api import Program, Space
from smashdsl.scoring.value import Value
from smashdsl.training.data import Dataset


@dataclass(frozen=True, eq=False)
class Context:
    """With what a scorer is made: the space, its data (of which `test` is never read), the seed of
    whatever it draws, and where it computes."""

    space: Space
    data: Dataset
    seed: int = 0
    device: torch.device | str = "cpu"


class Scorer(Protocol):
    """Gives programs of one space their scores.

    The score of a program does not depend on the programs that it is scored with, nor on the order
    or the process in which it is scored.

    Attributes:
        name: on the command line and in the ledger.
        stages: how many validation images each stage of scoring looks at, fewest first; the images
            of a stage include those of the stages before. One stage where there is no choice.
    """

    @property
    def name(self) -> str: ...

    @property
    def stages(self) -> tuple[int, ...]: ...

    def score(
        self, programs: Sequence[Program], stage: int = 0, before: Sequence[Value | None] = ()
    ) -> list[Value]:
        """The values of programs at a stage.

        Args:
            programs: of the scorer's space.
            stage: a place in `stages`.
            before: for each program what an earlier stage gave, to go on from; empty for none.
        """
        ...
