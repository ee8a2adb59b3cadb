"""A study's folder: pieces of work that are done once, and what came out.

study.json     what is studied, with which settings: all it takes to do it again
work/          what each piece of work gave, as it came
data.json      every figure
summary.md     one page for people
*.svg          pictures
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail, make_folder, read_bytes, read_json, write_json
from smashdsl.studies.shown import page_html
from smashdsl.training.progress import Progress, Silent

FORMAT = "smashdsl.study/1"
MANIFEST = "study.json"


@dataclass(eq=False)
class Study:
    """An open study.

    Attributes:
        folder: where it is.
        name: what is studied.
        facts: of the study, as plain data: with other facts it is another study.
        progress: is told about long work.
    """

    folder: Path
    name: str
    facts: Mapping[str, Any]
    progress: Progress = field(default_factory=Silent, repr=False)

    def __post_init__(self) -> None:
        """Open the folder, or make it.

        Raises:
            SmashError: E920 to E922 it cannot be made, E924 it is damaged, E976 it holds another
                study.
        """
        facts = {"format": FORMAT, "study": self.name, **self.facts}
        path = self.folder / MANIFEST
        if path.exists():
            _require_same(path, facts)
        else:
            make_folder(self.folder / "work")
            write_json(path, facts)

    def _repr_html_(self) -> str | None:
        """Its page, once there is one."""
        try:
            text = read_bytes(self.folder / "summary.md").decode(errors="replace")
        except SmashError:
            return None
        return page_html(text, self.folder)

    def place(self, name: str) -> Path:
        """The file of a piece of work."""
        return self.folder / "work" / f"{file_name(name)}.json"

    def piece(self, name: str, make: Callable[[], Any]) -> Any:
        """What a piece of work gives, as plain data: made at first, then read.

        Raises:
            SmashError: E924 what it gave is damaged; else as `make`.
        """
        path = self.place(name)
        if not path.exists():
            make_folder(path.parent)
            write_json(path, plain(make()))
        return read_json(path)


def _differing(one: Any, other: Any, name: str = "") -> list[str]:
    """The names of what differs between plain data, with dots in between."""
    if isinstance(one, dict) and isinstance(other, dict):
        prefix = f"{name}." if name else ""
        return [
            each
            for key in sorted({*one, *other})
            for each in _differing(one.get(key), other.get(key), prefix + key)
        ]
    return [] if one == other else [name or "everything"]


def file_name(text: str) -> str:
    """A text as the name of a file.

    >>> file_name("a b/c:d")
    'a-b-c-d'
    """
    return re.sub(r"[^a-zA-Z0-9._-]+", "-", text)


def plain(value: Any) -> Any:
    """Plain JSON data: numbers that are not finite become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _require_same(path: Path, facts: Mapping[str, Any]) -> None:
    found = read_json(path)
    other = _differing(found, plain(facts))
    if other:
        raise fail("E976", f"`{path.parent}` holds another study: {', '.join(other)} differ",
                   "name another folder with `--out`, or remove this one")  # fmt: skip
