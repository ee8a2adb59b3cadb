"""Which draws of a space make a given program, if any: the search is `matcher`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.run import Definition
from smashdsl.ir import Program, content_hash
from smashdsl.space.matcher import Matcher
from smashdsl.space.sampling import rebuild
from smashdsl.space.search import Exhausted
from smashdsl.syntax import nodes


def genome_of(
    definition: Definition, program: Program, hint: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The genome that makes a program.

    Several genomes may make it, where draws leave no trace; a `hint` that is one of them is taken.

    Raises:
        SmashError: E609, the program is not in the space; notes say where the closest attempt left
            it.
    """
    names = [s.name for s in _train_settings(definition)]
    if set(names) != set(program.train):
        raise _outside(definition, program, _other_settings(program.train, names))
    if hint is not None and _makes(definition, hint, program):
        return hint
    matcher = Matcher(definition, program)
    try:
        genome = matcher.match()
        made = rebuild(definition, genome)
    except Exhausted:
        raise _outside(definition, program, matcher.furthest[1]) from None
    if content_hash(made.program) != content_hash(program):
        raise _outside(definition, program, "the two differ in how their parts are connected")
    return genome


def _train_settings(definition: Definition) -> Iterator[nodes.Setting]:
    for statement in definition.network.body:
        if isinstance(statement, nodes.Train):
            yield from statement.settings


def _other_settings(mine: Collection[str], theirs: Collection[str]) -> str:
    settings = (", ".join(f"`{name}`" for name in names) or "none" for names in (mine, theirs))
    return "its training settings are {}, and the space's {}".format(*settings)


def _makes(definition: Definition, genome: dict[str, Any], program: Program) -> bool:
    try:
        return content_hash(rebuild(definition, genome).program) == content_hash(program)
    except SmashError:
        return False


def _outside(definition: Definition, program: Program, reason: str) -> SmashError:
    name = definition.network.name
    return SmashError(
        Diagnostic(
            "E609",
            f"`{program.name}` is not in the space `{name}`",
            program.span,
            notes=(Note(f"closest: {reason}"),),
        )
    )
