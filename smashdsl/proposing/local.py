"""`local`: multi-start local search."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from typing import Any

from smashdsl.api import Program, Space
from smashdsl.elaborate.draws import Choice, Draw, Subset
from smashdsl.proposing.candidates import Candidates, shuffled
from smashdsl.proposing.past import Past, score
from smashdsl.proposing.proposer import Trial
from smashdsl.space.choosers import index_of, members_of
from smashdsl.space.sampling import Move, moved, moves, rebuild


class Local(Candidates):
    """First-improvement hill climbing over single draws, begun anew at each local optimum.

    All neighbours of the current program are proposed in random order; the first that is better
    takes its place. When none is, or all others break a limit, a random program does. What was
    scored before the first climb may be anything: the best of it is climbed from.

    The course is read off the history: a program that is no neighbour of those the climb went by
    begins another climb. So this proposer wants to be left alone: what others propose in between
    sends it elsewhere.
    """

    name = "local"
    about = "all neighbours of the best of a climb, from one random program after the other"

    def __init__(self, space: Space, seed: int = 0) -> None:
        super().__init__(space, seed)
        self._climb, self._of = _Climb(space), Past()

    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        if past is not self._of:
            self._climb, self._of = _Climb(self.space), past
        self._climb.follow(past)
        if self._climb.steps:
            here = self._climb.steps[-1]
            moves = here.ordered(self.derive("order", here.trial.hash))
            for place in range(len(moves)):
                program = here.neighbour(moves[(number + place) % len(moves)], past.by_hash)
                if program is not None:
                    yield program
        yield from self.samples(number)


class _Climb:
    """The course of a search: the programs that the present climb went by."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.fixed = space.draws is not None
        self.steps: list[_Surroundings] = []
        self._begun = False  # whether a neighbour of these was scored
        self._followed = 0

    def follow(self, past: Past) -> None:
        """Take in what has been scored since."""
        for trial in past.trials[self._followed :]:
            better = not self.steps or score(trial) > score(self.steps[-1].trial)
            if any(step.has(trial) for step in reversed(self.steps)):
                self._begun = True
                if better:
                    self.steps.append(_Surroundings(self.space, trial, self.fixed))
            elif self._begun or better:
                self.steps, self._begun = [_Surroundings(self.space, trial, self.fixed)], False
        self._followed = len(past.trials)


class _Surroundings:
    """The neighbours of one program: all that differ from it in one draw, made when needed."""

    def __init__(self, space: Space, trial: Trial, fixed: bool) -> None:
        self.space, self.trial = space, trial
        self.fixed = fixed  # whether a move changes one draw and no other
        self._hashes: dict[Move, str | None] = {}  # None for what breaks a requirement

    @cached_property
    def _draws(self) -> Mapping[str, Draw]:
        return rebuild(self.space.definition, self.trial.genome).draws

    def ordered(self, seed: int) -> list[Move]:
        """The moves to all neighbours, in an order that a seed draws."""
        every = list(moves(self._draws))
        return [every[place] for place in shuffled(len(every), seed)]

    def neighbour(self, move: Move, known: Container[str] = ()) -> Program | None:
        """The program after a move; None where it breaks a requirement or is known."""
        if move in self._hashes and (self._hashes[move] is None or self._hashes[move] in known):
            return None
        made = moved(self.space.definition, self.trial.genome, move)
        program = None if made.unmet is not None else Program(made, self.space)
        self._hashes[move] = None if program is None else program.hash
        return None if program is None or program.hash in known else program

    def has(self, other: Trial) -> bool:
        """Whether a program is a neighbour."""
        mine, theirs = self.trial.genome, other.genome
        different = [path for path, value in mine.items() if theirs.get(path) != value]
        if len(different) == 1 and len(mine) == len(theirs):
            path = different[0]
            return _answer(self._draws[path], theirs.get(path)) is not None
        return bool(different) and not self.fixed and self._leads_to(other)

    def _leads_to(self, other: Trial) -> bool:
        """Whether one move changes several draws and gives this program. What a move changes
        besides comes after its own draw, so the first draw that differs is the one it moves."""
        values = other.genome
        path = next(p for p, draw in self._draws.items() if values.get(p) != draw.value)
        answer = _answer(self._draws[path], values.get(path))
        if answer is None:
            return False
        move = Move(path, answer)
        if move not in self._hashes:
            self.neighbour(move)
        return self._hashes[move] == other.hash


def _answer(draw: Draw, value: Any) -> int | tuple[int, ...] | None:
    """A value of a genome as an answer that a move from a draw may give; None where none does."""
    if isinstance(draw.options, Choice):
        return index_of(draw.options, value)
    if isinstance(draw.options, Subset) and isinstance(draw.chosen, tuple):
        members = members_of(draw.options, value)
        return members if len({*(members or ())} - {*draw.chosen}) == 1 else None
    return None
