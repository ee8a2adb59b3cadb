"""A scored program, as a ledger gives it."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.scoring.value import Value

LONG = 1000  # characters beyond which a genome is compressed
MAX_GENOME = 16 * 2**20


class Genome(Mapping[str, Any]):
    """The draws of a program, path to value, kept as they are in the file until they are looked at:
    a history may hold a million.

    Raises:
        SmashError: E944, when it is looked at, if it is damaged.
    """

    __slots__ = ("stored",)

    def __init__(self, stored: str | bytes) -> None:
        self.stored = stored

    @classmethod
    def of(cls, draws: Mapping[str, Any]) -> Genome:
        """A genome to be stored."""
        if isinstance(draws, Genome):
            return draws
        text = json.dumps(dict(draws), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return cls(text if len(text) <= LONG else zlib.compress(text.encode()))

    @property
    def text(self) -> str:
        """The draws as JSON text, whatever that holds."""
        return _text(self.stored)

    def check(self) -> None:
        """Raise what looking at it would."""
        _draws(self.stored)

    def __getitem__(self, path: str) -> Any:
        return _draws(self.stored)[path]

    def __iter__(self) -> Iterator[str]:
        return iter(_draws(self.stored))

    def __len__(self) -> int:
        return len(_draws(self.stored))

    def __repr__(self) -> str:
        return f"Genome({dict(self)!r})"


@lru_cache(1024)
def _draws(stored: str | bytes) -> dict[str, Any]:
    text = _text(stored)
    try:
        found = json.loads(text, parse_constant=_no_number)
        if not isinstance(found, dict):
            raise ValueError("it maps no paths to values")
    except (ValueError, RecursionError) as error:
        raise _damaged(error) from error
    return found


def _text(stored: str | bytes) -> str:
    if isinstance(stored, str):
        return stored
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(stored, MAX_GENOME)
        if not reader.eof:
            raise ValueError("it is cut off, or too long")
        return content.decode()
    except (ValueError, zlib.error) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> SmashError:
    return fail("E944", f"the draws of a program in the ledger are damaged: {error}")


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no draw")


@dataclass(frozen=True)
class Proposal:
    """That a program came up: as which of all proposals, and as which of its proposer's own."""

    number: int
    proposer: str
    proposer_number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.proposer} {self.proposer_number}"


@dataclass(frozen=True, eq=False)
class Entry:
    """A scored program.

    Attributes:
        hash: of the program.
        genome: its draws.
        params: how many parameters it has.
        flops: multiply-adds of its convolutions and linear layers.
        depth: its depth.
        score: what the scorer says of it, without likelihoods, which `Reading.value` gives.
        validation_images: over how many images the score is a mean; None if it is none.
        stage: how far scoring has gone; a ranking counts in validation images.
        seed: of whatever the scorer drew.
        seconds: the time that scoring took.
        time: when it was scored last, in UTC.
        proposals: how it came up, in order.
        measures: other numbers, such as latencies, by name.
    """

    hash: str
    genome: Genome
    params: int
    flops: int
    depth: int
    score: Value
    validation_images: int | None
    stage: int
    seed: int
    seconds: float
    time: str
    proposals: tuple[Proposal, ...]
    measures: Mapping[str, float]

    def as_data(self, *, times: bool = False) -> dict[str, Any]:
        """Plain JSON data, with or without how long and when it was scored; numbers that are not
        finite are null."""
        score = self.score
        told = {"seconds": self.seconds, "time": self.time} if times else {}
        return {
            "hash": self.hash, "score": finite(score.score), "stderr": finite(score.stderr),
            "error": score.error, "images": score.images,
            "validation_images": self.validation_images, "stage": self.stage,
            "params": self.params, "flops": self.flops, "depth": self.depth, "seed": self.seed,
            **told, "measures": dict(self.measures),
            "proposals": [str(proposal) for proposal in self.proposals],
            "genome": dict(self.genome),
        }  # fmt: skip


def finite(value: float) -> float | None:
    """The number, or None for one that is not finite."""
    return value if math.isfinite(value) else None
