"""The library of common operations that comes with the language, `grammar/std.smash`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from smashdsl.diagnostics.span import Source

LIBRARY = "std"


@cache
def library() -> Source:
    """The text that `use "std"` brings in. No path leads there, and none from there to a file."""
    name = f"{LIBRARY}.smash"
    return Source(f"<{LIBRARY}>", (files("smashdsl.grammar") / name).read_text("utf-8"))
