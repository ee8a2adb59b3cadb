"""Files and what they `use`: text → a `Module` with its imports, all parsed.

Paths are relative to the file that names them; `std` is the library that comes along. A circle, a
chain that is too long and a file that cannot be read are errors at the `use` that asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.places import Places
from smashdsl.syntax import load_source, nodes, parse
from smashdsl.syntax.standard import LIBRARY, library

DEEPEST = 32
Loader = Callable[[str], Source]


@dataclass(frozen=True)
class Module:
    """A parsed file and the modules it uses, in order."""

    source: Source
    tree: nodes.File
    uses: tuple[Module, ...]

    def networks(self) -> list[nodes.Network]:
        return [item for item in self.tree.items if isinstance(item, nodes.Network)]

    @cached_property
    def places(self) -> Places:
        """Names of places in this file and all that it uses."""
        found: dict[Source, None] = {}
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.source not in found:
                found[part.source] = None
                waiting += reversed(part.uses)
        return Places(list(found))


def load_module(source: Source, loader: Loader = load_source) -> Module:
    """Parse a source and all that it uses.

    Raises:
        SmashError: for mistakes of syntax, and for uses that cannot be followed.
    """
    return _load(source, loader, (os.path.abspath(source.name),), {})


def _load(source: Source, loader: Loader, path: Sequence[str], known: dict[str, Module]) -> Module:
    tree = parse(source)
    uses = [item for item in tree.items if isinstance(item, nodes.Use)]
    return Module(source, tree, tuple(_follow(use, source, loader, path, known) for use in uses))


def _follow(
    use: nodes.Use, source: Source, loader: Loader, path: Sequence[str], known: dict[str, Module]
) -> Module:
    if use.path == LIBRARY:
        return known.setdefault(LIBRARY, Module(library(), parse(library()), ()))
    target = os.path.join(os.path.dirname(source.name), use.path)
    absolute = os.path.abspath(target)
    if absolute in known:
        return known[absolute]
    if absolute in path:
        circle = " → ".join(os.path.basename(p) for p in (*path[path.index(absolute) :], absolute))
        raise SmashError(
            Diagnostic("E907", f"these files use each other in a circle: {circle}", use.path_span)
        )
    if len(path) >= DEEPEST:
        raise SmashError(
            Diagnostic("E804", f"files use each other more than {DEEPEST} deep", use.path_span)
        )
    try:
        used = loader(target)
    except SmashError as error:
        first = error.diagnostics[0]
        raise SmashError(
            Diagnostic(
                first.code,
                first.message,
                use.path_span,
                first.label,
                (Note("which this file uses"), *first.notes),
                first.helps,
            )
        ) from error
    known[absolute] = _load(used, loader, (*path, absolute), known)
    return known[absolute]
