"""Proposers by name: `evolution`, or with options `evolution?population=50&tournament=10`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args, get_type_hints

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.proposing.candidates import Candidates
from smashdsl.proposing.evolution import Evolution
from smashdsl.proposing.gradient import Gradient, Guide
from smashdsl.proposing.local import Local
from smashdsl.proposing.perturb import Markov, Perturb
from smashdsl.proposing.samplers import SAMPLERS
from smashdsl.proposing.sampling import Sampling
from smashdsl.proposing.surrogate import Surrogate

PROPOSERS: Mapping[str, type[Candidates]] = {
    each.name: each
    for each in (Sampling, Perturb, Markov, Evolution, Local, Surrogate, Gradient, *SAMPLERS)
}
_WORDS = {"true": True, "false": False, "none": None}
_KINDS = {int: "a whole number", float: "a number", bool: "`true` or `false`", str: "a text",
          type(None): "`none`"}  # fmt: skip


def make_proposer(
    text: str, space: Space, seed: int = 0, guide: Guide | None = None, **options: Any
) -> Candidates:
    """The proposer of that name for a space.

    Args:
        text: one of `PROPOSERS`, perhaps with options; it is what the proposer is called.
        seed: of all that it draws.
        guide: foresees gains, for a proposer that asks one.
        options: more settings, as its class describes them.

    Raises:
        SmashError: E985 there is no such proposer, E986 it has no such option, or none of this
            value; E938 it needs a package that is not installed; E988 the space is none for it;
            E989 it needs a guide.
    """
    kind = find_proposer(text)
    options = _written(text, kind) | options
    _require_known(kind, options)
    guided = {"guide": guide} if kind.guided else {}
    try:
        made = kind(space, seed, **guided, **options)
    except ValueError as error:
        raise _refused(kind, str(error)) from None
    made.name = text
    return made


def require_proposer(text: str, space: Space) -> None:
    """Refuse what cannot be made for a space; raises as `make_proposer`."""
    make_proposer(text, space, guide=_Nobody())


class _Nobody:
    """A guide that foresees nothing."""

    def gains(self, program: Program, others: Sequence[Program]) -> list[float]:
        return [0.0] * len(others)


def find_proposer(text: str) -> type[Candidates]:
    """The class of a proposer.

    Raises:
        SmashError: E985, there is none of that name.
    """
    name = text.partition("?")[0]
    if name in PROPOSERS:
        return PROPOSERS[name]
    problem = f"there is no proposer `{name}`"
    raise SmashError(Diagnostic("E985", problem, helps=_instead(name, PROPOSERS)))


def option_types(kind: type[Candidates]) -> dict[str, Any]:
    """The options of a proposer with their types.

    >>> option_types(Evolution)
    {'population': <class 'int'>, 'tournament': <class 'int'>, 'rate': float | None}
    """
    maker = kind.__init__
    hints = get_type_hints(maker)
    return {
        each: hints[each]
        for each in inspect.signature(maker).parameters
        if each not in ("self", "space", "seed", "guide")
    }


def _require_known(kind: type[Candidates], options: Mapping[str, Any]) -> None:
    known = option_types(kind)
    for option, value in options.items():
        if option not in known:
            raise _refused(kind, f"there is no option `{option}`", _instead(option, known))
        if not _is_of(value, known[option]):
            wanted = _words(known[option])
            raise _refused(kind, f"`{option}` cannot be {value!r}", (f"write {wanted}",))


def _words(hint: Any) -> str:
    """What an option takes, for people."""
    return " or ".join(_KINDS[each] for each in get_args(hint) or (hint,))


def _is_of(value: Any, hint: Any) -> bool:
    kinds = get_args(hint) or (hint,)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


def _written(text: str, kind: type[Candidates]) -> dict[str, Any]:
    """The options that a text gives behind its name."""
    parts = text.partition("?")[2].split("&") if "?" in text else []
    pairs = [part.partition("=") for part in parts]
    if any(not sign for _, sign, _ in pairs):
        raise _refused(kind, "options are written `?NAME=VALUE&NAME=VALUE`")
    known = option_types(kind)
    return {name: _read(value, known.get(name, str)) for name, _, value in pairs}


def _read(value: str, hint: Any) -> Any:
    """A value from its text, or the text itself where it is none of that type."""
    kinds = get_args(hint) or (hint,)
    if value in _WORDS and type(_WORDS[value]) in kinds and str not in kinds:
        return _WORDS[value]
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(value)
            except ValueError:
                continue
    return value


def _refused(kind: type[Candidates], problem: str, helps: tuple[str, ...] = ()) -> SmashError:
    return SmashError(Diagnostic("E986", f"the proposer `{kind.name}`: {problem}", helps=helps))


def _instead(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Which of some names may have been meant; after `optuna:`, by what stands behind that."""
    library, colon, rest = name.rpartition(":")
    alike = [each.removeprefix(library + colon) for each in known if each.startswith(library)]
    close = did_you_mean(rest, alike) if alike else did_you_mean(name, known)
    if close:
        return (f"did you mean `{library + colon if alike else ''}{close}`?",)
    listed = ", ".join(f"`{each}`" for each in known if not alike or each.startswith(library))
    return (f"there are {listed}",) if listed else ()
