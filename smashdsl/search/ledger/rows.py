"""Rows of a ledger's tables, and what they stand for.

A row that was read counts only if its checksum is right and every value is of the kind that its
column holds: a file may have been damaged, or made by somebody else.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from smashdsl.scoring.value import Numbers, Value
from smashdsl.search.ledger.entry import Entry, Genome, Proposal, finite

Row = tuple[Any, ...]
MAX_NAME = 200
MAX_WHOLE = 2**63 - 1
_HASH = re.compile(r"[0-9a-f]{1,64}")


def checksum(values: Row) -> int:
    """CRC-32 of the values of a row: it tells a row that was damaged, not one that was forged."""
    found = 0
    for value in values:
        found = zlib.crc32(value if isinstance(value, bytes) else b"%a;" % (value,), found)
    return found


def with_checksum(values: Row) -> Row:
    """A row to be written."""
    return (*values, checksum(values))


def checked(table: str, row: Row) -> Row:
    """A row that was read from a table, without its checksum.

    Raises:
        ValueError: the checksum is not right, or a value is not what it should be.
    """
    values = row[:-1]
    if checksum(values) != row[-1]:
        raise ValueError(f"the checksum of a row of `{table}` is wrong")
    for value, (name, is_right) in zip(values, _CHECKS[table], strict=True):
        if not is_right(value):
            raise ValueError(f"{value!a:.80} is no `{name}` of `{table}`")
    return values


def is_name(value: Any) -> bool:
    """Whether it may be shown in a line of a terminal."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_NAME


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_genome(value: Any) -> bool:
    return isinstance(value, str | bytes)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) % 4 == 0


def _or_none(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or is_right(value)


_SCORED = {"scorer": _is_whole, "program": _is_whole}
_KINDS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "facts": {"name": is_name, "value": _is_text},
    "scorers": {"scorer": _is_whole, "name": is_name},
    "programs": {
        "program": _is_whole, "hash": _is_hash, "params": _is_whole, "flops": _is_whole,
        "depth": _is_whole,
    },
    "genomes": {"program": _is_whole, "genome": _is_genome},
    "scores": {
        **_SCORED, "score": _or_none(_is_number), "stderr": _or_none(_is_number),
        "error": _or_none(_is_number), "images": _is_whole,
        "validation_images": _or_none(_is_whole), "stage": _is_whole, "seconds": _is_number,
        "time": is_name, "seed": _is_whole, "found": _is_whole,
    },
    "likelihoods": {**_SCORED, "likelihoods": _are_numbers},
    "proposals": {
        "scorer": _is_whole, "number": _is_whole, "proposer": is_name,
        "proposer_number": _is_whole, "program": _is_whole,
    },
    "measures": {"program": _is_whole, "name": is_name, "value": _is_number},
}  # fmt: skip
_CHECKS = {table: tuple(columns.items()) for table, columns in _KINDS.items()}
COLUMNS = {table: tuple(columns) for table, columns in _KINDS.items()}
"""The columns of each table in their order, without the last one, the checksum."""


def entry_of(program: Row, genome: Row, score: Row, proposals: Sequence[Proposal],
             measures: Mapping[str, float]) -> Entry:  # fmt: skip
    """The entry of a program's rows in `programs`, `genomes` and `scores`."""
    _, hash_, params, flops, depth = program
    (_, _, value, stderr, error, images, validation, stage, seconds, time, seed, _) = score
    given = Value(_or(value, -math.inf), _or(stderr, math.inf), error, images)
    return Entry(hash_, Genome(genome[1]), params, flops, depth, given, validation, stage, seed,
                 seconds, time, tuple(proposals), measures)  # fmt: skip


def score_row(scorer: int, program: int, value: Value, stage: int, seconds: float, time: str,
              seed: int, found: int) -> Row:  # fmt: skip
    """The row of a value in `scores`.

    Raises:
        ValueError: the score is no number, or plus infinity.
    """
    score, stderr = float(value.score), float(value.stderr)
    if math.isnan(score) or score == math.inf or math.isnan(stderr):
        raise ValueError(f"a score of {score} ± {stderr} cannot be ranked")
    error = None if value.error is None else float(value.error)
    validation = None if value.likelihoods is None else len(value.likelihoods)
    return (scorer, program, finite(score), finite(stderr), error, int(value.images), validation,
            stage, float(seconds), time, seed, found)  # fmt: skip


def value_of(score: Row, likelihoods: Row | None) -> Value:
    """The value of a row in `scores` and the one in `likelihoods`, if there is one.

    Raises:
        ValueError: the one does not belong to the other.
    """
    (_, _, value, stderr, error, images, validation, *_) = score
    numbers = None if likelihoods is None else _numbers(likelihoods[2])
    if validation != (None if numbers is None else len(numbers)):
        raise ValueError("likelihoods are missing")
    return Value(_or(value, -math.inf), _or(stderr, math.inf), error, images, numbers)


def numbers_bytes(values: Numbers) -> bytes:
    """Likelihoods as they are stored."""
    return np.asarray(values, "<f4").tobytes()


def _numbers(stored: bytes) -> Numbers:
    return np.frombuffer(stored, "<f4").astype(np.float32)


def _or(value: float | None, missing: float) -> float:
    return missing if value is None else value


def within(value: int) -> int:
    """A whole number as far as the file can hold it."""
    return min(value, MAX_WHOLE)
