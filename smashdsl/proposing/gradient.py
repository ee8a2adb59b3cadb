"""`gradient`: mutations along the gradient of the HyperNet's loss with respect to the encoding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.proposing.past import Past
from smashdsl.proposing.perturb import RATE
from smashdsl.proposing.proposer import Trial
from smashdsl.proposing.selecting import Selecting
from smashdsl.training.ranges import require_range

if TYPE_CHECKING:
    from smashdsl.hypernet.oneshot import OneShot

IMAGES = 1024
REMEMBERED = 32  # programs whose gradient is kept


class Guide(Protocol):
    """Foresees what changes of a program gain."""

    def gains(self, program: Program, others: Sequence[Program]) -> list[float]:
        """How much better than a program each of some like it is thought to be."""
        ...


class EncodingGuide:
    """Foresees by the gradient dE/dc of the HyperNet's loss: the gain of another program with the
    encoding c' is -<dE/dc, c' - c>, to first order.

    Encodings are compared layer by layer; what only one of two programs has counts for nothing. The
    loss is that of training images; validation images are for scores.

    Args:
        oneshot: trained weights, with a HyperNet that is told what it generates filters for.
        images: how many training images to average over.

    Raises:
        ValueError: there is no such HyperNet.
    """

    def __init__(self, oneshot: OneShot, images: int = IMAGES) -> None:
        if oneshot.supernet.control != "none":
            raise ValueError(
                f"with the control {oneshot.supernet.control!r} there is no encoding to follow"
            )
        self._oneshot, self.images = oneshot, images
        require_range(self, "images", 1)
        self._slopes: dict[str, Any] = {}

    def gains(self, program: Program, others: Sequence[Program]) -> list[float]:
        """See `Guide`."""
        slope = self._slope(program)
        here = by_place(program)
        found = []
        for other in others:
            there = by_place(other)
            both = here.keys() & there.keys()
            found.append(-sum(float(slope[at] @ (there[at] - here[at])) for at in sorted(both)))
        return found

    def _slope(self, program: Program) -> dict[tuple[str, int], Any]:
        if program.hash not in self._slopes:
            if len(self._slopes) == REMEMBERED:
                del self._slopes[next(iter(self._slopes))]
            self._slopes[program.hash] = self._measured(program)
        found: dict[tuple[str, int], Any] = self._slopes[program.hash]
        return found

    def _measured(self, program: Program) -> dict[tuple[str, int], Any]:
        from smashdsl.hypernet.architecture import prepare
        from smashdsl.hypernet.slope import slope

        batch = self._oneshot.data.train.first(self.images)
        found = slope(self._oneshot.supernet, prepare(program), batch.images, batch.labels)
        return dict(zip(by_place(program), found, strict=True))


def by_place(program: Program) -> dict[tuple[str, int], Any]:
    """What an encoding says of each stretch in turn, by its owner and its number there."""
    encoding = program.encode()
    met: defaultdict[str, int] = defaultdict(int)
    found = {}
    for stretch, entries in zip(encoding.stretches, encoding.entries, strict=True):
        found[stretch.owner, met[stretch.owner]] = entries.astype(np.float64)
        met[stretch.owner] += 1
    return found


class Gradient(Selecting):
    """Of some mutations of one of the best programs, that which the guide thinks gains most.

    Args:
        guide: foresees gains.
        parents, rate, pool: see `Selecting`.
        against: propose what is thought to gain least, as a control.
    """

    name = "gradient"
    about = "the mutations of the best few that the HyperNet's gradient favours"
    guided: ClassVar[bool] = True

    def __init__(
        self, space: Space, seed: int = 0, guide: Guide | None = None, parents: int = 5,
        rate: float | None = RATE, pool: int = 32, against: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(space, seed, parents, rate, pool)
        if guide is None:
            problem = f"`{self.name}` needs a HyperNet that is trained on this space"
            helps = ("other proposers need none: `evolution`, `local`, …",)
            raise SmashError(Diagnostic("E989", problem, helps=helps))
        self.guide, self.against = guide, against

    def promise(self, past: Past, parent: Trial, others: Sequence[Program]) -> list[float]:
        sign = -1 if self.against else 1
        return [sign * gain for gain in self.guide.gains(self.space.rebuild(parent.genome), others)]
