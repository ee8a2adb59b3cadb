"""Block → its class: what it holds, and a `forward` as a person would write it.

Blocks whose layers all do the same to one bank, and blocks whose layers each read everything
before them, are loops. Others name their banks as the program does, a line for a layer; where most
layers deal their output to several banks, the class `Banks` does that.
"""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.backends.source.banks import Variable, described, updated
from smashdsl.backends.source.chains import Use
from smashdsl.backends.source.code import Line, Loop, Seq, call
from smashdsl.backends.source.lists import module_list
from smashdsl.backends.source.straight import Forward, LayerCode, straight_forward
from smashdsl.ir import Block

_DEEDS = {
    "add": "adds to it",
    "replace": "replaces it",
    "mul": "multiplies it",
    "max": "keeps the maximum",
    "mean": "takes the mean with it",
}


def block_use(block: Block, layers: Sequence[LayerCode]) -> Use:
    """The class of a block, given the code of its layers."""
    members: tuple[Line, ...] = ()
    if layers:
        members = (Line("self.layers = ", module_list([code.build for code in layers])),)
    doc, body = _loop(block, layers) or _dense(block, layers) or straight_forward(block, layers)
    entering = sum(block.banks[i].size for i in block.enter)
    leaving = sum(block.banks[i].size for i in block.leave)
    return Use("Block", doc, members, "x: Tensor", tuple(body), (entering, leaving))


def _loop(block: Block, layers: Sequence[LayerCode]) -> Forward | None:
    """Every layer reads one bank and writes it, and there is no other."""
    bank = block.enter[:1]
    rules = {code.layer.rule for code in layers}
    if len(rules) != 1 or not block.enter == block.leave == bank:
        return None
    if any(not code.layer.reads == code.layer.writes == bank for code in layers):
        return None
    (rule,) = rules
    update = updated(rule, Variable("x", None), "layer(x)")
    doc = f"Every layer reads the bank {described(block, bank)} and {_DEEDS[rule]}."
    return doc, [Loop("for layer in self.layers:", (Line("x = ", update),)), Line("return ", "x")]


def _dense(block: Block, layers: Sequence[LayerCode]) -> Forward | None:
    """Every layer reads all banks before it and writes a new one."""
    held = list(block.enter)
    for code in layers:
        layer = code.layer
        if layer.reduce != "cat" or layer.reads != tuple(held) or len(layer.writes) != 1:
            return None
        if layer.writes[0] in held or code.channels != block.banks[layer.writes[0]].size:
            return None
        held.append(layer.writes[0])
    if len(layers) < 2 or block.leave != tuple(held):
        return None
    grown = call("torch.cat", Seq(("x", "layer(x)")), "1")
    return "Every layer reads the outputs of all layers before it.", [
        Loop("for layer in self.layers:", (Line("x = ", grown),)),
        Line("return ", "x"),
    ]
