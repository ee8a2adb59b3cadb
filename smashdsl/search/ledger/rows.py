"""Rows of a ledger's tables, and what they stand for.

A row that was read counts only if its checksum is right and every value is of the kind that its
column holds: a file may have been damaged, or made by somebody else.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import NoneType
from typing import Any

import numpy as np

from smashdsl.scoring.value import Numbers, Value
from smashdsl.search.ledger.entry import Entry, Genome, Proposal, finite

Row = tuple[Any, ...]
MAX_NAME = 200
MAX_WHOLE = 2**63 - 1
_HASH = re.compile(r"[0-9a-f]{1,64}")

_SCORED = {"scorer": (int,), "program": (int,)}
_TABLES: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "facts": {"name": (str,), "value": (str,)},
    "scorers": {"scorer": (int,), "name": (str,)},
    "programs": {
        "program": (int,), "hash": (str,), "params": (int,), "flops": (int,), "depth": (int,),
    },
    "genomes": {"program": (int,), "genome": (str, bytes)},
    "scores": {
        **_SCORED, "score": (float, NoneType), "stderr": (float, NoneType),
        "error": (float, NoneType), "images": (int,), "validation_images": (int, NoneType),
        "stage": (int,), "seconds": (float,), "time": (str,), "seed": (int,), "found": (int,),
    },
    "likelihoods": {**_SCORED, "likelihoods": (bytes,)},
    "proposals": {
        "scorer": (int,), "number": (int,), "proposer": (str,), "proposer_number": (int,),
        "program": (int,),
    },
    "measures": {"program": (int,), "name": (str,), "value": (float,)},
}  # fmt: skip
COLUMNS = {table: tuple(columns) for table, columns in _TABLES.items()}
"""The columns of each table in their order, without the last one, the checksum."""

_NAMES = {"facts": 0, "scorers": 1, "programs": 1, "scores": 9, "proposals": 2, "measures": 1}
_CODES = {int: "q", float: "d", str: "I", bytes: "L", NoneType: "B"}


@dataclass(frozen=True)
class _Kind:
    """How rows with values of certain types are packed into bytes."""

    pack: Callable[..., bytes]
    start: int
    texts: tuple[int, ...]
    blobs: tuple[int, ...]
    nones: tuple[int, ...]

    @classmethod
    def of(cls, types: tuple[type, ...]) -> _Kind:
        code = "<" + "".join(_CODES[each] for each in types)
        places = [
            tuple(place for place, each in enumerate(types) if each is kind)
            for kind in (str, bytes, NoneType)
        ]
        return cls(struct.Struct(code).pack, zlib.crc32(code.encode()), *places)


_KINDS = {
    table: {types: _Kind.of(types) for types in product(*columns.values())}
    for table, columns in _TABLES.items()
}


def checksum(table: str, row: Row) -> int:
    """CRC-32 of a row of a table: it tells rows that were damaged, not those that were forged.

    It goes over the values as struct packs them, without gaps and the least byte first: whole
    numbers as `q`, others as `d`, the CRC-32 of texts (in UTF-8) as `I` and of bytes as `L`, 0 for
    no value as `B`. It starts from the CRC-32 of that code, such as `<qI`.

    Raises:
        ValueError: no row of this table has values of such types.
    """
    kind = _KINDS[table].get(tuple(map(type, row)))
    if kind is None:
        raise ValueError(f"a row of `{table}` makes no sense: {row!a:.80}")
    values = list(row)
    for place in kind.texts:
        values[place] = zlib.crc32(values[place].encode())
    for place in kind.blobs:
        values[place] = zlib.crc32(values[place])
    for place in kind.nones:
        values[place] = 0
    return zlib.crc32(kind.pack(*values), kind.start)


def with_checksum(table: str, row: Row) -> Row:
    """A row to be written; raises as `checksum`."""
    return (*row, checksum(table, row))


def checked(table: str, row: Row) -> Row:
    """A row that was read from a table, without its checksum.

    Raises:
        ValueError: the checksum is not right, or a value is not what it should be.
    """
    values = row[:-1]
    if checksum(table, values) != row[-1]:
        raise ValueError(f"the checksum of a row of `{table}` is wrong")
    name = _NAMES.get(table)
    if not _are_sound(values) or (name is not None and not is_name(values[name])):
        raise ValueError(f"a row of `{table}` makes no sense: {values!a:.80}")
    if table == "programs" and not _HASH.fullmatch(values[1]):
        raise ValueError(f"{values[1]!a:.80} is no hash")
    return values


def _are_sound(values: Row) -> bool:
    """Whether whole numbers count something, and others are finite."""
    for value in values:
        if type(value) is int:
            if value < 0:
                return False
        elif type(value) is float and not math.isfinite(value):
            return False
    return True


def is_name(text: str) -> bool:
    """Whether it may be shown in a line of a terminal."""
    return 0 < len(text) <= MAX_NAME and text.isprintable()


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
