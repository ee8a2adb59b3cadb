"""Programs that need no space, and ledgers of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from smashdsl.api import Program
from smashdsl.plan import Costs
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Ledger

FACTS = {"space": "s", "origin": "ab", "data": "digits", "limit": None, "seed": 3}
SCORER = "hypernet"


@dataclass(frozen=True)
class Stub:
    """What a ledger asks of a program."""

    hash: str
    genome: Mapping[str, Any]
    costs: Costs


def program(number: int, draws: int = 3) -> Program:
    """A program of some number, with so many draws."""
    genome: dict[str, Any] = {f"layer[{i}].kernel": 1 + number % (i + 2) for i in range(draws)}
    genome |= {"read": ["b[0]", "b[1]"], "spend": number / 7, "number": number}
    hash_ = hashlib.sha256(str(number).encode()).hexdigest()
    costs = Costs(100 * (number % 7), 1000 * (number % 11), 1, number % 5)
    return cast("Program", Stub(hash_, genome, costs))


def value(number: int, images: int = 4) -> Value:
    """A value whose score tells the number; of two stages, the later one has more images."""
    likelihoods = np.linspace(-2, 0, images, dtype=np.float32) - np.float32(number * 37 % 19)
    return Value.mean_of(likelihoods, number % (images + 1), images + 10)


def fill(path: Path, numbers: range, scorer: str = SCORER, facts: Mapping[str, Any] = FACTS,
         stage: int = 0, images: int = 4) -> None:  # fmt: skip
    """Add programs of these numbers to what is in a ledger, in batches of 300."""
    with Ledger(path, facts) as ledger:
        for start in range(0, len(numbers), 300):
            some = numbers[start : start + 300]
            first = ledger.proposed(scorer)
            proposals = [(first + i, "random", n, program(n)) for i, n in enumerate(some)]
            values = [value(n, images) for n in some]
            ledger.add(scorer, proposals, values, 5.0, stage=stage, seed=3)
