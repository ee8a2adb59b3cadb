"""E1xx: syntax."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
