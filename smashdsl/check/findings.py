"""What an analysis of a space finds out, besides mistakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from smashdsl.diagnostics.span import Span


@dataclass(frozen=True)
class Suspicion:
    """Something that may go wrong: what would be said, where, and for which options of which draws.

    `options` maps paths of draws to the labels of the options among which it may happen.
    """

    code: str
    span: Span
    message: str
    options: tuple[tuple[str, tuple[Any, ...]], ...] = ()


@dataclass
class DrawSite:
    """All draws made at one place of the text that play the same part.

    `kind` is choice, subset or continuous (then `labels` has its least and greatest value as `low`
    and `high`). `labels` are the options that may be drawn, `never` those that weigh nothing
    wherever seen. A `plain` subset is all that a layer reads, or writes.
    """

    span: Span
    kind: str
    group: str
    labels: dict[Any, Any] = field(default_factory=dict)
    never: dict[Any, Any] = field(default_factory=dict)
    log: bool = False
    plain: str = ""


@dataclass
class Findings:
    """Bounds and facts over all programs of a space.

    `units` and `kernels` are those of generated filters, `positions` the most of them in one layer.
    The largest shapes of weights are in `shared`, `generated` and `own`; the last by place, with
    the most times that a program comes by it in `times`. `layers` are the fewest and most layers,
    `banks` the most banks of any block, `widest` the most channels of its banks together. `unread`
    has the banks that some walk of a block does not read, `used` those that some walk does. `costs`
    are bounds, and `all_units` are those of every operation that has units. `lost` says that some
    of the space was not walked, since too little was known of a value.
    """

    suspicions: dict[tuple[Any, ...], Suspicion] = field(default_factory=dict)
    sites: dict[tuple[int, str, str], DrawSite] = field(default_factory=dict)
    bank_sizes: set[int] = field(default_factory=set)
    banks: int = 0
    blocks: int = 0
    transitions: int = 0
    layers: tuple[int, int] = (0, 0)
    units: set[int] = field(default_factory=set)
    positions: int = 0
    kernels: set[tuple[int, ...]] = field(default_factory=set)
    shared: dict[str, tuple[int, ...]] = field(default_factory=dict)
    generated: dict[str, tuple[int, ...]] = field(default_factory=dict)
    own: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    used: set[tuple[int, str]] = field(default_factory=set)
    unread: dict[tuple[int, str], Span] = field(default_factory=dict)
    costs: dict[str, tuple[float, float]] = field(default_factory=dict)
    widest: int = 0
    all_units: tuple[float, float] | None = None
    lost: bool = False

    def units_seen(self, low: float, high: float) -> None:
        """Note bounds on the units of an operation."""
        least, most = self.all_units or (low, high)
        self.all_units = min(least, low), max(most, high)

    def suspect(self, suspicion: Suspicion) -> None:
        """Note a suspicion; the first of each code and place is kept."""
        key = (suspicion.code, suspicion.span.start, suspicion.span.source.name)
        self.suspicions.setdefault(key, suspicion)
