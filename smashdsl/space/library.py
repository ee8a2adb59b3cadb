"""A space and its programs: sample, rebuild, mutate, neighbours.

Everything here is a function of its arguments: the same seed and the same text give the same
program on every platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import Choice, Chooser, Continuous, Draw, RandomChooser, Subset
from smashdsl.elaborate.run import Definition, Elaborated, elaborate
from smashdsl.ir import content_hash
from smashdsl.space.choosers import Genome, GenomeChooser, RepairingChooser
from smashdsl.space.requirements import Rejections

ATTEMPTS = 1_000
_UNIT = Continuous(0.0, 1.0)


def sample(definition: Definition, seed: int) -> Elaborated:
    """The program that a seed draws from a space, its requirements met.

    Raises:
        SmashError: E702 when 1,000 draws in a row were rejected, or a draw has a mistake.
    """
    return _accepted(definition, lambda attempt: RandomChooser(seed, attempt), "")


def _accepted(
    definition: Definition,
    chooser: Callable[[int], Chooser],
    what: str,
    keep: Callable[[Elaborated], bool] = lambda _: True,
) -> Elaborated:
    rejections = Rejections()
    for attempt in range(ATTEMPTS):
        made = elaborate(definition, chooser(attempt))
        if made.unmet is not None:
            rejections.add(made)
        elif keep(made):
            return made
    if not rejections.counts:
        raise SmashError(
            Diagnostic(
                "E606",
                f"{ATTEMPTS:,} attempts{what} gave no other program",
                definition.network.name_span,
            )
        )
    raise rejections.error(ATTEMPTS, what)


def rebuild(definition: Definition, genome: Genome) -> Elaborated:
    """The program of a genome.

    Raises:
        SmashError: E604 a draw has no value or a value no draw, E605 a value is not among the
            options,
            E703 the program does not meet a requirement.
    """
    chooser = GenomeChooser(genome)
    made = elaborate(definition, chooser)
    chooser.check_all_used()
    if made.unmet is not None:
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

    return _accepted(
        definition,
        chooser,
        " around this program",
        lambda made: content_hash(made.program) != identity,
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
    for path, draw in base.draws.items():
        for answer in _alternatives(draw):
            made = elaborate(
                definition, RepairingChooser(genome, RandomChooser(0), fixed={path: answer})
            )
            identity = content_hash(made.program)
            if made.unmet is None and identity not in seen:
                seen.add(identity)
                yield made


def _alternatives(draw: Draw) -> Iterator[Any]:
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
