"""A region of one resolution → a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from smashdsl.importing.modules.graph import Graph, Piece, Ref
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
        self.sizes = {i: node.shape[0] for i, node in enumerate(graph.nodes)}
        self.rows: list[Made] = []
        start = self._apart([region.start])[0]
        self.rows.clear()  # what enters twice fills two banks, of which one is read
        cut = self._cut()
        for made in layers.made:
            reads = self._apart(made.reads)
            if made.reduce != "cat":
                reads = [ref if self._single(ref, cut) else self._copy(ref) for ref in reads]
            self.rows.append(replace(made, reads=tuple(reads)))
        (end,) = self._apart([region.end])
        self.edges: dict[int, set[int]] = {}
        refs = [start, end, *(ref for made in self.rows for ref in made.reads)]
        for ref in (*refs, *(self._whole(made.target) for made in self.rows)):
            for piece in ref:
                self.edges.setdefault(self._home(piece.node), set()).update(piece[1:])
        self.entering = self._parts(start)
        inner: dict[Part, None] = {}
        for each in self.rows:
            inner.update(dict.fromkeys(self._parts(self._whole(each.target))))
        self.inner = [part for part in inner if part not in self.entering]
        self.names = self._named()
        self.place = {part: i for i, part in enumerate(self.names)}
        self.start, self.end = start, end

    def made(self) -> Block:
        banks = tuple(Bank(name, stop - start) for (_, start, stop), name in self.names.items())
        layers = tuple(map(self._layer, self.rows))
        return Block(banks, self._indices(self.start), layers, self._indices(self.end))

    def _apart(self, refs: Sequence[Ref]) -> list[Ref]:
        """Rows of pieces in which no channel is twice: copies stand for what comes again."""
        seen: set[tuple[int, int]] = set()
        found = []
        for ref in refs:
            pieces = []
            for piece in ref:
                channels = {(self._home(piece.node), i) for i in range(piece.start, piece.stop)}
                if channels & seen:
                    (piece,) = self._copy((piece,))
                seen |= channels
                pieces.append(piece)
            found.append(tuple(pieces))
        return found

    def _copy(self, ref: Ref) -> Ref:
        """The same value in a bank of its own."""
        copy = len(self.sizes)
        self.sizes[copy] = self.graph.channels(ref)
        self.rows.append(Made((ref,), "cat", (IDENTITY,), copy, "add"))
        return self._whole(copy)

    def _cut(self) -> set[int]:
        """The values of which somebody reads a part."""
        refs = [self.region.start, self.region.end]
        refs += [ref for made in self.layers.made for ref in made.reads]
        return {
            self._home(piece.node)
            for ref in refs for piece in ref if (piece,) != self._whole(piece.node)
        }  # fmt: skip

    def _single(self, ref: Ref, cut: set[int]) -> bool:
        """Whether a value lies in one bank."""
        home = self._home(ref[0].node)
        return len(ref) == 1 and home not in cut and ref == self._whole(ref[0].node)

    def _whole(self, node: int) -> Ref:
        return (Piece(node, 0, self.sizes[node]),)

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

    def _named(self) -> dict[Part, str]:
        """Names of all banks: a family for those of one size, what enters apart from the rest."""
        names: dict[Part, str] = {}
        for letters, parts in ((_ENTERING, self.entering), (_MADE, self.inner)):
            sizes: dict[int, list[Part]] = {}
            for part in parts:
                sizes.setdefault(part[2] - part[1], []).append(part)
            for place, members in enumerate(sizes.values()):
                turn, letter = divmod(place, len(letters))
                family = f"{letters[letter]}{turn or ''}"
                for number, part in enumerate(members):
                    names[part] = f"{family}[{number}]" if len(members) > 1 else family
        return names

    def _indices(self, ref: Ref) -> tuple[int, ...]:
        return tuple(self.place[part] for part in self._parts(ref))

    def _layer(self, made: Made) -> Layer:
        reads = tuple(i for ref in made.reads for i in self._indices(ref))
        writes = self._indices(self._whole(made.target))
        return Layer(reads, made.reduce, made.stages or (IDENTITY,), writes, made.rule)
