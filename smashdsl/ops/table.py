"""What an operation is: parameters, shape rule, weights, cost.

Each rule is a plain function of whole numbers, so that the checker can also run it over every
value that a draw may take. Rules raise `OpError` with the facts; whoever calls them knows the
place in the text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Attrs = Mapping[str, Any]
Spatial = tuple[int, ...]
KEPT = 10_000  # outlines that an operation keeps


class OpError(Exception):
    """An operation cannot take these attributes or this input.

    `parameter` names the attribute at fault, where there is one.
    """

    def __init__(
        self,
        message: str,
        parameter: str | None = None,
        code: str = "E401",
        helps: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.code = code
        self.helps = helps


@dataclass(frozen=True)
class Parameter:
    """One argument of an operation.

    `kind` is `count` (whole, at least 1), `index` (whole, at least 0), `size` (a count, or one per
    dimension as in `3x5`), `flag`, `fraction` (0 to 1), `number`, `weights` or `padding`.
    """

    name: str
    kind: str
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Slot:
    """A trainable tensor of an operation: its name within the module and its shape."""

    name: str
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def _same_channels(channels: int, attrs: Attrs) -> int:
    return channels


def _same_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    return spatial


def _no_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return ()


def _no_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return 0


@dataclass(frozen=True)
class Outline:
    """What an operation makes of an input: the output's shape, the trainable tensors, the cost."""

    shape: tuple[int, ...]
    slots: tuple[Slot, ...]
    flops: int

    @property
    def params(self) -> int:
        return sum(slot.size for slot in self.slots)


@dataclass(frozen=True)
class OpSpec:
    """One operation.

    `channels(c, attrs)` and `spatial(s, attrs)` give the output's, or raise `OpError`;
    `channels_uses` and `spatial_uses` name the attributes that each looks at. `slots(c, rank,
    attrs)` lists the trainable tensors; `flops(c, out_shape, attrs)` counts the multiply-adds of
    convolutions and linear layers for one example. `weighted` operations count towards depth.
    `kind` is the family under which pictures colour it. `check` looks at the attributes alone.
    """

    name: str
    kind: str
    parameters: tuple[Parameter, ...] = ()
    channels: Callable[[int, Attrs], int] = _same_channels
    spatial: Callable[[Spatial, Attrs], Spatial] = _same_spatial
    channels_uses: tuple[str, ...] = ()
    spatial_uses: tuple[str, ...] = ()
    slots: Callable[[int, int, Attrs], tuple[Slot, ...]] = _no_slots
    flops: Callable[[int, tuple[int, ...], Attrs], int] = _no_flops
    weighted: bool = False
    summary: str = ""
    module: Callable[..., Any] | None = None
    _outlines: dict[Any, Outline] = field(default_factory=dict, compare=False, repr=False)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def params(self, channels: int, rank: int, attrs: Attrs) -> int:
        """The number of trainable scalars for an input of so many channels."""
        return sum(slot.size for slot in self.slots(channels, rank, attrs))

    def infer(self, shape: tuple[int, ...], attrs: Attrs) -> tuple[int, ...]:
        """The output shape `(channels, *spatial)` for an input shape."""
        return (self.channels(shape[0], attrs), *self.spatial(shape[1:], attrs))

    def outline(self, shape: tuple[int, ...], attrs: Attrs) -> Outline:
        """Output shape, trainable tensors and multiply-adds at once; those met before are kept.

        Raises:
            OpError: the operation cannot take this input or these attributes.
        """
        key = (shape, tuple(attrs.items()))
        known = self._outlines.get(key)
        if known is None:
            out = self.infer(shape, attrs)
            slots = self.slots(shape[0], len(shape) - 1, attrs)
            known = Outline(out, slots, self.flops(shape[0], out, attrs))
            if len(self._outlines) >= KEPT:
                self._outlines.clear()
            self._outlines[key] = known
        return known


def per_dimension(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """A size as one number per dimension."""
    if isinstance(value, int):
        return (value,) * rank
    return value
