"""What a ranking is made of, and how its work is divided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from smashdsl.api import Space
from smashdsl.proposing.limits import Guard
from smashdsl.proposing.proposer import Proposer
from smashdsl.scoring.scorer import Scorer
from smashdsl.search.engines.engine import Engine, Local, Parcel
from smashdsl.search.ledger import Ledger

TOGETHER = 8  # proposals that are made of the same history, and enter the ledger together
AHEAD = 4  # times as many items as workers are handed out together, where order does not matter
Item = TypeVar("Item")


@dataclass(frozen=True)
class Series:
    """The first `count` proposals of a proposer, `blind` if it looks at no score: it then only has
    to know which programs came before."""

    proposer: Proposer
    count: int
    blind: bool = False


@dataclass(frozen=True)
class Ranking:
    """What to rank, and how.

    Attributes:
        space: where programs come from.
        scorer: gives the scores.
        series: of proposals, one after the other; each sees the scores of those before.
        keep: how many of the best are looked for, among which later stages decide.
        exact: score all programs at all stages.
        guard: knows the limits that every proposal keeps.
        seed: of what the scorer draws, for the ledger.
        engine: where programs are scored.
        sent: makes what workers need to make the scorer, where there are any.
        threads, device: of scoring.
    """

    space: Space
    scorer: Scorer
    series: Sequence[Series]
    keep: int = 10
    exact: bool = False
    guard: Guard = field(default_factory=Guard)
    seed: int = 0
    engine: Engine = field(default_factory=Local)
    sent: Callable[[], Parcel] | None = None
    threads: int = 1
    device: str = "cpu"


def best_score(ledger: Ledger, scorer: str) -> str:
    """The best score so far, for people."""
    best = ledger.ranked(scorer, 1)
    return f"best {best[0].score.score:.4g}" if best else ""


def many(engine: Engine) -> int:
    """How many items are handed out together where order does not matter: whole batches."""
    if engine.width == 1:
        return TOGETHER
    return -(-AHEAD * engine.width // TOGETHER) * TOGETHER


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in order, `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
