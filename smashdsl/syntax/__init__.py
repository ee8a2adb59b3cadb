"""Text to syntax tree and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smashdsl.syntax.load import load_source as load_source
from smashdsl.syntax.parser import parse as parse
from smashdsl.syntax.structure import nothing_here as nothing_here

if TYPE_CHECKING:
    from smashdsl.syntax.format import format_network as format_network
    from smashdsl.syntax.format import format_nodes as format_nodes
    from smashdsl.syntax.format import format_source as format_source


def __getattr__(name: str) -> Any:
    """The formatter is loaded when it is first asked for: checking does without it."""
    if name not in ("format_network", "format_nodes", "format_source"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from smashdsl.syntax import format as formatter

    return getattr(formatter, name)
