"""The released SMASH code's architectures as programs."""

from __future__ import annotations

from smashdsl.files import fail
from smashdsl.importing.architecture import architecture, program_of
from smashdsl.importing.archives import read_archs
from smashdsl.importing.imported import Imported, imported


def from_archs(path: str, number: int = 0, classes: int = 100, order: str = "best") -> Imported:
    """An architecture that the released SMASH code has scored.

    Args:
        path: the archive `…_archs.npz`.
        number: which one, from 0.
        classes: of the data; the archive does not say how many.
        order: `best` first, or as they were scored in their `run`.

    Raises:
        SmashError: E923 the file cannot be read, E997 it is no such archive or has fewer
            architectures, E998 the architecture is no program, E999 it holds more than data.
    """
    rows = read_archs(path, order)
    if not 0 <= number < len(rows):
        raise fail("E997", f"`{path}` has {len(rows)} architectures, counted from 0: there is none "
                   f"with the number {number}")  # fmt: skip
    program, comments = program_of(architecture(rows[number]), classes)
    return imported(program, comments)
