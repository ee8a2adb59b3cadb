"""Looking for something in a part of a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.syntax import nodes


def parts(node: Any) -> Iterator[Any]:
    """A node, or each of a body's, with everything inside it."""
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(part)
        elif is_dataclass(part) and not isinstance(part, Span):
            yield part
            stack.extend(getattr(part, f.name) for f in fields(part))


def mentions(node: Any, names: tuple[str, ...]) -> bool:
    """Whether one of the names occurs."""
    return any(isinstance(part, nodes.Name) and part.id in names for part in parts(node))


def holds(node: Any, kinds: type | tuple[type, ...]) -> bool:
    """Whether a node of one of these kinds occurs."""
    return any(isinstance(part, kinds) for part in parts(node))
