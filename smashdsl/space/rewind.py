"""Elaboration that can go back: each statement is repeated with another option after a mismatch.

Whoever compares raises `Mismatch`; the innermost run of statements in which the draw to blame was
made restores what held before it, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.elaborate.values import Scope
from smashdsl.space.search import Mismatch, Trials
from smashdsl.space.traced import Tracing

_BLOCK_LISTS = ("banks", "full", "families", "layers")
_PLAIN = (
    "shape",
    "stem",
    "head",
    "transition_count",
    "block_count",
    "layer_count",
    "stage_count",
    "iterations",
    "work",
    "where",
    "place",
    "one_piece",
    "piece",
    "path",
)
_COPIED = ("control", "intervals", "binding", "positions", "calls", "train")
_CUT = ("marks", "body_parts", "requirements")


class Rewinding(Tracing):
    """`intervals` bound the numbers that are still open; `trials` remember what has been tried."""

    def __init__(self, *args: Any, tries: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trials = Trials(tries)
        self.intervals: dict[str, tuple[float, float]] = {}

    def run(self, body: Sequence[Any], scope: Scope, handler: Callable[[Any, Scope], None]) -> None:
        saved: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
        i = 0
        while i < len(body):
            saved[i:] = [(len(self.draws), self._snapshot(), dict(scope.names))]
            try:
                super().run([body[i]], scope, handler)
                i += 1
            except (Mismatch, SmashError) as problem:
                mismatch = (
                    problem
                    if isinstance(problem, Mismatch)
                    else Mismatch(self.draws, str(problem.diagnostics[0].message))
                )
                order = list(self.draws)
                if mismatch.culprit is None:
                    mismatch.culprit = self.trials.blame(mismatch, order)
                made = order.index(mismatch.culprit) if mismatch.culprit in order else -1
                if made < saved[0][0]:
                    raise mismatch from None
                i = max(j for j in range(len(saved)) if saved[j][0] <= made)
                self._restore(saved[i][1])
                scope.names.clear()
                scope.names.update(saved[i][2])

    def _snapshot(self) -> dict[str, Any]:
        return {
            "state": (self.state, _block_copy(self.state)),
            "draws": len(self.draws),
            "frames": [(frame, len(frame.paths), frame.reached) for frame in self.frames],
            "generated": {path: list(widths) for path, widths in self.generated.items()},
            "plain": {name: getattr(self, name) for name in _PLAIN},
            "copied": {name: copy(getattr(self, name)) for name in _COPIED},
            "cut": {name: len(getattr(self, name)) for name in _CUT},
        }

    def _restore(self, saved: dict[str, Any]) -> None:
        self.state, block = saved["state"]
        if self.state is not None:
            self.state.__dict__.update(_block_copy(block).__dict__)
        while len(self.draws) > saved["draws"]:
            self.draws.popitem()
        self.frames = [frame for frame, _, _ in saved["frames"]]
        for frame, count, reached in saved["frames"]:
            del frame.paths[count:]
            frame.reached = reached
        self.generated = {path: list(widths) for path, widths in saved["generated"].items()}
        for name, value in saved["plain"].items():
            setattr(self, name, value)
        for name, value in saved["copied"].items():
            setattr(self, name, copy(value))
        for name, count in saved["cut"].items():
            del getattr(self, name)[count:]


def _block_copy(block: Any) -> Any:
    if block is None:
        return None
    result = copy(block)
    for name in _BLOCK_LISTS:
        setattr(result, name, list(getattr(block, name)))
    return result
