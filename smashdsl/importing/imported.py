"""What an importer gives: a program, and its text with where it comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smashdsl.api import Program, loads
from smashdsl.backends.idiom import idiomatic_text
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, read_bytes
from smashdsl.ir import Program as ProgramIR
from smashdsl.ir.text import GENOME_MARK

MAX_TEXT = 2**20
_SHOWN = 70


@dataclass(frozen=True)
class Imported:
    """A network from elsewhere.

    Attributes:
        text: idiomatic `.smash` text in standard layout, with comments that say where it comes from
            and what is not as it was there.
        program: what the text means.
    """

    text: str
    program: Program


def imported(program: ProgramIR, comments: Sequence[str]) -> Imported:
    """A program with its text; the draws that made it, if any, stand in a comment at the end."""
    text = idiomatic_text(program, comments)
    if program.genome:
        text += GENOME_MARK + json.dumps(dict(program.genome), separators=(",", ":")) + "\n"
    found = loads(text)
    assert isinstance(found, Program)
    return Imported(text, found)


def foreign(what: str, problem: str, *helps: str) -> SmashError:
    """E997: something is not written as an importer needs it."""
    return fail("E997", f"{what}: {problem}", *helps)


def short(text: str) -> str:
    """A text that fits into a message."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def text_or_file(source: str) -> str:
    """The text in a file of that name, or the text itself where there is no such file.

    Raises:
        SmashError: E923 the file cannot be read or is longer than 1 MiB, E997 it is not text.
    """
    if not _is_file(source):
        return source.strip()
    try:
        return read_bytes(source, MAX_TEXT).decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise foreign(f"`{source}`", "it is not text in UTF-8") from error


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # too long, or with characters that no name has
        return False
