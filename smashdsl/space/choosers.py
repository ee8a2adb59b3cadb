"""Choosers that answer draws from a genome, strictly or with changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import Choice, Chooser, Continuous, Subset

Genome = Mapping[str, Any]


def index_of(options: Choice, value: Any) -> int | None:
    """The index of an option by its label, or None; an option without weight does not count."""
    for index, label in enumerate(options.labels):
        if (
            label == value
            and isinstance(label, bool) == isinstance(value, bool)
            and options.allowed(index)
        ):
            return index
    return None


def members_of(options: Subset, value: Any) -> tuple[int, ...] | None:
    """The indices of a genome's list of names, or None where it does not fit."""
    if not isinstance(value, list | tuple) or len(value) != options.size:
        return None
    places = {name: i for i, name in enumerate(options.labels)}
    try:
        found = sorted({places[name] for name in value})
    except (KeyError, TypeError):
        return None
    return tuple(found) if len(found) == options.size else None


def number_of(options: Continuous, value: Any) -> float | None:
    """A genome's number, or None where it lies outside."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if options.low <= value <= options.high else None


class GenomeChooser:
    """Answers from a genome alone; what it lacks or what does not fit is an error."""

    def __init__(self, genome: Genome) -> None:
        self.genome = genome
        self.used: set[str] = set()

    def _value(self, path: str) -> Any:
        if path not in self.genome:
            raise SmashError(Diagnostic("E604", f"the genome has no value for the draw `{path}`"))
        self.used.add(path)
        return self.genome[path]

    def choice(self, path: str, options: Choice) -> int:
        value = self._value(path)
        index = index_of(options, value)
        if index is None:
            raise _outside(path, value, "one of " + shortened(options.labels))
        return index

    def continuous(self, path: str, options: Continuous) -> float:
        value = number_of(options, self._value(path))
        if value is None:
            raise _outside(
                path, self.genome[path], f"a number from {options.low} to {options.high}"
            )
        return value

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        members = members_of(options, self._value(path))
        if members is None:
            raise _outside(
                path, self.genome[path], f"{options.size} of {shortened(options.labels)}"
            )
        return members

    def check_all_used(self) -> None:
        """Raise for values that no draw asked for."""
        extra = [path for path in self.genome if path not in self.used]
        if extra:
            raise SmashError(
                Diagnostic(
                    "E604",
                    f"the space has no draw `{extra[0]}`",
                    notes=tuple(Note(f"nor `{path}`") for path in extra[1:4]),
                )
            )


def shortened(labels: Collection[Any]) -> str:
    """The first few labels, for a message."""
    shown = [str(label) for label in list(labels)[:8]]
    return ", ".join(shown) + (", …" if len(labels) > 8 else "")


def _outside(path: str, value: Any, expected: str) -> SmashError:
    return SmashError(
        Diagnostic("E605", f"the draw `{path}` cannot be {value!r}: it must be {expected}")
    )


class RepairingChooser:
    """Keeps a genome's values where they fit; draws the paths in `anew`, and what does not fit.

    At the paths of `fixed` it gives those answers (an index, number or members) instead.
    """

    def __init__(
        self,
        genome: Genome,
        fallback: Chooser,
        anew: Collection[str] = (),
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        self.genome = genome
        self.fallback = fallback
        self.anew = anew
        self.fixed = fixed or {}

    def _keeps(self, path: str) -> bool:
        return path in self.genome and path not in self.anew

    def choice(self, path: str, options: Choice) -> int:
        fixed = self.fixed.get(path)
        if isinstance(fixed, int) and fixed < len(options.labels) and options.allowed(fixed):
            return fixed
        kept = index_of(options, self.genome[path]) if self._keeps(path) else None
        return self.fallback.choice(path, options) if kept is None else kept

    def continuous(self, path: str, options: Continuous) -> float:
        kept = number_of(options, self.genome[path]) if self._keeps(path) else None
        return self.fallback.continuous(path, options) if kept is None else kept

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        fixed = self.fixed.get(path)
        if (
            isinstance(fixed, tuple)
            and len(fixed) == options.size
            and all(i < len(options.labels) for i in fixed)
        ):
            return fixed
        kept = members_of(options, self.genome[path]) if self._keeps(path) else None
        return self.fallback.subset(path, options) if kept is None else kept
