"""Which parts of a text depend on draws, by name: an over-approximation from the text alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smashdsl.elaborate.choices import DRAW_CALLS
from smashdsl.elaborate.values import Dynamic, Scope, UserOp
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import parts


def drawn_names(network: nodes.Network, file_scope: Scope) -> frozenset[str]:
    """The names of lets and ops, of the network and around it, that may depend on a draw."""
    users: dict[str, set[str]] = {}  # per name, those whose definitions mention it
    reached: list[str] = []
    for name, node in _definitions(network, file_scope):
        if depends(node, frozenset()):
            reached.append(name)
        for part in parts(node):
            if isinstance(part, nodes.Name):
                users.setdefault(part.id, set()).add(name)
    drawn: set[str] = set()
    while reached:
        name = reached.pop()
        if name not in drawn:
            drawn.add(name)
            reached.extend(users.get(name, ()))
    return frozenset(drawn)


def _definitions(network: nodes.Network, file_scope: Scope) -> Iterator[tuple[str, Any]]:
    scopes, seen = [file_scope], set()
    while scopes:
        scope = scopes.pop()
        if id(scope) in seen:
            continue
        seen.add(id(scope))
        if scope.parent is not None:
            scopes.append(scope.parent)
        for name, value in scope.names.items():
            if isinstance(value, UserOp):
                scopes.append(value.closure)
                yield name, value.definition
            elif isinstance(value, Dynamic) and value.node is not None:
                scopes.append(value.scope)
                yield name, value.node
    for node in parts(network):
        if isinstance(node, nodes.Let | nodes.OpDef):
            yield node.name, node


def depends(node: Any, drawn: frozenset[str]) -> bool:
    """Whether a part of the text draws, or names something that does."""
    for part in parts(node):
        if isinstance(part, nodes.OneOf | nodes.OneOfIn):
            return True
        if isinstance(part, nodes.Name) and (part.id in drawn or part.id in DRAW_CALLS):
            return True
        if isinstance(part, nodes.Repeat) and isinstance(part.count, nodes.Range):
            return True
    return False
