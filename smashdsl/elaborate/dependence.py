"""Which parts of a text depend on draws, by name: an over-approximation that looks at the text
alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from smashdsl.elaborate.values import Dynamic, Scope, UserOp
from smashdsl.syntax import nodes

_CALLS = ("uniform", "log_uniform", "chance", "some")


def drawn_names(network: nodes.Network, file_scope: Scope) -> frozenset[str]:
    """The names of lets and ops, of the network and around it, whose meaning may depend on a
    draw."""
    definitions: list[tuple[str, Any]] = []
    scope: Scope | None = file_scope
    while scope is not None:
        for name, value in scope.names.items():
            if isinstance(value, UserOp):
                definitions.append((name, value.definition))
            elif isinstance(value, Dynamic) and value.node is not None:
                definitions.append((name, value.node))
        scope = scope.parent
    definitions += [
        (node.name, node) for node in _nodes(network) if isinstance(node, nodes.Let | nodes.OpDef)
    ]
    drawn: frozenset[str] = frozenset()
    while True:
        grown = drawn | {name for name, node in definitions if depends(node, drawn)}
        if grown == drawn:
            return drawn
        drawn = grown


def depends(node: Any, drawn: frozenset[str]) -> bool:
    """Whether a part of the text draws, or names something that does."""
    for part in _nodes(node):
        if isinstance(part, nodes.OneOf | nodes.OneOfIn):
            return True
        if isinstance(part, nodes.Name) and (part.id in drawn or part.id in _CALLS):
            return True
        if isinstance(part, nodes.Repeat) and isinstance(part.count, nodes.Range):
            return True
    return False


def _nodes(node: Any) -> Iterator[Any]:
    """A node and all below it."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, tuple):
            stack.extend(current)
        elif is_dataclass(current) and type(current).__module__ == nodes.__name__:
            yield current
            stack.extend(getattr(current, field.name) for field in fields(current))
