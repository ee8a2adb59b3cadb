"""Bounds on what a text may ask for, so that no input takes all time or memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most of each thing in one network; `nesting` counts op calls within op calls."""

    layers: int = 20_000
    stages: int = 200_000
    banks: int = 20_000
    items: int = 100_000
    iterations: int = 200_000
    nesting: int = 64
    magnitude: int = 2**63


DEFAULT = Limits()
