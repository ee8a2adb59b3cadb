"""Which architectures a step of one-shot training runs.

Every architecture has a number, and depends on the seed and its number alone: a resumed run meets
the same ones, and it makes no difference which process prepares them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from smashdsl.training.seeds import derive

if TYPE_CHECKING:
    from smashdsl.api import Program, Space

KINDS = ("uniform", "fair", "sandwich")
SANDWICH = 3  # the fewest architectures of a step that hold a largest, a smallest and a random one


class Proposals:
    """The architectures of a run.

    Args:
        space: where they come from.
        kind: `uniform` draws as the space says. `fair` takes every option of a draw equally often
            (FairNAS: Chu et al. 2019). `sandwich` starts each step with the largest program and the
            smallest, as far as a short search finds them, and draws the others (BigNAS: Yu et al.
            2020).
        per_step: architectures on the same images.
        seed: of the run.

    Raises:
        ValueError: there is no such kind, or a sandwich has fewer than three layers.
    """

    def __init__(self, space: Space, kind: str, per_step: int, seed: int) -> None:
        if kind not in KINDS:
            raise ValueError(f"proposals are one of {', '.join(KINDS)}, not {kind!r}")
        if kind == "sandwich" and per_step < SANDWICH:
            raise ValueError(
                f"a sandwich takes at least {SANDWICH} architectures in a step, not {per_step}"
            )
        self._space, self._kind, self._per_step, self._seed = space, kind, per_step, seed
        self._extreme = lru_cache(maxsize=2)(self._find_extreme)

    def _find_extreme(self, largest: bool) -> Program:
        return self._space.extreme(largest, derive(self._seed, "extreme"))

    def __getitem__(self, number: int) -> Program:
        if self._kind == "fair":
            return self._space.sample(derive(self._seed, "fair"), number)
        place = number % self._per_step
        if self._kind == "sandwich" and place < SANDWICH - 1:
            return self._extreme(place == 0)
        return self._space.sample(derive(self._seed, "architecture", number))
