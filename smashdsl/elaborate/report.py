"""How the elaborator says that something is wrong, and goes on.

A `Report` collects diagnostics; `Stop` unwinds to the nearest statement that can be skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.diagnostics.span import Span

MOST = 100


class Stop(Exception):
    """The value under computation cannot be had; why has been reported."""


class Report:
    """Diagnostics in order of discovery, one for each place and code.

    With `first_only`, the first error ends the work at once (sampling needs no more).
    """

    def __init__(self, first_only: bool = False) -> None:
        self.found: dict[tuple[object, ...], Diagnostic] = {}
        self.first_only = first_only

    def add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        key = (diagnostic.code, span and (span.source.name, span.start, span.end))
        if key in self.found:
            return
        self.found[key] = diagnostic
        past_limit = diagnostic.code.startswith("E8")  # going on would only take longer
        if self.first_only or past_limit or len(self.found) >= MOST:
            raise SmashError(self.found.values())

    def error(
        self,
        code: str,
        span: Span | None,
        message: str,
        label: str = "",
        notes: Sequence[Note] = (),
        helps: Sequence[str] = (),
    ) -> None:
        """Report and go on."""
        self.add(Diagnostic(code, message, span, label, tuple(notes), tuple(helps)))

    def fail(
        self,
        code: str,
        span: Span | None,
        message: str,
        label: str = "",
        notes: Sequence[Note] = (),
        helps: Sequence[str] = (),
    ) -> NoReturn:
        """Report and give up the value under computation."""
        self.error(code, span, message, label, notes, helps)
        raise Stop

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return list(self.found.values())
