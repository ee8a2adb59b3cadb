"""Saying what is wrong, where, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smashdsl.diagnostics.diagnostic import Diagnostic as Diagnostic
from smashdsl.diagnostics.diagnostic import InternalError as InternalError
from smashdsl.diagnostics.diagnostic import Note as Note
from smashdsl.diagnostics.diagnostic import Severity as Severity
from smashdsl.diagnostics.diagnostic import SmashError as SmashError
from smashdsl.diagnostics.render import render_text as render_text
from smashdsl.diagnostics.similar import did_you_mean as did_you_mean
from smashdsl.diagnostics.span import Source as Source
from smashdsl.diagnostics.span import Span as Span

if TYPE_CHECKING:
    from smashdsl.diagnostics.catalog import CATALOG as CATALOG
    from smashdsl.diagnostics.catalog import explain as explain
    from smashdsl.diagnostics.formats import render_all as render_all

_LATER = {"CATALOG": "catalog", "explain": "catalog", "render_all": "formats"}


def __getattr__(name: str) -> Any:
    """The catalog is long, and only loaded when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
