"""A region of one resolution → a block."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from smashdsl.importing.modules.graph import Graph, Ref
from smashdsl.importing.modules.layers import IDENTITY, Layers, Made
from smashdsl.importing.modules.structure import Region
from smashdsl.ir import Bank, Block, Layer

_ENTERING = ("x", "y", "z", "u", "v", "w")
_MADE = ("b", "c", "d", "e", "f", "g")
Part = tuple[int, int, int]
"""Channels `start` to `stop` of the value that is kept under the number of a node."""


def block_of(graph: Graph, region: Region) -> Block:
    """The block that makes a region's end of its start."""
    return _Block(graph, region, Layers(graph, region)).made()


class _Block:
    def __init__(self, graph: Graph, region: Region, layers: Layers) -> None:
        self.graph, self.region, self.layers = graph, region, layers
        self.edges: dict[int, set[int]] = {}
        copies = self._copies()
        refs = [region.start, region.end, *(ref for made in copies for ref in made.reads)]
        refs += [graph.whole(made.target) for made in copies]
        for ref in refs:
            for piece in ref:
                self.edges.setdefault(self._home(piece.node), set()).update(piece[1:])
        self.rows = copies
        self.entering = self._parts(region.start)
        made: dict[Part, None] = {}
        for each in copies:
            made.update(dict.fromkeys(self._parts(graph.whole(each.target))))
        self.banks = [*self.entering, *(part for part in made if part not in self.entering)]
        self.names, self.order = self._named()

    def made(self) -> Block:
        enter, leave = self._indices(self.region.start), self._indices(self.region.end)
        layers = tuple(self._layer(made) for made in self.rows)
        banks = tuple(Bank(self.names[p], p[2] - p[1]) for p in self.order)
        return Block(banks, enter, layers, leave)

    def _copies(self) -> list[Made]:
        return list(self.layers.made)

    def _home(self, node: int) -> int:
        """The node under whose number a value is kept."""
        while node in self.layers.alias:
            node = self.layers.alias[node]
        return node

    def _parts(self, ref: Ref) -> list[Part]:
        """The banks in which a row of pieces lies."""
        found = []
        for piece in ref:
            home = self._home(piece.node)
            edges = sorted(e for e in self.edges[home] if piece.start <= e <= piece.stop)
            found += [(home, a, b) for a, b in pairwise(edges)]
        return found

    def _named(self) -> tuple[dict[Part, str], list[Part]]:
        """Names of all banks: a family for those of one size, what enters apart from the rest."""
        names: dict[Part, str] = {}
        for letters, parts in (
            (_ENTERING, self.entering),
            (_MADE, [p for p in self.banks if p not in self.entering]),
        ):
            sizes: dict[int, list[Part]] = {}
            for part in parts:
                sizes.setdefault(part[2] - part[1], []).append(part)
            for place, members in enumerate(sizes.values()):
                turn, letter = divmod(place, len(letters))
                family = f"{letters[letter]}{turn or ''}"
                for number, part in enumerate(members):
                    names[part] = f"{family}[{number}]" if len(members) > 1 else family
        return names, list(names)

    def _indices(self, ref: Ref) -> tuple[int, ...]:
        place = {part: i for i, part in enumerate(self.order)}
        return tuple(place[part] for part in self._parts(ref))

    def _layer(self, made: Made) -> Layer:
        reads: Sequence[int] = [i for ref in made.reads for i in self._indices(ref)]
        writes = self._indices(self.graph.whole(made.target))
        return Layer(
            tuple(reads), made.reduce, made.stages or (IDENTITY,), tuple(writes), made.rule
        )
