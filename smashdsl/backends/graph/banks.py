"""The bank-by-layer graph: who reads and who writes which bank, in which order.

Nodes are named by path. Every node has `kind`, `label`, `section` and `shape`
(`[channels, *spatial]`, of its output where it computes something):

- `bank` (`blocks.N.banks.M`): `size` in channels, `order` of declaration;
- `layer` (`blocks.N.layers.M`): `order` in its block, `reduce` and `rule`, `in_shape`, `op` (user-
  defined operations by name) and `summary` (opened), `params`, `flops`;
- `enter` and `leave` (`blocks.N.enter`, `blocks.N.leave`): a block's input and output;
- `stem`, `transition`, `head`: `summary`, `params`, `flops`; `input` and `output`.

Edges have a `role`:

- `read` (bank → layer): `order` in the layer's list of banks, `reduce`;
- `write` (layer → bank): `order`, `rule` (`first` where the bank was empty), `channels`
  `[start, stop]` of the layer's output that land in it;
- `enter` (→ bank): `order`, `channels`; `leave` (bank →): `order`;
- `flow`: the value that passes between sections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smashdsl.backends.graph.layers import layer_of, program_facts, section_of
from smashdsl.backends.labels import chain_label, opened_label
from smashdsl.backends.shapes import Shape, chain_shape, dealt
from smashdsl.ir import Block, Chain, Layer, Program
from smashdsl.plan import Plan, build_plan

if TYPE_CHECKING:
    import networkx


def bank_graph(program: Program) -> networkx.MultiDiGraph:
    """The bank-by-layer graph of a program."""
    return _Builder(build_plan(program)).build(program)


class _Builder:
    """Walks the program with the value that flows: `last` is its node, `shape` its shape."""

    def __init__(self, plan: Plan) -> None:
        import networkx

        self.graph = networkx.MultiDiGraph(**program_facts(plan), view="banks")
        self.params, self.flops = _costs_by_place(plan)
        self.last = ""
        self.shape: Shape = plan.program.input

    def build(self, program: Program) -> networkx.MultiDiGraph:
        self.flow("input", "input", "input")
        if program.stem:
            self.chain("stem", "stem", "stem", program.stem)
        blocks = transitions = 0
        for part in program.body:
            if isinstance(part, Block):
                self.block(part, f"blocks.{blocks}", f"block {blocks + 1}")
                blocks += 1
            else:
                label = f"transition {transitions + 1}"
                self.chain(f"transitions.{transitions}", "transition", label, part.stages)
                transitions += 1
        if program.head:
            self.chain("head", "head", "head", program.head)
        self.flow("output", "output", "output")
        return self.graph

    def node(self, name: str, kind: str, label: str, shape: Shape, **more: Any) -> None:
        section = section_of(name)
        self.graph.add_node(
            name, kind=kind, label=label, section=section, shape=list(shape), **more
        )

    def flow(self, name: str, kind: str, label: str, **more: Any) -> None:
        self.node(name, kind, label, self.shape, **more)
        if self.last:
            self.graph.add_edge(self.last, name, role="flow")
        self.last = name

    def chain(self, path: str, kind: str, label: str, chain: Chain) -> None:
        summary = opened_label(chain, len(self.shape) - 1)
        self.shape = chain_shape(chain, self.shape)
        params, flops = self.params[path], self.flops[path]
        self.flow(path, kind, label, summary=summary, params=params, flops=flops)

    def block(self, block: Block, path: str, label: str) -> None:
        entering, spatial = f"{path}.enter", self.shape[1:]
        self.flow(entering, "enter", label)
        for i, bank in enumerate(block.banks):
            shape = (bank.size, *spatial)
            self.node(f"{path}.banks.{i}", "bank", bank.name, shape, size=bank.size, order=i)
        for order, (i, channels) in enumerate(_pieces(block, block.enter, self.shape[0])):
            name = f"{path}.banks.{i}"
            self.graph.add_edge(entering, name, role="enter", order=order, channels=channels)
        held = set(block.enter)
        for number, layer in enumerate(block.layers):
            self.layer(block, layer, path, number, held)
        self.shape = (sum(block.banks[i].size for i in block.leave), *spatial)
        self.last = f"{path}.leave"
        self.node(self.last, "leave", label, self.shape)
        for order, i in enumerate(block.leave):
            self.graph.add_edge(f"{path}.banks.{i}", self.last, role="leave", order=order)

    def layer(self, block: Block, layer: Layer, path: str, number: int, held: set[int]) -> None:
        name, spatial = f"{path}.layers.{number}", self.shape[1:]
        sizes = [block.banks[i].size for i in layer.reads]
        entering = (sum(sizes) if layer.reduce == "cat" else sizes[0], *spatial)
        leaving = chain_shape(layer.stages, entering)
        self.node(
            name, "layer", f"layer {number + 1}", leaving,
            order=number, reduce=layer.reduce, rule=layer.rule, in_shape=list(entering),
            op=chain_label(layer.stages, len(spatial)),
            summary=opened_label(layer.stages, len(spatial)),
            params=self.params[name], flops=self.flops[name],
        )  # fmt: skip
        for order, i in enumerate(layer.reads):
            bank = f"{path}.banks.{i}"
            self.graph.add_edge(bank, name, role="read", order=order, reduce=layer.reduce)
        for order, (i, channels) in enumerate(_pieces(block, layer.writes, leaving[0])):
            rule = layer.rule if i in held else "first"
            held.add(i)
            bank = f"{path}.banks.{i}"
            self.graph.add_edge(name, bank, role="write", order=order, rule=rule, channels=channels)


def _pieces(block: Block, banks: Sequence[int], channels: int) -> list[tuple[int, list[int]]]:
    pieces = dealt(channels, [block.banks[i].size for i in banks])
    return [(i, list(piece)) for i, piece in zip(banks, pieces, strict=True)]


def _costs_by_place(plan: Plan) -> tuple[Counter[str], Counter[str]]:
    """Parameters and multiply-adds of every section and layer."""
    params: Counter[str] = Counter()
    flops: Counter[str] = Counter()
    for step in plan.steps:
        for place in {section_of(step.path), layer_of(step.path) or section_of(step.path)}:
            params[place] += step.params
            flops[place] += step.flops
    return params, flops
