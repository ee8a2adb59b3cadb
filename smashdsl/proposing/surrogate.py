"""`surrogate`: mutations that a regression on what was scored expects to do best."""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.api import Program, Space
from smashdsl.proposing.past import Past
from smashdsl.proposing.perturb import RATE
from smashdsl.proposing.proposer import Trial
from smashdsl.proposing.regression import Regression
from smashdsl.proposing.selecting import Selecting
from smashdsl.training.ranges import require_range

LATEST = 500  # programs that the regression looks at


class Surrogate(Selecting):
    """Of some mutations of one of the best programs, that which a regression on draws and costs of
    the latest 500 that were scored expects to do best (evolution by a predictor, as in Wei et al.
    2022, arXiv:2003.12857, with a Gaussian process).

    Args:
        parents, rate, pool: see `Selecting`.
        startup: programs that are scored first; random ones where there are fewer.
    """

    name = "surrogate"
    about = "the mutations of the best few that a regression on all scores favours"

    def __init__(
        self, space: Space, seed: int = 0, parents: int = 5, rate: float | None = RATE,
        pool: int = 32, startup: int = 10,
    ) -> None:  # fmt: skip
        super().__init__(space, seed, parents, rate, pool)
        self.startup = startup
        require_range(self, "startup", 1)
        self._fitted: tuple[Past, int, Regression] | None = None

    @property
    def least(self) -> int:
        return self.startup

    def promise(self, past: Past, parent: Trial, others: Sequence[Program]) -> list[float]:
        return [float(each) for each in self._regression(past).expected(others)]

    def _regression(self, past: Past) -> Regression:
        if self._fitted is None or self._fitted[:2] != (past, len(past.trials)):
            self._fitted = past, len(past.trials), Regression(past.trials[-LATEST:])
        return self._fitted[2]
