"""Statements that repeat → loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.backends.idiom.parts import Hole, Statement, holes, mapped, skeleton
from smashdsl.backends.idiom.rules import in_passes, of_channels, same

_LONGEST = 24  # statements of a pass
_MOST = 4_000  # statements among which loops are looked for
_TRIED = 64  # numbers of passes that are tried one by one

Pass = list[Statement | None]
"""The statements of one pass of a loop, None where it lacks one."""


@dataclass(frozen=True)
class _Found:
    """Statements `start` to `stop`, as one."""

    start: int
    stop: int
    loop: Statement
    saved: int


@dataclass(frozen=True)
class Folder:
    """Finds loops.

    Attributes:
        variables: names for loops' variables, outermost last, as inner loops are found first.
        listed: whether an expression may list its values.
        partial: whether the first or last pass may lack statements.
    """

    variables: tuple[str, ...]
    listed: bool = False
    partial: bool = False

    def folded(self, statements: Sequence[Statement]) -> list[Statement]:
        """The statements, with all that repeats as loops."""
        found = list(statements)
        if len(found) > _MOST:
            return found
        alike = Folder(())
        while (best := alike._best(found, "")) is not None:
            found[best.start : best.stop] = [best.loop]
        for variable in self.variables:
            before = len(found)
            while (best := self._best(found, variable)) is not None:
                found[best.start : best.stop] = [best.loop]
            if len(found) == before:
                break
        return found

    def _best(self, statements: Sequence[Statement], variable: str) -> _Found | None:
        """The loop that saves most; without a variable, one of the shortest passes."""
        best: _Found | None = None
        known: dict[Any, int] = {}
        shapes = [known.setdefault(skeleton(each), len(known)) for each in statements]
        for period in range(1, min(_LONGEST, len(statements)) + 1):
            start = 0
            while start + period < len(statements):
                found = self._at(statements, shapes, start, period, variable)
                if found is not None and (best is None or found.saved > best.saved):
                    best = found
                start = max(found.stop, start + 1) if found is not None else start + 1
            if best is not None and not variable:
                break
        return best

    def _at(self, statements: Sequence[Statement], shapes: Sequence[int], start: int, period: int,
            variable: str) -> _Found | None:  # fmt: skip
        """The longest loop of that period from there."""
        equal = start
        while equal + period < len(shapes) and shapes[equal] == shapes[equal + period]:
            equal += 1
        whole = (equal - start) // period + 1  # passes of which each statement is there
        for times in _tries(whole):
            for lead, trail in self._ends(shapes, start, period, times):
                first, last = start - lead, start + times * period + trail
                passes = _passes(statements, first, start, last, period)
                loop = self._loop(passes, variable) if _regular(passes) else None
                if loop is not None:
                    saved = sum(s.size for s in statements[first:last]) - loop.size
                    return _Found(first, last, loop, saved) if saved > 0 else None
        return None

    def _ends(self, shapes: Sequence[int], start: int, period: int,
              times: int) -> Iterator[tuple[int, int]]:  # fmt: skip
        """How many statements more belong to a first or a last pass that is not whole."""
        stop = start + times * period
        if self.partial and period > 1:
            lead = trail = 0
            while lead < period - 1 and start > lead and (
                shapes[start - lead - 1] == shapes[start + period - lead - 1]
            ):  # fmt: skip
                lead += 1
            while trail < period - 1 and stop + trail < len(shapes) and (
                shapes[stop + trail] == shapes[start + trail]
            ):  # fmt: skip
                trail += 1
            if lead:
                yield lead, 0
            if trail:
                yield 0, trail
        if times > 1:
            yield 0, 0

    def _loop(self, passes: list[Pass], variable: str) -> Statement | None:
        body: list[Statement] = []
        named = False
        for place in range(len(passes[0])):
            numbers = [i for i, each in enumerate(passes) if each[place] is not None]
            column = [s for each in passes if (s := each[place]) is not None]
            joined = self._joined(column, numbers, variable)
            if joined is None:
                return None
            statement, uses = joined
            named = named or uses
            if len(numbers) < len(passes):
                condition = f"if {variable} > 0" if numbers[0] else (
                    f"if {variable} < {len(passes) - 1}"
                )  # fmt: skip
                statement, named = Statement((condition,), (statement,)), True
                if body and body[-1].head == statement.head:
                    inside = (*(body.pop().body or ()), *(statement.body or ()))
                    statement = Statement(statement.head, inside)
            body.append(statement)
        count = len(passes)
        if named:
            return Statement((f"for {variable} in 0..", Hole(count, kind="last")), tuple(body))
        return Statement(("repeat ", Hole(count)), tuple(body))

    def _joined(self, column: Sequence[Statement], numbers: Sequence[int],
                variable: str) -> tuple[Statement, bool] | None:  # fmt: skip
        """One statement for those of all passes, and whether it has the loop's variable."""
        found: list[Hole] = []
        uses = False
        for each in zip(*(holes(statement) for statement in column), strict=True):
            hole = same(each)
            if hole is None and variable:
                hole = of_channels(each)
            if hole is None and variable:
                hole = in_passes(variable, each, numbers, self.listed)
                uses = True
            if hole is None:
                return None
            found.append(hole)
        rest = iter(found)
        return mapped(column[0], lambda _: next(rest)), uses


def _tries(whole: int) -> Iterator[int]:
    """Numbers of passes, the most first."""
    if whole > _TRIED:
        yield whole
    yield from range(min(whole, _TRIED), 0, -1)


def _regular(passes: list[Pass]) -> bool:
    """Whether no pass lacks more than it has."""
    sizes = [sum(s.size for s in each if s is not None) for each in passes]
    return 2 * min(sizes) >= max(sizes)


def _passes(statements: Sequence[Statement], first: int, start: int, last: int,
            period: int) -> list[Pass]:  # fmt: skip
    """The statements from `first` to `last`, dealt to passes of which one begins at `start`."""
    lead, trail = start - first, (last - start) % period
    shown: list[Statement | None] = [None] * ((period - lead) % period)
    shown += statements[first:last]
    shown += [None] * ((period - trail) % period)
    return [shown[at : at + period] for at in range(0, len(shown), period)]
