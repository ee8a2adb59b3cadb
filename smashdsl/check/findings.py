"""What an analysis of a space finds out, besides mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.span import Span


@dataclass(frozen=True)
class Suspicion:
    """Something that may go wrong: what would be said, where, and for which options of which draws."""

    code: str
    span: Span
    message: str
    options: tuple[tuple[str, int], ...] = ()


@dataclass
class DrawSite:
    """All draws made at one place of the text: how often per network at most, and every label seen."""

    span: Span
    kind: str
    labels: dict[Any, Any] = field(default_factory=dict)
    never: dict[Any, Any] = field(default_factory=dict)
    paths: int = 0


@dataclass
class Findings:
    """Bounds and facts over all programs of a space.

    `filters` are the generated filters seen: units and input channels each may have. `shared` has the
    largest shape of each shared filter by position. `banks` is the most banks of any block.
    """

    suspicions: dict[tuple[Any, ...], Suspicion] = field(default_factory=dict)
    sites: dict[tuple[int, int], DrawSite] = field(default_factory=dict)
    bank_sizes: set[int] = field(default_factory=set)
    banks: int = 0
    blocks: int = 0
    transitions: int = 0
    layers: tuple[int, int] = (0, 0)
    units: set[int] = field(default_factory=set)
    positions: int = 0
    shared: dict[str, tuple[int, ...]] = field(default_factory=dict)
    own: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unread: dict[str, Span] = field(default_factory=dict)
    costs: dict[str, tuple[float, float]] = field(default_factory=dict)
    channels: tuple[float, float] = (0, 0)
    widest: int = 0
    exact: bool = True

    def suspect(self, suspicion: Suspicion) -> None:
        self.suspicions.setdefault((suspicion.code, suspicion.span.start, suspicion.span.source.name), suspicion)
