"""Statements that repeat, folded into loops."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smashdsl.backends.source.code import Line, Loop, Statement, holes, reworded
from smashdsl.backends.source.layout import text

_LONGEST = 16
_TIMES = 3
_LAYER = re.compile(r"\blayers\[(\d+)\]")


@dataclass(frozen=True)
class _Repeat:
    """`times` passes of `period` statements from `start`; each uses `step` layers more."""

    start: int
    period: int
    times: int
    first: int
    step: int

    @property
    def saved(self) -> int:
        return (self.times - 1) * self.period


def folded(body: Sequence[Statement]) -> list[Statement]:
    """The statements with the longest repetition among them as a loop, if there is one.

    Passes are equal but for the numbers of the layers they call, which advance by equal steps.
    """
    shown = [
        f"{stmt.prefix}{text(stmt.value)}"
        if isinstance(stmt, Line) and not any(holes(stmt.value))
        else None
        for stmt in body
    ]
    alike = [line and _LAYER.sub("layers", line) for line in shown]
    best: _Repeat | None = None
    for period in range(1, min(_LONGEST, len(shown) // _TIMES) + 1):
        start = 0
        while start + _TIMES * period <= len(shown):
            found = _repeat(shown, start, period) if alike[start] == alike[start + period] else None
            if found is None:
                start += 1
                continue
            if best is None or found.saved > best.saved:
                best = found
            start += found.saved
    if best is None:
        return list(body)
    first, last = best.start, best.start + best.times * best.period
    repeated = [stmt for stmt in body[first : first + best.period] if isinstance(stmt, Line)]
    return [*body[:first], _loop(best, repeated), *body[last:]]


def _repeat(shown: Sequence[str | None], start: int, period: int) -> _Repeat | None:
    first = _pass(shown[start : start + period])
    second = _pass(shown[start + period : start + 2 * period])
    if first is None or second is None or first[1] != second[1] or second[0] <= first[0]:
        return None
    step, times = second[0] - first[0], 2
    while True:
        at = start + times * period
        following = _pass(shown[at : at + period])
        if following != (first[0] + times * step, first[1]):
            break
        times += 1
    return _Repeat(start, period, times, first[0], step) if times >= _TIMES else None


def _pass(shown: Sequence[str | None]) -> tuple[int, tuple[str, ...]] | None:
    """The number of the first layer called, and the statements with numbers relative to it."""
    lines = [line for line in shown if line is not None]
    numbers = [int(n) for line in lines for n in _LAYER.findall(line)]
    if len(lines) < len(shown) or not numbers:
        return None
    first = min(numbers)
    return first, tuple(
        _LAYER.sub(lambda m: f"layers[{int(m[1]) - first}]", line) for line in lines
    )


def _loop(repeat: _Repeat, repeated: Sequence[Line]) -> Loop:
    first, step = repeat.first, repeat.step
    last = first + step * repeat.times
    shown = " ".join(text(line.value) for line in repeated)
    single = step == 1 and len(_LAYER.findall(shown)) == 1

    def called(match: re.Match[str]) -> str:
        offset = int(match[1]) - first
        if single:
            return "layer"
        return f"layers[i + {offset}]" if offset else "layers[i]"

    body = tuple(
        Line(line.prefix, reworded(line.value, lambda piece: _LAYER.sub(called, piece)))
        for line in repeated
    )
    if single:
        return Loop(f"for layer in self.layers[{first}:{last}]:", body)
    return Loop(f"for i in range({first}, {last}{f', {step}' if step > 1 else ''}):", body)
