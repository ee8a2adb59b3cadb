"""What is said about a mistake: facts and places, no text layout.

Takes spans and facts; gives `Diagnostic` values that `render` turns into text and other
formats. `SmashError` carries what a user can mend, `InternalError` what only we can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from smashdsl.diagnostics.span import Span


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """A further fact, with the place it is about where there is one."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` is a key of the catalog; codes that start with `W` are warnings. `label` stands
    under the carets, `helps` say how to mend it.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[Note, ...] = ()
    helps: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        return Severity.WARNING if self.code.startswith("W") else Severity.ERROR


class SmashError(Exception):
    """The user's mistake: one or more diagnostics, ready to be rendered."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__(*found)

    def __str__(self) -> str:
        from smashdsl.diagnostics.render import render_text

        return "\n".join(render_text(found, color=False) for found in self.diagnostics)

    def __reduce__(self) -> tuple[type[SmashError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class InternalError(Exception):
    """Our mistake. The tool asks the user to report it and exits with 2."""
