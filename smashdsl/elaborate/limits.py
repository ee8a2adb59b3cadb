"""Bounds on what a text may ask for, so that no input takes all time or memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The most of each thing in one network.

    `nesting` counts op calls within op calls, `items` those of one list, `work` the items of all
    lists and the banks of all reads and writes together.
    """

    layers: int = 20_000
    stages: int = 200_000
    banks: int = 20_000
    items: int = 100_000
    iterations: int = 200_000
    work: int = 5_000_000
    nesting: int = 64


DEFAULT = Limits()
