"""A graph → the parts of a program: chains where one value goes on, blocks where several do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.importing.modules.blocks import block_of
from smashdsl.importing.modules.graph import Graph, misfit
from smashdsl.importing.modules.layers import is_activation
from smashdsl.importing.modules.structure import Chains, Region, regions
from smashdsl.ir import Block, Chain, Combine, Op, Program, Transition
from smashdsl.ops import find_op


@dataclass(frozen=True)
class _Run:
    """Regions next to each other that become one part; `block` says of which kind."""

    regions: tuple[Region, ...]
    block: bool

    @property
    def whole(self) -> Region:
        first, last = self.regions[0], self.regions[-1]
        return Region(first.start, last.end, first.first, last.last)


def program_of(graph: Graph, name: str) -> Program:
    """The program that computes what a graph does.

    Raises:
        SmashError: E994, a part of it does not fit.
    """
    parts: list[Block | Chain] = []
    chains = Chains(graph)
    for run in _runs(graph, regions(graph)):
        if run.block:
            parts.append(block_of(graph, run.whole))
            continue
        chain: Chain = ()
        for region in run.regions:
            chain = (*chain, *chains.chain(region.start, region.end))
        parts.append(chain)
    stem, body, head = _sections(parts)
    shape = graph.nodes[0].shape
    out = (graph.channels(graph.output), *graph.spatial(graph.output))
    last = head[-1] if head else None
    classes = out[0] if isinstance(last, Op) and last.name == "linear" else None
    if not 2 <= len(shape) <= 4:
        raise misfit(graph.nodes[0].place, f"an input of {len(shape) - 1} dimensions")
    return Program(name, shape, classes, stem, tuple(body), head)


# Chains and blocks ----------------------------------------------------------------------------


def _runs(graph: Graph, found: Sequence[Region]) -> Iterator[_Run]:
    waiting: list[Region] = []
    at = 0
    while at < len(found):
        stop = _end(graph, found, at)
        if stop == at:
            waiting.append(found[at])
            at += 1
            continue
        if waiting:
            yield _Run(tuple(waiting), False)
            waiting = []
        yield _Run(tuple(found[at:stop]), True)
        at = stop
    if waiting:
        yield _Run(tuple(waiting), False)


def _end(graph: Graph, found: Sequence[Region], at: int) -> int:
    """Where the block that begins at a region ends; there itself if none begins."""
    region = found[at]
    if not _of_one_resolution(graph, region):
        return at
    if not _residual(graph, region):
        return at if region.single or _plain(graph, region) else at + 1
    stop = at + 1
    while stop < len(found) and (
        _activation(graph, found[stop])
        or (_of_one_resolution(graph, found[stop]) and _residual(graph, found[stop]))
    ):
        stop += 1
    return stop


def _of_one_resolution(graph: Graph, region: Region) -> bool:
    spatial = graph.spatial(region.start)
    inside = range(region.first + 1, region.last + 1)
    return bool(spatial) and all(graph.nodes[i].shape[1:] == spatial for i in inside)


def _residual(graph: Graph, region: Region) -> bool:
    """Whether it combines its input with what it makes of that."""
    node = graph.nodes[region.last]
    if not node.rule or region.start not in node.inputs or region.end != graph.whole(region.last):
        return False
    return _is_chain(graph, region)


def _activation(graph: Graph, region: Region) -> bool:
    node = graph.nodes[region.last]
    return region.single and node.op is not None and is_activation(node.op)


def _plain(graph: Graph, region: Region) -> bool:
    """Whether it is a chain with branches, none of which passes the input on as it is."""
    inside = range(region.first + 1, region.last + 1)
    joins = [graph.nodes[i].inputs for i in inside if graph.nodes[i].rule]
    if any(region.start == ref for refs in joins for ref in refs):
        return False
    bases = {piece.node for piece in region.start}
    if len(region.end) > 1 and any(piece.node in bases for piece in region.end):
        return False
    return _is_chain(graph, region)


def _is_chain(graph: Graph, region: Region) -> bool:
    try:
        Chains(graph).chain(region.start, region.end)
    except SmashError:
        return False
    return True


# Stem, transitions and head -------------------------------------------------------------------


def _sections(parts: Sequence[Block | Chain]) -> tuple[Chain, list[Block | Transition], Chain]:
    stem: Chain = ()
    body: list[Block | Transition] = []
    head: Chain = ()
    last = len(parts) - 1
    for place, part in enumerate(parts):
        if isinstance(part, Block):
            body.append(part)
            continue
        if place == last:
            split = _head_of(part) if place == 0 else 0
            part, head = part[:split], part[split:]
        if place == 0:
            split = next((i for i, s in enumerate(part) if isinstance(s, Combine)), len(part))
            stem, part = part[:split], part[split:]
        if part:
            body.append(Transition(part))
    return stem, body, head


def _head_of(chain: Chain) -> int:
    """Where the head begins in a network that is one chain: after the last convolution or pool
    that leaves a resolution."""
    found = 0
    for place, stage in enumerate(chain, 1):
        spec = find_op(stage.name) if isinstance(stage, Op) else None
        spatial = spec is None or spec.kind in ("conv", "pool")
        if spatial and stage != Op("global_avg_pool", {}):
            found = place
    return found
