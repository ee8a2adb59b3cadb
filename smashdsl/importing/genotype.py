"""The text of a DARTS genotype → data. Text is parsed as a literal, and never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.importing.imported import foreign, short

OPS = (
    "none", "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5",
    "sep_conv_7x7", "dil_conv_3x3", "dil_conv_5x5", "conv_7x1_1x7",
)  # fmt: skip
MOST_TEXT = 20_000
MOST_NODES = 16
_FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")
_EXAMPLE = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('skip_connect', 1), …], normal_concat=range(2, 6), "
    "reduce=[…], reduce_concat=range(2, 6))"
)
Edge = tuple[str, int]


@dataclass(frozen=True)
class Cell:
    """Two edges for each node, as operation and the state that it reads: 0 and 1 are the outputs of
    the two cells before, 2 the first node. `concat` are the states that make the output."""

    edges: tuple[Edge, ...]
    concat: tuple[int, ...]

    @property
    def nodes(self) -> int:
        return len(self.edges) // 2


@dataclass(frozen=True)
class Genotype:
    normal: Cell
    reduce: Cell


def parse_genotype(text: str) -> Genotype:
    """A genotype as the code of DARTS writes it, with or without a name and `=` before it.

    Raises:
        SmashError: E997, it is none; the message says why.
    """
    fields = _fields(_call(text))
    return Genotype(
        *(
            _cell(kind, fields[kind], fields[f"{kind}_concat"])
            for kind in ("normal", "reduce")
        )
    )  # fmt: skip


def _call(text: str) -> ast.Call:
    if len(text) > MOST_TEXT:
        raise _wrong(f"its text is longer than {MOST_TEXT:,} characters")
    try:
        statements = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _wrong(f"`{short(text)}` is no genotype") from error
    if len(statements) == 1 and isinstance(statements[0], ast.Expr | ast.Assign):
        call = statements[0].value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and (
            call.func.id == "Genotype" and not call.args
        ):  # fmt: skip
            return call
    raise _wrong(f"`{short(text)}` is no genotype")


def _fields(call: ast.Call) -> dict[str, ast.expr]:
    fields = {str(each.arg): each.value for each in call.keywords}
    if set(fields) != set(_FIELDS):
        raise _wrong(f"its fields must be {', '.join(_FIELDS)}")
    return fields


def _cell(kind: str, edges: ast.expr, concat: ast.expr) -> Cell:
    if not isinstance(edges, ast.List | ast.Tuple) or len(edges.elts) % 2 or not edges.elts or (
        len(edges.elts) > 2 * MOST_NODES
    ):  # fmt: skip
        raise _wrong(f"`{kind}` must be a list of two edges for each of 1 to {MOST_NODES} nodes")
    found = tuple(_edge(kind, place // 2, edge) for place, edge in enumerate(edges.elts))
    states = _states(kind, concat)
    last = len(found) // 2 + 1
    if not states or len(set(states)) < len(states) or not all(2 <= i <= last for i in states):
        raise _wrong(f"`{kind}_concat` must name different states from 2 to {last}")
    return Cell(found, tuple(states))


def _edge(kind: str, node: int, edge: ast.expr) -> Edge:
    match edge:
        case ast.Tuple(elts=[ast.Constant(value=str(name)), ast.Constant(value=int(state))]) | (
            ast.List(elts=[ast.Constant(value=str(name)), ast.Constant(value=int(state))])
        ):
            pass
        case _:
            raise _wrong(f"an edge of `{kind}` is no pair such as ('sep_conv_3x3', 0)")
    if name not in OPS:
        near = did_you_mean(name, OPS)
        hint = f"did you mean `{near}`?" if near else f"the operations are {', '.join(OPS)}"
        raise foreign("DARTS genotype", f"`{short(name)}` is no operation of DARTS", hint)
    if isinstance(state, bool) or not 0 <= state < node + 2:
        raise _wrong(f"an edge to node {node} of `{kind}` reads state {state}, not one of 0 to "
                     f"{node + 1}")  # fmt: skip
    return name, state


def _states(kind: str, value: ast.expr) -> Sequence[int]:
    match value:
        case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]) if 0 < len(args) < 4:
            numbers = [_number(kind, each) for each in args]
            if numbers[2:] == [0]:
                raise _wrong(f"`{kind}_concat` is no range")
            return list(range(*numbers)[: MOST_NODES + 2])
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(_number(kind, each) for each in elements[: MOST_NODES + 2])
    raise _wrong(f"`{kind}_concat` is neither a range nor a list of numbers")


def _number(kind: str, value: ast.expr) -> int:
    match value:
        case ast.Constant(value=int(number)) if not isinstance(number, bool) and number < 1000:
            return number
    raise _wrong(f"`{kind}_concat` holds what is no small number")


def _wrong(problem: str) -> Exception:
    return foreign("DARTS genotype", problem, f"a genotype is written like {_EXAMPLE}")
