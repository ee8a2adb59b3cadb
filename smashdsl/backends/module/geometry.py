"""The arguments of torch's convolutions and pools, from an operation's attributes."""

from __future__ import annotations

from typing import NamedTuple

from smashdsl.ops.rules import pool_window
from smashdsl.ops.table import Attrs, per_dimension

Sizes = tuple[int, ...]


class ConvGeometry(NamedTuple):
    """Per dimension, except for `groups`."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    groups: int


class PoolGeometry(NamedTuple):
    """Per dimension."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes


def conv_geometry(channels: int, attrs: Attrs, rank: int) -> ConvGeometry:
    """Of a convolution over `channels` input channels; a depthwise one has a group for each."""
    kernel, stride, dilation = (
        per_dimension(attrs[name], rank) for name in ("kernel", "stride", "dilation")
    )
    same = attrs["padding"] == "same"
    padding = tuple(d * (k - 1) // 2 if same else 0 for k, d in zip(kernel, dilation, strict=True))
    return ConvGeometry(kernel, stride, padding, dilation, attrs.get("groups", channels))


def pool_geometry(attrs: Attrs, rank: int) -> PoolGeometry:
    """Of an average or maximum pool."""
    kernel, stride, padded = pool_window(attrs, rank)
    return PoolGeometry(kernel, stride, tuple((k - 1) // 2 if padded else 0 for k in kernel))
