"""A graph without what its output does not depend on, and with sums of sums as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from smashdsl.importing.modules.graph import Graph, Node, Ref


def tidied(graph: Graph) -> Graph:
    """The graph of what the output depends on, with sums of sums as one."""
    nodes = list(graph.nodes)
    uses = _uses(graph, nodes)
    for number, node in enumerate(nodes):
        if node.rule in ("sum", "mul", "max"):
            inputs: list[Ref] = []
            for ref in node.inputs:
                inner = nodes[ref[0].node]
                whole = ref == graph.whole(ref[0].node)
                merge = whole and inner.rule == node.rule and uses[ref[0].node] == 1
                inputs += inner.inputs if merge else (ref,)
            nodes[number] = replace(node, inputs=tuple(inputs))
    needed: set[int] = {piece.node for piece in graph.output} | {0}
    for number in range(len(nodes) - 1, 0, -1):
        if number in needed:
            needed |= nodes[number].bases
    order = sorted(needed)
    place = {old: new for new, old in enumerate(order)}

    def moved(ref: Ref) -> Ref:
        return tuple(piece._replace(node=place[piece.node]) for piece in ref)

    kept = tuple(
        replace(nodes[old], inputs=tuple(moved(ref) for ref in nodes[old].inputs)) for old in order
    )
    return Graph(kept, moved(graph.output))


def _uses(graph: Graph, nodes: Sequence[Node]) -> Counter[int]:
    found: Counter[int] = Counter(piece.node for piece in graph.output)
    for node in nodes:
        for ref in node.inputs:
            found.update({piece.node for piece in ref})
    return found
