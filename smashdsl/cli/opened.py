"""Programs by one word: `FILE`, `FILE:NAME`, `FILE@SEED` or `FILE:NAME@SEED`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smashdsl.api import Program


def program_of(text: str) -> Program:
    """The program that a word names; raises as `open_program`."""
    from smashdsl.cli.networks import open_program

    return open_program(*split(text))


def split(text: str) -> tuple[str, str | None, int | None]:
    """The file, the network's name and the seed in `FILE:NAME@SEED`.

    >>> split("space.smash:small@3")
    ('space.smash', 'small', 3)
    """
    if Path(text).exists():
        return text, None, None
    rest, at, digits = text.rpartition("@")
    seed = int(digits) if at and digits.isdecimal() else None
    file = text if seed is None else rest
    if Path(file).exists():
        return file, None, seed
    before, colon, name = file.rpartition(":")
    return (before, name, seed) if colon and name.isidentifier() else (file, None, seed)
