"""One entry of the catalog of diagnostics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code stands for.

    `title` names the mistake in a few words, `explanation` says what is wrong and how to mend it
    in whole paragraphs, `example` is a text that gives this code and no other when it is checked
    (empty where no text can: missing files, full disks).
    """

    code: str
    title: str
    explanation: str
    example: str = ""


def table(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The entries by code.

    Raises:
        ValueError: two entries have one code.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.code in found:
            raise ValueError(f"{entry.code} is in the catalog twice")
        found[entry.code] = entry
    return found
