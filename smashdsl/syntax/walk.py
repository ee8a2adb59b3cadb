"""Looking for something in a part of a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.syntax import nodes

KINDS: frozenset[type] = frozenset(
    kind
    for kind in vars(nodes).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind is not Span
)
"""The kinds of nodes of a syntax tree."""


def parts(node: Any) -> Iterator[Any]:
    """A node, or each of several, with all nodes below."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, tuple):
            stack.extend(current)
        elif type(current) in KINDS:
            yield current
            stack.extend(getattr(current, name) for name in current.__slots__)


def mentions(node: Any, names: tuple[str, ...]) -> bool:
    """Whether one of the names occurs."""
    return any(isinstance(part, nodes.Name) and part.id in names for part in parts(node))


def holds(node: Any, kinds: type | tuple[type, ...]) -> bool:
    """Whether a node of one of these kinds occurs."""
    return any(isinstance(part, kinds) for part in parts(node))
