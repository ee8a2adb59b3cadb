"""`random`: programs drawn from the space."""

from __future__ import annotations

from collections.abc import Iterator

from smashdsl.api import Program
from smashdsl.proposing.candidates import Candidates
from smashdsl.proposing.past import Past


class Sampling(Candidates):
    """Random programs, whatever came before: the control for all other proposers."""

    name = "random"
    about = "programs drawn from the space"

    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        return self.samples(number)
