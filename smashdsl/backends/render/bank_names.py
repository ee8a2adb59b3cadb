"""What is read and written, in words: `cat b[0–3], x`, `write b[7], add to b[2]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from smashdsl.ir import Block, Layer

_VERBS = {"first": "write", "add": "add to", "replace": "replace", "mul": "multiply",
          "max": "maximum into", "mean": "mean into"}  # fmt: skip

_REDUCES = {"sum": "sum of", "mean": "mean of", "max": "maximum of", "mul": "product of",
            "attend": "attention over"}  # fmt: skip


def enter_text(block: Block) -> str:
    """What a block's input fills."""
    return f"enter {bank_names(block, block.enter)}"


def leave_text(block: Block) -> str:
    """What leaves a block."""
    return f"leave {bank_names(block, block.leave)}"


def read_text(block: Block, layer: Layer) -> str:
    """What a layer reads."""
    names = bank_names(block, layer.reads)
    return f"read {names}" if layer.reduce == "cat" else f"{_REDUCES[layer.reduce]} {names}"


def write_text(block: Block, banks: Sequence[int], held: set[int], rule: str = "add") -> str:
    """What is written where; `held` are the banks that are full already."""
    first = [i for i in banks if i not in held]
    again = [i for i in banks if i in held]
    parts = [f"{_VERBS['first']} {bank_names(block, first)}"] if first else []
    parts += [f"{_VERBS[rule]} {bank_names(block, again)}"] if again else []
    return ", ".join(parts)


def bank_names(block: Block, banks: Iterable[int]) -> str:
    """Banks in order, neighbours of one array together: `x, b[0–3, 7]`."""
    parts: list[str] = []
    array, spans = "", [[0, 0]]
    for name in (block.banks[i].name for i in banks):
        found = re.fullmatch(r"(.+)\[(\d+)\]", name)
        if found is None:
            parts.append(name)
            array = ""
            continue
        index = int(found[2])
        if found[1] != array:
            array, spans = found[1], []
            parts.append("")
        if spans and spans[-1][1] + 1 == index:
            spans[-1][1] = index
        else:
            spans.append([index, index])
        shown = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans)
        parts[-1] = f"{array}[{shown}]"
    return ", ".join(parts)
