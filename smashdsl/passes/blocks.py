"""What can be left out of a block: layers and banks that nothing needs, additions of zeros."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from smashdsl.ir import Block, Layer
from smashdsl.passes.chains import gives_zeros, simplified_chain


def simplified_block(block: Block) -> Block:
    """One round of everything: what is left may be simpler still."""
    layers = [replace(layer, stages=simplified_chain(layer.stages)) for layer in block.layers]
    layers = list(_without_zeros(block, layers))
    layers = _plain_writes(block, _live(block, layers))
    return _without_banks(replace(block, layers=tuple(layers)))


def _without_zeros(block: Block, layers: Iterable[Layer]) -> Iterable[Layer]:
    """Layers that add zeros are left out, zeros are not read for a sum, and where zeros are all
    that a bank holds, what is added to it takes their place."""
    full, zeros = set(block.enter), set[int]()
    for layer in layers:
        layer = _reading(layer, zeros)
        writes = set(layer.writes)
        gives = layer.reduce != "attend" and gives_zeros(
            layer.stages, zeros.issuperset(layer.reads)
        )
        if gives and layer.rule == "add" and writes <= full:
            continue
        if layer.rule == "add" and writes & zeros and not writes & (full - zeros):
            layer = replace(layer, rule="replace")
        placed = layer.rule == "replace" or not writes & full
        zeros = zeros | writes if gives and placed else zeros - writes
        full |= writes
        yield layer


def _reading(layer: Layer, zeros: set[int]) -> Layer:
    reads = layer.reads
    if layer.reduce == "sum":
        reads = tuple(i for i in reads if i not in zeros) or reads[:1]
    alone = len(reads) == 1 and layer.reduce != "attend"
    return replace(layer, reads=reads, reduce="cat" if alone else layer.reduce)


def _live(block: Block, layers: Sequence[Layer]) -> list[Layer]:
    """The layers whose output the block's depends on."""
    placed: list[set[int]] = []
    full = set(block.enter)
    for layer in layers:
        writes = set(layer.writes)
        placed.append(writes if layer.rule == "replace" else writes - full)
        full |= writes
    wanted, live = set(block.leave), list[Layer]()
    for layer, places in zip(reversed(layers), reversed(placed), strict=True):
        if wanted & set(layer.writes):
            live.append(layer)
            wanted = (wanted - places) | set(layer.reads)
    return live[::-1]


def _plain_writes(block: Block, layers: Sequence[Layer]) -> list[Layer]:
    """Where all banks that a layer writes are empty, it places its output, whatever the rule."""
    full, plain = set(block.enter), list[Layer]()
    for layer in layers:
        plain.append(layer if full & set(layer.writes) else replace(layer, rule="add"))
        full |= set(layer.writes)
    return plain


def _without_banks(block: Block) -> Block:
    """Without the banks that nothing reads or writes any more."""
    touched = (i for layer in block.layers for i in (*layer.reads, *layer.writes))
    used = sorted({*block.enter, *block.leave, *touched})
    number = {old: new for new, old in enumerate(used)}

    def renumbered(banks: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number[i] for i in banks)

    layers = (
        replace(layer, reads=renumbered(layer.reads), writes=renumbered(layer.writes))
        for layer in block.layers
    )
    return replace(
        block, banks=tuple(block.banks[i] for i in used), enter=renumbered(block.enter),
        layers=tuple(layers), leave=renumbered(block.leave),
    )  # fmt: skip
