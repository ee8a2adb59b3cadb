"""Draws in their scopes: what each is called, what it reaches, and how many there may be.

The base of all elaboration: keeps the path of the scope being walked, records draws as they are
made, and counts work against the limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import Choice, Chooser, Draw, Frame, Mark, Options
from smashdsl.elaborate.limits import DEFAULT, Limits
from smashdsl.elaborate.report import Report


class Drawing:
    """`chooser` is None in a program: there, a draw is an error. `draws` lists the draws made."""

    def __init__(
        self,
        report: Report,
        chooser: Chooser | None,
        limits: Limits = DEFAULT,
        constants: dict[Any, Any] | None = None,
    ) -> None:
        self.report = report
        self.chooser = chooser
        self.limits = limits
        self.draws: dict[str, Draw] = {}
        self.again: dict[str, int] = {}  # per path met more than once, the next number for it
        self.bound: dict[str, tuple[str, Any]] = {}  # per draw, the name and value it ended up in
        self.frames = [Frame()]
        self.marks: list[Mark] = []
        self.one_piece = False  # within a layer or section, whose draws all reach it
        self.piece = 0  # how much of `place` is its name
        self.where: tuple[str, ...] = ()  # the path of the scope that has been entered
        self.place = ""  # the same, joined
        self.binding: list[str] = []  # the names that the value under evaluation is bound to
        self.iterations = 0
        self.work = 0
        self.constants = (
            {} if constants is None else constants
        )  # options that never change, by node

    # Scopes -----------------------------------------------------------------------------------

    @contextmanager
    def entered(self, *parts: str) -> Iterator[None]:
        """Draws within belong to a deeper scope."""
        with self.within((*self.where, *parts)):
            yield

    @contextmanager
    def within(self, where: tuple[str, ...], one_piece: bool = False) -> Iterator[None]:
        """Draws within belong to this scope, whatever is around; those of `one_piece` belong
        together."""
        outer = self.where, self.place, self.binding, self.one_piece
        self.where, self.place, self.binding = where, ".".join(where), []
        if self.one_piece:
            try:
                yield
            finally:
                self.where, self.place, self.binding, _ = outer
            return
        self.one_piece, self.piece = one_piece, len(self.place)
        self.frames.append(Frame())
        try:
            yield
            if len(self.frames[-1].paths) > self.frames[-1].reached:
                self.mark("scope", 0, 0, len(self.draws))
        finally:
            self.frames.pop()
            self.where, self.place, self.binding, self.one_piece = outer

    def count_iteration(self, span: Span) -> None:
        self.iterations += 1
        if self.iterations > self.limits.iterations:
            self.report.fail(
                "E802", span, f"this network takes more than {self.limits.iterations:,} loop passes"
            )

    def _count_items(self, count: int, span: Span) -> None:
        if count > self.limits.items:
            self.report.fail(
                "E802", span, f"{count:,} items are more than the {self.limits.items:,} allowed"
            )
        self.count_work(count, span)

    def count_work(self, amount: int, span: Span) -> None:
        self.work += amount
        if self.work > self.limits.work:
            self.report.fail(
                "E802",
                span,
                "this network takes too much work to unroll",
                f"more than {self.limits.work:,} list items and banks in all",
            )

    # Draws --------------------------------------------------------------------------------

    def draw_path(self) -> str:
        """The path of the draw that is about to be made."""
        name = ".".join(self.binding).replace(".[", "[") or "draw"
        path = f"{self.place}.{name}" if self.where else name
        if path not in self.draws:
            return path
        number = self.again.get(path, 2)
        if number > 2 and f"{path}#{number - 1}" not in self.draws:  # draws have been taken back
            number = 2
        while f"{path}#{number}" in self.draws:
            number += 1
        self.again[path] = number + 1
        return f"{path}#{number}"

    def _need_chooser(self, span: Span) -> Chooser:
        if self.chooser is None:
            self.report.fail(
                "E601",
                span,
                "a program may not draw",
                "this is chosen anew for each sample",
                helps=("make it a `space`, or write one value",),
            )
        return self.chooser

    def record(self, path: str, options: Options, value: Any, span: Span, chosen: Any) -> None:
        self.draws[path] = Draw(path, options, value, span, chosen, self.group_of(path))
        (self.frames[-1] if self.where else self.frames[0]).paths.append(path)

    def group_of(self, path: str) -> str:
        """The path of a draw in the current scope, without the numbers of scopes; those of loops
        within a layer or section stay, since it is reached by the draws of all passes."""
        known = min(self.piece, len(self.place)) if self.one_piece else len(self.place)
        return f"{_unnumbered(self.place[:known])}{path[known:]}"

    # Marks --------------------------------------------------------------------------------

    def mark(self, kind: str, part: int, layer: int, since: int) -> None:
        """Note a thing that draws may decide; `since` is the number of draws made before it
        began."""
        own = list(islice(reversed(self.draws), len(self.draws) - since))[::-1]
        mine = set(own)
        around = [path for frame in self.frames for path in frame.paths if path not in mine]
        self.marks.append(Mark(kind, part, layer, (*around, *own)))
        for frame in self.frames:
            frame.reached = len(frame.paths)

    def options(self, labels: list[Any], weights: list[float] | None, span: Span) -> Choice:
        """The options of a draw, of which there must be one that weighs something."""
        if not labels or (weights is not None and not any(weight > 0 for weight in weights)):
            why = "every option weighs nothing" if labels else "no option is left"
            self.report.fail("E602", span, "there is nothing to draw from", why)
        return Choice(labels, weights)

    def choose(self, options: Choice, span: Span) -> int:
        """Draw one of some labelled options; gives its index."""
        chooser = self._need_chooser(span)
        path = self.draw_path()
        index = chooser.choice(path, options)
        self.record(path, options, options.labels[index], span, index)
        return index


@lru_cache(maxsize=4096)
def _unnumbered(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path)
