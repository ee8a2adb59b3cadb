"""A space's text, with the files it uses, copied into one folder.

Paths in `use` are rewritten, so that the copy means the same wherever the folder goes. A copy of a
copy has the same texts, letter by letter.
"""

from __future__ import annotations

import re
from pathlib import Path

from smashdsl.elaborate.modules import Module
from smashdsl.files import make_folder, write_atomic
from smashdsl.syntax import nodes
from smashdsl.syntax.standard import LIBRARY, library

MAIN = "space.smash"
USED = "uses"
_NUMBER = re.compile(r"^[0-9]+-(?=.)")


def copy_texts(module: Module, folder: Path) -> None:
    """Write `space.smash`, and below `uses/` every file that it uses.

    Raises:
        SmashError: E920 to E922, something cannot be written.
    """
    names: dict[int, str] = {}
    _name(module, names)
    if names:
        make_folder(folder / USED)
    for used in _all_used(module):
        write_atomic(folder / USED / names[id(used)], _rewritten(used, names, ""))
    write_atomic(folder / MAIN, _rewritten(module, names, f"{USED}/"))


def _name(module: Module, names: dict[int, str]) -> None:
    for used in module.uses:
        if id(used) not in names:
            name = _NUMBER.sub("", Path(used.source.name).name)
            if used.source is library():
                name = f"{LIBRARY}.smash"
            names[id(used)] = f"{len(names) + 1}-{name}"
            _name(used, names)


def _all_used(module: Module) -> list[Module]:
    found: dict[int, Module] = {}
    waiting = list(module.uses)
    while waiting:
        used = waiting.pop()
        if id(used) not in found:
            found[id(used)] = used
            waiting += used.uses
    return list(found.values())


def _rewritten(module: Module, names: dict[int, str], where: str) -> str:
    """The text with each used file's new path."""
    text = module.source.text
    uses = [item for item in module.tree.items if isinstance(item, nodes.Use)]
    for use, used in reversed(list(zip(uses, module.uses, strict=True))):
        span = use.path_span
        text = f'{text[: span.start]}"{where}{names[id(used)]}"{text[span.end :]}'
    return text
