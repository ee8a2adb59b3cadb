"""Lists of modules, with loops for those that repeat."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from smashdsl.backends.source.code import (
    Call,
    Each,
    Expr,
    Hole,
    Join,
    Seq,
    call,
    fill,
    holes,
    literal,
    skeleton,
)
from smashdsl.backends.source.layout import text

_REPEATED = 3
_LONGEST = 4
_ROOM = 70
_ARGUMENT = 12  # what an argument's name may add to the width


def module_list(items: Sequence[Expr]) -> Call:
    """`nn.ModuleList` of constructor calls.

    Calls that are all equal, or whose widths grow by equal steps, become a loop over their number.
    """
    element = _regular(items)
    if element is None:
        return call("nn.ModuleList", _alternating(items) or Seq(_folded(items)))
    variable = "i" if " * i" in text(element) else "_"
    return call("nn.ModuleList", Each(element, variable, Hole("depth", len(items))))


def _regular(items: Sequence[Expr]) -> Expr | None:
    """The constructor call number `i`, if all follow one rule."""
    first = items[0]
    if any(skeleton(item) != skeleton(first) for item in items):
        return None
    columns = list(zip(*(holes(item) for item in items), strict=True))
    steps = [_step(column) for column in columns]
    if None in steps or (any(steps) and len(items) < _REPEATED):
        return None
    return _replaced(first, [_rising(c[0], s) for c, s in zip(columns, steps, strict=True)])


def _step(column: Sequence[Hole]) -> int | None:
    """What each value exceeds the one before by: 0 if they are equal, None if nothing constant."""
    values = [hole.value for hole in column]
    if all(value == values[0] for value in values):
        return 0
    if column[0].kind != "width":
        return None
    steps = {b - a for a, b in pairwise(values)}
    return steps.pop() if len(steps) == 1 and min(steps) > 0 else None


def _rising(hole: Hole, step: int | None) -> Expr:
    return Join((hole, " + ", Hole("growth", step), " * i")) if step else hole


def _replaced(expr: Expr, values: list[Expr]) -> Expr:
    """The expression with other expressions in its holes."""
    if isinstance(expr, Hole):
        return values.pop(0)
    if isinstance(expr, Call):
        args = tuple(type(a)(_replaced(a.value, values), a.keyword, a.default) for a in expr.args)
        return Call(expr.head, args)
    return expr


def _folded(items: Sequence[Expr]) -> tuple[Expr, ...]:
    """The items, with runs of equal ones as `*(item for _ in range(n))`."""
    folded: list[Expr] = []
    for _, group in groupby(items, key=text):
        run = list(group)
        if len(run) >= _REPEATED:
            folded.append(Join(("*(", run[0], f" for _ in range({len(run)}))")))
        else:
            folded.extend(run)
    return tuple(folded)


def _alternating(items: Sequence[Expr]) -> Expr | None:
    """A loop over a few different items that repeat in order, if it is short."""
    shown = [text(item) for item in items]
    for period in range(2, _LONGEST + 1):
        times, rest = divmod(len(items), period)
        if rest or times < _REPEATED or shown != shown[:period] * times:
            continue
        each = [part for item in items[:period] for part in (item, ", ")][:-1]
        loop = Join(("layer for _ in range(", literal(times), ") for layer in (", *each, ")"))
        room = _ROOM - len(text(loop)) - sum(_ARGUMENT for item in each for _ in holes(item))
        return loop if room >= 0 else None
    return None


def block_list(items: Sequence[Expr]) -> Call:
    """`nn.ModuleList` of constructor calls, in which equal runs are a loop."""
    runs = [list(group) for _, group in groupby(items, key=text)]
    length = len(runs[0])
    if len(runs) == 1 and length > 1:
        return call("nn.ModuleList", Each(items[0], "_", literal(length)))
    values = [list(holes(run[0])) for run in runs]
    same = {(len(run), skeleton(run[0])) for run in runs}
    if length == 1 or len(same) > 1 or any(len(v) != 1 for v in values):
        return call("nn.ModuleList", Seq(_folded(items)))
    name = "channels" if values[0][0].kind == "width" else "value"
    shown = ", ".join(literal(v[0].value) for v in values)
    element = Join((fill(items[0], iter([name])), f" for {name} in ({shown})"))
    return call("nn.ModuleList", Each(element, "_", literal(length)))
