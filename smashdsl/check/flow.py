"""The shape that flows through a network under analysis."""

from __future__ import annotations

from typing import Any, NamedTuple


class Flow(NamedTuple):
    """`channels` and `spatial` (the resolution), each a plain value, a table or an interval."""

    channels: Any
    spatial: Any
