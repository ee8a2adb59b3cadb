"""The one naming of modules and weight slots, used by every back end.

A chain's stages are numbered per operation (`conv1`, `norm1`, `conv2`, `relu6_1`); branches of a
combinator are numbered from 0 below it (`sum1.0.conv1`). Sections are `stem`,
`blocks.N.layers.M`, `transitions.N` and `head`. Groups leave no trace in names, so equal programs
have equal names.
"""

from __future__ import annotations

from smashdsl.ir.program import Combine, Op

_SHORT = {"batch_norm": "norm"}


class Names:
    """Hands out the names of one chain's stages, in order."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def next(self, stage: Op | Combine) -> str:
        """The name of the chain's next flattened stage (`conv2`, `sum1`)."""
        base = stage.rule if isinstance(stage, Combine) else _SHORT.get(stage.name, stage.name)
        number = self._seen[base] = self._seen.get(base, 0) + 1
        return f"{base}_{number}" if base[-1].isdigit() else f"{base}{number}"


def layer_path(block: int, layer: int) -> str:
    return f"blocks.{block}.layers.{layer}"


def transition_path(transition: int) -> str:
    return f"transitions.{transition}"
