"""Requirements as written, taken apart."""

from __future__ import annotations

from collections.abc import Iterator

from smashdsl.syntax import nodes


def conjuncts(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of `a and b and c`."""
    if isinstance(node, nodes.Binary) and node.operator == "and":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node
