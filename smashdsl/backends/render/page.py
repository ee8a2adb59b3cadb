"""A drawing ready for the engine: DOT text in which everything has its place, and its size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

SHARP = 144.0
MOST_PIXELS = 60_000_000.0
LONGEST_SIDE = 16_000.0


@dataclass(frozen=True)
class Page:
    """Pinned DOT text and its width and height in points (72 to the inch); `tips` say more of its
    parts, by their names."""

    dot: str
    width: float
    height: float
    tips: Mapping[str, str] = field(default_factory=dict)

    @property
    def dpi(self) -> float:
        """Pixels to the inch for a bitmap: sharp, unless that would be very many."""
        wide, tall = max(self.width, 1.0) / 72, max(self.height, 1.0) / 72
        by_area = math.sqrt(MOST_PIXELS / (wide * tall))
        return round(min(SHARP, by_area, LONGEST_SIDE / max(wide, tall)), 2)
