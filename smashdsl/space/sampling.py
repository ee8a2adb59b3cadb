"""A space and its programs: sample, rebuild, mutate, neighbours.

Everything here is a function of its arguments: the same seed and the same text give the same
program on every platform.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import Choice, Chooser, Continuous, Draw, RandomChooser, Subset
from smashdsl.elaborate.requirements import TooCostly, ceilings
from smashdsl.elaborate.run import Definition, Elaborated, elaborate
from smashdsl.ir import content_hash
from smashdsl.space.choosers import Genome, GenomeChooser, RepairingChooser
from smashdsl.space.fair import FairChooser
from smashdsl.space.requirements import Rejections, excess

ATTEMPTS = 1_000
_UNIT = Continuous(0.0, 1.0)


def sample(
    definition: Definition,
    seed: int,
    number: int | None = None,
    tried: Callable[[], object] = int,
) -> Elaborated:
    """The program that a seed draws from a space, its requirements met.

    With a `number` it is that program of a strictly fair series (see `FairChooser`). After 1,000
    rejected draws the nearest miss is changed draw by draw, for as many attempts; a
    program found so is marked `repaired`. `tried` is called after each of these 2,000.

    Raises:
        SmashError: E702 when that fails too, or a draw has a mistake.
    """
    attempts = Attempts(definition, tried)
    try:
        if number is not None:
            return attempts.first_accepted(lambda n: FairChooser(seed, number, n), "")
        return attempts.first_accepted(lambda n: RandomChooser(seed, n), "")
    except SmashError:
        repaired = attempts.nearest and repair(definition, attempts.nearest, seed, tried)
        if not repaired:
            raise
        return repaired


class Attempts:
    """Elaborates until a program is accepted, or 1,000 were not; `nearest` came closest of
    those."""

    def __init__(self, definition: Definition, tried: Callable[[], object] = int) -> None:
        self.definition, self.tried = definition, tried
        self.nearest: Elaborated | None = None
        self._least = math.inf
        self._rejections = Rejections()
        self._ceilings = ceilings(definition.network)

    def first_accepted(
        self,
        chooser: Callable[[int], Chooser],
        what: str,
        keep: Callable[[Elaborated], bool] = lambda _: True,
    ) -> Elaborated:
        """The first program that meets the requirements and is worth keeping.

        Raises:
            SmashError: E702 or E606, after too many that did not; `what` says where they were.
        """
        for attempt in range(ATTEMPTS):
            made = self._attempt(chooser(attempt))
            self.tried()
            if made is not None and keep(made):
                return made
        if not self._rejections.counts:
            text = f"{ATTEMPTS:,} attempts{what} gave no other program"
            raise SmashError(Diagnostic("E606", text, self.definition.network.name_span))
        raise self._rejections.error(ATTEMPTS, what)

    def _attempt(self, chooser: Chooser) -> Elaborated | None:
        budget = self._rejections.budget(self._ceilings)
        try:
            made = elaborate(self.definition, chooser, budget=budget)
        except TooCostly as passed:
            ceiling = next(c for c in self._ceilings if c.cost == passed.cost)
            self._rejections.add_abandoned(ceiling)
            return None
        if made.unmet is None:
            return made
        self._rejections.add(made)
        missed = excess(made)
        if missed < self._least:
            self.nearest, self._least = made, missed
        return None


def repair(
    definition: Definition, nearest: Elaborated, seed: int, tried: Callable[[], object] = int
) -> Elaborated | None:
    """A program that meets the requirements, found from one that does not by redrawing single draws
    and keeping what comes nearer; None after 1,000 changes without success."""
    current, least = nearest, excess(nearest)
    for attempt in range(ATTEMPTS, 2 * ATTEMPTS):
        chooser = RandomChooser(seed, attempt)
        paths = list(current.draws)
        genome = current.program.genome
        made = elaborate(definition, RepairingChooser(genome, chooser, {_pick(paths, chooser)}))
        tried()
        if made.unmet is None:
            return replace(made, repaired=True)
        missed = excess(made)
        if missed <= least:
            current, least = made, missed
    return None


def rebuild(definition: Definition, genome: Genome, required: bool = True) -> Elaborated:
    """The program of a genome; whether requirements hold is looked at where that is `required`.

    Raises:
        SmashError: E604 a draw has no value or a value no draw, E605 a value is not among the
            options,
            E703 the program does not meet a requirement.
    """
    chooser = GenomeChooser(genome)
    made = elaborate(definition, chooser)
    chooser.check_all_used()
    if required and made.unmet is not None:
        rejections = Rejections()
        rejections.add(made)
        near = [Note(text) for _, text in rejections.nearest.values()]
        raise SmashError(
            Diagnostic(
                "E703",
                "this genome's program does not meet a requirement",
                made.unmet.condition.span,
                notes=tuple(near),
            )
        )
    return made


def mutate(
    definition: Definition, genome: Genome, seed: int, rate: float | None = None
) -> Elaborated:
    """A program that differs from the genome's by redrawing some draws.

    Each draw is redrawn with probability `rate` (0 to 1; about one draw when None). What depends
    on a redrawn draw and no longer fits is redrawn too.
    """
    base = rebuild(definition, genome)
    identity = content_hash(base.program)
    paths = [path for path, draw in base.draws.items() if branching(draw) > 1]
    if not paths:
        raise SmashError(
            Diagnostic(
                "E606",
                "there is nothing to mutate: no draw has two options",
                definition.network.name_span,
            )
        )
    chance = 1 / len(paths) if rate is None else rate

    def chooser(attempt: int) -> Chooser:
        fallback = RandomChooser(seed, attempt)
        anew = {p for p in paths if fallback.continuous(f"mutate/{p}", _UNIT) < chance}
        return RepairingChooser(genome, fallback, anew or {_pick(paths, fallback)})

    return Attempts(definition).first_accepted(
        chooser, " around this program", lambda made: content_hash(made.program) != identity
    )


def _pick(paths: list[str], chooser: Chooser) -> str:
    return paths[chooser.choice("mutate", Choice(paths))]


def neighbours(definition: Definition, genome: Genome) -> Iterator[Elaborated]:
    """The programs that differ from the genome's in one draw, each once, in order of draws.

    Options take every other value, sets of banks swap one member; numbers of an interval stay. What
    no longer fits afterwards is redrawn, the same way each time.
    """
    base = rebuild(definition, genome)
    seen = {content_hash(base.program)}
    for move in moves(base.draws):
        made = moved(definition, genome, move)
        identity = content_hash(made.program)
        if made.unmet is None and identity not in seen:
            seen.add(identity)
            yield made


class Move(NamedTuple):
    """Another answer to one draw: an option's index, or the members' indices."""

    path: str
    answer: int | tuple[int, ...]


def moves(draws: Mapping[str, Draw]) -> Iterator[Move]:
    """The single changes to a program's draws that `neighbours` makes, in order."""
    for path, draw in draws.items():
        for answer in _alternatives(draw):
            yield Move(path, answer)


def moved(definition: Definition, genome: Genome, move: Move) -> Elaborated:
    """The genome's program after a move, which may fail a requirement (`unmet`)."""
    chooser = RepairingChooser(genome, RandomChooser(0), fixed={move.path: move.answer})
    return elaborate(definition, chooser)


def _alternatives(draw: Draw) -> Iterator[int | tuple[int, ...]]:
    options = draw.options
    if isinstance(options, Choice):
        yield from (
            i for i in range(len(options.labels)) if i != draw.chosen and options.allowed(i)
        )
    elif isinstance(options, Subset):
        chosen = draw.chosen if isinstance(draw.chosen, tuple) else ()
        outside = [i for i in range(len(options.labels)) if i not in chosen]
        for leaving in chosen:
            for entering in outside:
                yield tuple(sorted({*chosen, entering} - {leaving}))


def branching(draw: Draw) -> int:
    """How many answers a draw has; a number of an interval counts as 2 (more than one)."""
    options = draw.options
    if isinstance(options, Choice):
        return sum(options.allowed(i) for i in range(len(options.labels)))
    if isinstance(options, Subset):
        return 1 if options.size in (0, len(options.labels)) else 2
    return 1 if options.low == options.high else 2
