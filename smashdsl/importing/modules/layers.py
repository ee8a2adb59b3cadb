"""What a block needs: which values of a region lie in banks, and which are within layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.importing.modules.graph import Graph, Ref
from smashdsl.importing.modules.structure import Chains, Region, dominators
from smashdsl.ir import Chain, Op

_WRITES = {"sum": "add", "mul": "mul", "max": "max", "mean": "mean"}
IDENTITY = Op("identity", {})


@dataclass(frozen=True)
class Made:
    """A layer in the making: what it reads, combined by `reduce`, and its stages; `target` is the
    node whose value it writes, and `rule` how."""

    reads: tuple[Ref, ...]
    reduce: str
    stages: Chain
    target: int
    rule: str


class Layers:
    """The layers of a region, each of which makes a value that others read, or adds to one.

    `alias` says in whose place a value lies: an addition to a value that nobody reads any more
    happens in its bank, and so does an activation of it.
    """

    def __init__(self, graph: Graph, region: Region) -> None:
        self.graph, self.region = graph, region
        self.numbers = range(region.first + 1, region.last + 1)
        self.readers: dict[int, list[tuple[int, Ref]]] = {}
        for number in self.numbers:
            for ref in graph.nodes[number].inputs:
                for base in {piece.node for piece in ref}:
                    self.readers.setdefault(base, []).append((number, ref))
        self.leaving = {piece.node for piece in region.end}
        self.parent = dominators(graph)
        self.modes = {n: self._mode(n) for n in self.numbers if graph.nodes[n].rule}
        self.inside = {n for n in self.numbers if self._is_inside(n)}
        for number, mode in self.modes.items():
            if mode == "branch":
                self.inside |= self._cone(number)
        self.last = self._last()
        self.alias: dict[int, int] = {}
        self.made: list[Made] = []
        for number in self.numbers:
            if number not in self.inside:
                self._make(number)

    # What lies within a layer -----------------------------------------------------------------

    def _only_reader(self, number: int) -> int | None:
        """The node that reads a value, if it is the only one and reads all of it."""
        readers = self.readers.get(number, [])
        if number in self.leaving or len(readers) != 1:
            return None
        return readers[0][0] if readers[0][1] == self.graph.whole(number) else None

    def _mode(self, number: int) -> str:
        """How a join is written: as branches within a chain, as what a layer reads, or by adding
        one term after another to a bank."""
        node = self.graph.nodes[number]
        if self._parts(number):
            return "branch"
        if node.rule == "mean" and len(node.inputs) > 2:
            return "read"
        reader = self._only_reader(number)
        bare = all(
            ref != self.graph.whole(ref[0].node) or self._only_reader(ref[0].node) is None
            for ref in node.inputs
        )
        return "read" if bare and reader is not None and self.graph.nodes[reader].op else "add"

    def _parts(self, number: int) -> bool:
        """Whether the branches of a join part at a value that nothing else reads, and all do
        something."""
        root = self.parent[number]
        if root <= self.region.first or self.graph.whole(root) in self.graph.nodes[number].inputs:
            return False
        cone = self._cone(number) | {root}
        if cone & self.leaving or any(
            reader != number and reader not in cone
            for each in cone for reader, _ in self.readers[each]
        ):  # fmt: skip
            return False
        try:
            Chains(self.graph).chain(self.graph.whole(root), self.graph.whole(number))
        except SmashError:
            return False
        return True

    def _cone(self, number: int) -> set[int]:
        """The nodes between a join and the value through which all its terms come."""
        root = self.parent[number]
        found: set[int] = set()
        waiting = [number]
        while waiting:
            for base in self.graph.nodes[waiting.pop()].bases - found:
                if base > root:
                    found.add(base)
                    waiting.append(base)
        return found

    def _is_inside(self, number: int) -> bool:
        """Whether a value needs no bank: the layer that makes it goes on with it."""
        readers = {reader for reader, _ in self.readers.get(number, ())}
        if self.modes.get(number) == "add" or number in self.leaving:
            return False
        for join, mode in self.modes.items():
            if mode == "branch" and self.parent[join] == number and readers <= (
                self._cone(join) | {join}
            ):  # fmt: skip
                return True
        reader = self._only_reader(number)
        return reader is not None and self.modes.get(reader) != "read"

    def _last(self) -> dict[int, int]:
        """By node the last one at whose turn its value is read."""
        last: dict[int, int] = dict.fromkeys(self.leaving, self.region.last + 1)
        for number in self.numbers:
            turn = self._turn(number)
            for base in self.graph.nodes[number].bases:
                last[base] = max(last.get(base, 0), turn)
        return last

    def _turn(self, number: int) -> int:
        while number in self.inside:
            number = max(reader for reader, _ in self.readers[number])
        return number

    # Layers -----------------------------------------------------------------------------------

    def _make(self, number: int) -> None:
        node = self.graph.nodes[number]
        if node.op is not None or self.modes[number] == "branch":
            reads, reduce, stages = self._line(number)
            only = reads[0][0].node
            stage = stages[0]
            rule = "add"
            if reads == (self.graph.whole(only),) and reduce == "cat" and len(stages) == 1 and (
                isinstance(stage, Op) and is_activation(stage) and self._free(only, number)
            ):  # fmt: skip
                self.alias[number], rule = only, "replace"
            self.made.append(Made(reads, reduce, stages, number, rule))
        elif self.modes[number] == "add":
            self._sum(number)
        else:
            self.made.append(Made(node.inputs, node.rule, (IDENTITY,), number, "add"))

    def _free(self, base: int, number: int) -> bool:
        """Whether a value's bank can be written over at the turn of a node."""
        return base not in self.leaving and self.last.get(base) == number

    def _sum(self, number: int) -> None:
        """A join, term by term: into the bank of one that nobody reads later, if there is one."""
        node = self.graph.nodes[number]
        terms = [self._term(ref) for ref in node.inputs]
        first = self._kept(number, terms)
        rule = _WRITES[node.rule]
        if first is not None:
            self.alias[number] = terms[first][0][0][0].node
            del terms[first]
            terms.sort(key=lambda term: not self._reads(term[0], self.alias[number]))
        for place, (reads, reduce, stages) in enumerate(terms):
            adding = rule if place or first is not None else "add"
            self.made.append(Made(reads, reduce, stages or (IDENTITY,), number, adding))

    def _kept(self, number: int, terms: Sequence[tuple[tuple[Ref, ...], str, Chain]]) -> int | None:
        for place, (reads, _, stages) in enumerate(terms):
            base = reads[0][0].node
            if stages or len(reads) > 1 or reads[0] != self.graph.whole(base):
                continue
            others = [each for i, each in enumerate(terms) if i != place]
            if self._free(base, number) and sum(self._reads(o[0], base) for o in others) < 2:
                return place
        return None

    def _reads(self, reads: Sequence[Ref], base: int) -> bool:
        return any(piece.node == base for ref in reads for piece in ref)

    def _term(self, ref: Ref) -> tuple[tuple[Ref, ...], str, Chain]:
        base = ref[0].node
        if base in self.inside and ref == self.graph.whole(base):
            return self._line(base)
        return (ref,), "cat", ()

    def _line(self, number: int) -> tuple[tuple[Ref, ...], str, Chain]:
        """What the layer that makes a value reads, how it combines that, and its stages."""
        stages: Chain = ()
        while True:
            node, mode = self.graph.nodes[number], self.modes.get(number)
            if mode == "branch":
                ref = self.graph.whole(self.parent[number])
                made = Chains(self.graph).chain(ref, self.graph.whole(number))
                stages = (*made, *stages)
            elif node.op is not None:
                (ref,) = node.inputs
                stages = (node.op, *stages)
            else:
                return node.inputs, node.rule, stages
            if ref[0].node not in self.inside or ref != self.graph.whole(ref[0].node):
                return (ref,), "cat", stages
            number = ref[0].node


def is_activation(op: Op) -> bool:
    return op.name in ("relu", "relu6", "leaky_relu", "gelu", "silu", "tanh", "sigmoid")
