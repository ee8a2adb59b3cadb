"""Scorers that look at each program once, and by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smashdsl.api import Program
from smashdsl.scoring.value import Value


class Single:
    """A scorer of one stage, made of a function from a program to its value.

    Args:
        name: on the command line and in the ledger.
        value: must not depend on the programs that it saw before.
        images: how many validation images it looks at.
    """

    def __init__(self, name: str, value: Callable[[Program], Value], images: int = 0) -> None:
        self.name = name
        self.stages = (images,)
        self._value = value

    def score(self, programs: Sequence[Program], stage: int = 0,
              before: Sequence[Value | None] = ()) -> list[Value]:  # fmt: skip
        """The values of programs; see `Scorer`."""
        return [self._value(program) for program in programs]
