"""Proposers by name."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from smashdsl.api import Space
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.proposing.candidates import Candidates
from smashdsl.proposing.evolution import Evolution
from smashdsl.proposing.gradient import Gradient, Guide
from smashdsl.proposing.local import Local
from smashdsl.proposing.perturb import Markov, Perturb
from smashdsl.proposing.samplers import SAMPLERS
from smashdsl.proposing.sampling import Sampling

PROPOSERS: Mapping[str, type[Candidates]] = {
    each.name: each for each in (Sampling, Perturb, Markov, Evolution, Local, Gradient, *SAMPLERS)
}


def make_proposer(
    name: str, space: Space, seed: int = 0, guide: Guide | None = None, **options: Any
) -> Candidates:
    """The proposer of that name for a space.

    Args:
        name: one of `PROPOSERS`.
        seed: of all that it draws.
        guide: foresees gains, for a proposer that asks one.
        options: its own settings, as its class describes them.

    Raises:
        SmashError: E985 there is no such proposer, E986 it has no such option, or none of this
            value; E938 it needs a package that is not installed; E988 the space is none for it;
            E989 it needs a guide.
    """
    if name not in PROPOSERS:
        problem = f"there is no proposer `{name}`"
        raise SmashError(Diagnostic("E985", problem, helps=_instead(name, PROPOSERS)))
    maker = PROPOSERS[name]
    known = option_types(name)
    for option, value in options.items():
        if option not in known:
            problem = f"the proposer `{name}` has no option `{option}`"
            raise SmashError(Diagnostic("E986", problem, helps=_instead(option, known)))
        if not _is_of(value, known[option]):
            problem = f"`{option}` of the proposer `{name}` cannot be {value!r}"
            raise SmashError(Diagnostic("E986", problem))
    try:
        return maker(space, seed, **({"guide": guide} if maker.guided else {}), **options)
    except ValueError as error:
        raise SmashError(Diagnostic("E986", f"the proposer `{name}`: {error}")) from None


def option_types(name: str) -> dict[str, Any]:
    """The options of a proposer with their types.

    >>> option_types("evolution")
    {'population': <class 'int'>, 'tournament': <class 'int'>, 'rate': float | None}
    """
    maker = PROPOSERS[name].__init__
    hints = get_type_hints(maker)
    return {
        each: hints[each]
        for each in inspect.signature(maker).parameters
        if each not in ("self", "space", "seed", "guide")
    }


def _is_of(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    kinds = get_args(kind) or (kind,)
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


def _instead(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Which of some names may have been meant; after `optuna:`, by what stands behind that."""
    library, colon, rest = name.rpartition(":")
    alike = [each.removeprefix(library + colon) for each in known if each.startswith(library)]
    close = did_you_mean(rest, alike) if alike else did_you_mean(name, known)
    if close:
        return (f"did you mean `{library + colon if alike else ''}{close}`?",)
    listed = ", ".join(f"`{each}`" for each in known if not alike or each.startswith(library))
    return (f"there are {listed}",) if listed else ()
