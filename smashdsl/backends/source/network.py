"""The class `Network`: its sections, and the order in which they run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from smashdsl.backends.source.code import Expr, Line
from smashdsl.backends.source.layout import docstring, statement
from smashdsl.backends.source.lists import block_list

Run = tuple[str, int]

_SEVERAL = ("blocks", "transitions")


def network_class(doc: str, built: Sequence[tuple[str, Expr]], *, initialised: bool) -> list[str]:
    """The lines of the class.

    Args:
        doc: what it says of itself.
        built: for each section in order its kind (`stem`, `blocks`, `transitions` or `head`)
            and the call that constructs it.
        initialised: whether convolutions' weights are to be set.
    """
    members = [Line(f"self.{kind} = ", expr) for kind, expr in built if kind == "stem"]
    for several in _SEVERAL:
        items = [expr for kind, expr in built if kind == several]
        if items:
            members.append(Line(f"self.{several} = ", block_list(items)))
    members += [Line(f"self.{kind} = ", expr) for kind, expr in built if kind == "head"]
    kinds = [kind for kind, _ in built]
    lines = ["class Network(nn.Module):", *docstring(doc, 4), ""]
    lines += ["    def __init__(self) -> None:", "        super().__init__()"]
    lines += [line for member in members for line in statement(member, 8)]
    lines += ["        self.apply(initialise)"] if initialised else []
    lines += ["", "    def forward(self, x: Tensor) -> Tensor:"]
    lines += ["        x = self.stem(x)"] if "stem" in kinds else []
    lines += [f"        {line}" for line in _run([k for k in kinds if k in _SEVERAL])]
    lines.append(f"        return {'self.head(x)' if 'head' in kinds else 'x'}")
    return lines


def _run(body: Sequence[str]) -> list[str]:
    """The statements that run the parts in order, as loops where they alternate regularly."""
    runs = [(kind, len(list(group))) for kind, group in groupby(body)]
    if len(runs) == 1:
        return _all(runs[0][0])
    blocks = {count for kind, count in runs if kind == "blocks"}
    transitions = {count for kind, count in runs if kind == "transitions"}
    first, last = (runs[0][0], runs[-1][0]) if runs else ("", "")
    if len(runs) < 3 or len(blocks) > 1 or transitions != {1}:
        return _in_order(runs)
    if blocks == {1}:
        return _alternating(first, last)
    if first == last == "blocks":
        return _stages(len(runs) // 2 + 1, *blocks)
    return _in_order(runs)


def _all(kind: str) -> list[str]:
    one = kind[:-1]
    return [f"for {one} in self.{kind}:", f"    x = {one}(x)"]


def _alternating(first: str, last: str) -> list[str]:
    if first != last:
        inner, outer = first[:-1], last[:-1]
        return [
            f"for {inner}, {outer} in zip(self.{first}, self.{last}):",
            f"    x = {outer}({inner}(x))",
        ]
    other = "transitions" if first == "blocks" else "blocks"
    inner, outer = other[:-1], first[:-1]
    return [
        f"x = self.{first}[0](x)",
        f"for {inner}, {outer} in zip(self.{other}, self.{first}[1:]):",
        f"    x = {outer}({inner}(x))",
    ]


def _stages(stages: int, blocks: int) -> list[str]:
    return [
        f"for stage in range({stages}):",
        "    if stage > 0:",
        "        x = self.transitions[stage - 1](x)",
        f"    for block in self.blocks[{blocks} * stage : {blocks} * (stage + 1)]:",
        "        x = block(x)",
    ]


def _in_order(runs: Sequence[Run]) -> list[str]:
    lines: list[str] = []
    done = {"blocks": 0, "transitions": 0}
    for kind, count in runs:
        start = done[kind]
        done[kind] += count
        if count == 1:
            lines.append(f"x = self.{kind}[{start}](x)")
        else:
            one = kind[:-1]
            lines += [f"for {one} in self.{kind}[{start}:{start + count}]:", f"    x = {one}(x)"]
    return lines
