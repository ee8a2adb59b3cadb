"""Where in a graph one value is all that goes on, and what lies between as chains."""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.importing.modules.graph import Graph, Node, Piece, Ref, misfit
from smashdsl.ir import Chain, Combine, Op, Stage


@dataclass(frozen=True)
class Region:
    """What makes a value `end` of a value `start`: the nodes after number `first`, up to `last`."""

    start: Ref
    end: Ref
    first: int
    last: int

    @property
    def single(self) -> bool:
        return self.last - self.first == 1


def regions(graph: Graph) -> list[Region]:
    """The regions between the places where one value, or one row of pieces, is all that what
    follows reads."""
    uses: dict[Ref, int] = {}  # the last node that reads it
    last: dict[int, int] = {}  # the last node that reads a piece of this node
    for number, node in enumerate((*graph.nodes, Node((graph.output,), (), graph.nodes[0].place))):
        for ref in node.inputs:
            uses[ref] = number
            last.update(dict.fromkeys((piece.node for piece in ref), number))
    rows = sorted((min(p.node for p in ref), ref, end) for ref, end in uses.items())
    found: list[Region] = []
    start, first = graph.whole(0), 0
    active: dict[Ref, int] = {}
    live: set[int] = set()
    at = 0
    for number in range(len(graph.nodes)):
        live.add(number)
        while at < len(rows) and rows[at][0] <= number:
            active[rows[at][1]] = rows[at][2]
            at += 1
        if number:
            active = {ref: end for ref, end in active.items() if end > number}
            live = {base for base in live if last[base] > number}
            end = _all(graph, live, active, number)
            if end is not None:
                found.append(Region(start, end, first, number))
                start, first = end, number
    if start != graph.output:
        found.append(Region(start, graph.output, first, first))
    return found


def _all(graph: Graph, live: set[int], active: dict[Ref, int], number: int) -> Ref | None:
    if len(live) == 1:
        (only,) = live
        return graph.whole(only)
    if len(active) == 1:
        (ref,) = active
        return ref if max(piece.node for piece in ref) <= number else None
    return None


class Chains:
    """Writes values as chains of stages from an earlier value, with branches that meet.

    Each node may be written once: what chains cannot share must lie in banks. `nodes` says which
    node each operation stands for.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.parent = dominators(graph)
        self.written: set[int] = set()

    def chain(self, start: Ref, end: Ref) -> Chain:
        """The stages from one value to another.

        Raises:
            SmashError: E994, no chain does that.
        """
        after: Chain = ()
        while True:
            if end == start:
                return after
            base = end[0].node
            whole = self.graph.whole(base)
            node = self.graph.nodes[base]
            if end != whole or node.op is None:
                return (*self._routed(start, end), *after)
            self._once(base)
            after, end = (node.op, *after), node.inputs[0]

    def _routed(self, start: Ref, end: Ref) -> Chain:
        """The stages to a value that no operation makes."""
        base, whole = end[0].node, self.graph.whole(end[0].node)
        if len(start) == 1 and all(piece.node == start[0].node for piece in end):
            return _taken(start[0], end)
        if len(end) > 1:
            root = self._common([piece.node for piece in end], start)
            branches = tuple(self.chain(root, (piece,)) for piece in end)
            return (*self.chain(start, root), Combine("cat", branches))
        if end != whole:
            return (*self.chain(start, whole), *_taken(whole[0], end))
        self._once(base)
        node = self.graph.nodes[base]
        root = self._common([piece.node for ref in node.inputs for piece in ref], start)
        branches = tuple(self.chain(root, ref) for ref in node.inputs)
        return (*self.chain(start, root), Combine(node.rule, branches))

    def _once(self, number: int) -> None:
        """Each node is written once, and the input never."""
        node = self.graph.nodes[number]
        if number in self.written or (node.op is None and not node.rule):
            raise misfit(node.place, "its value is needed in several places while the resolution "
                         "changes, or in a way that has no order")  # fmt: skip
        self.written.add(number)

    def _common(self, bases: list[int], start: Ref) -> Ref:
        """The latest value through which all these come."""
        floor = max(piece.node for piece in start)
        common = bases[0]
        for base in bases[1:]:
            common = _meet(self.parent, common, base)
        return start if common <= floor else self.graph.whole(common)


def _taken(source: Piece, end: Ref) -> Chain:
    """The channels of a value that pieces of it are."""
    if end == (source,):
        return ()
    parts: list[Stage] = [
        Op("take", {"units": p.stop - p.start, "after": p.start - source.start}) for p in end
    ]
    return (parts[0],) if len(parts) == 1 else (Combine("cat", tuple((p,) for p in parts)),)


def dominators(graph: Graph) -> list[int]:
    """By node the latest one through which all that it reads has come."""
    parent = [0]
    for node in graph.nodes[1:]:
        bases = sorted(node.bases)
        common = bases[0]
        for base in bases[1:]:
            common = _meet(parent, common, base)
        parent.append(common)
    return parent


def _meet(parent: list[int], a: int, b: int) -> int:
    while a != b:
        if a < b:
            a, b = b, a
        a = parent[a]
    return a
