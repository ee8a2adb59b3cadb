"""What all proposers have in common: candidates in order, of which the new ones are proposed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import count
from typing import Any, ClassVar

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.proposing.past import Past
from smashdsl.proposing.proposer import Trial
from smashdsl.space import sampling
from smashdsl.space.enumeration import programs
from smashdsl.training.seeds import derive

PATIENCE = 32  # candidates in a row that are known already, after which no more are looked at
COUNTED = 2_000  # ways to make the draws of a space, looked through when candidates have run out


class Candidates(ABC):
    """A proposer that goes through candidates, and proposes those that nobody has scored.

    The candidates of a number follow from seed, history and number; what an attempt gives is the
    new one of that number among them. After 32 in a row that are known already, or when there are
    no more, the space itself is gone through, as far as 2,000 ways to make its draws: so a small
    space is proposed to its last program. What is kept between calls saves work and decides
    nothing.
    """

    name: str  # with which it is chosen; of an object, what it was chosen with
    about: ClassVar[str]  # one line for people who choose
    guided: ClassVar[bool] = False  # whether it is made with a guide

    def __init__(self, space: Space, seed: int = 0) -> None:
        self.space, self.seed = space, seed
        self._past = Past()
        self._streams: dict[int, _Stream] = {}

    @abstractmethod
    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        """What might be proposed, in order; programs may come several times, and known ones."""

    def propose(self, history: Sequence[Trial], number: int, attempt: int = 0) -> Program | None:
        """See `Proposer`.

        Raises:
            SmashError: a draw of the space has a mistake, or its requirements reject all samples.
        """
        past = self.past(history)
        stream = self._streams.get(number)
        if stream is None or stream.place > attempt:
            stream = self._streams[number] = _Stream(self._new(past, number))
        return stream.at(attempt)

    def past(self, history: Sequence[Trial]) -> Past:
        """A history, indexed: that of the last call with what has been added since, if it is."""
        begins = self._past.begins(history)
        if not begins or len(self._past) != len(history):
            self._past = self._past if begins else Past()
            self._past.extend(history)
            self._streams.clear()
        return self._past

    def derive(self, *purpose: str | int) -> int:
        """A seed for one purpose of this proposer."""
        return derive(self.seed, "propose", type(self).name, *purpose)

    def samples(self, number: int) -> Iterator[Program]:
        """Random programs of the space, without end."""
        for place in count():
            yield self.space.sample(self.derive("sample", number, place))

    def mutated(self, genome: Mapping[str, Any], seed: int, rate: float | None) -> Program | None:
        """A mutation (see `Space.mutate`); None where there is no other program nearby."""
        try:
            return Program(sampling.mutate(self.space.definition, genome, seed, rate), self.space)
        except SmashError as error:
            if error.diagnostics[0].code in ("E606", "E702"):
                return None
            raise

    def _new(self, past: Past, number: int) -> Iterator[Program]:
        proposed: set[str] = set()
        missed = 0
        for program in self.candidates(past, number):
            if program.hash in past.by_hash or program.hash in proposed:
                missed += 1
                if missed == PATIENCE:
                    break
            else:
                missed = 0
                proposed.add(program.hash)
                yield program
        left = [
            genome for hash_, genome in self._counted.items()
            if hash_ not in past.by_hash and hash_ not in proposed
        ]  # fmt: skip
        for place in shuffled(len(left), self.derive("left", number)):
            yield self.space.rebuild(left[place])

    @cached_property
    def _counted(self) -> dict[str, Mapping[str, Any]]:
        """The first programs of the space: the genome of each by its hash."""
        made = programs(self.space.definition, COUNTED)
        return {(program := Program(each, self.space)).hash: program.genome for each in made}


class _Stream:
    """The programs of an iterator by their place; `place` is the next, and places only grow."""

    def __init__(self, source: Iterator[Program]) -> None:
        self._source = source
        self.place = 0

    def at(self, place: int) -> Program | None:
        while self.place < place:
            next(self._source, None)
            self.place += 1
        self.place += 1
        return next(self._source, None)


def shuffled(count: int, seed: int) -> list[int]:
    """The numbers below `count` in an order that a seed draws, the same on every platform."""
    key = f"{seed}/".encode()
    return sorted(range(count), key=lambda i: blake2b(key + b"%d" % i, digest_size=8).digest())
