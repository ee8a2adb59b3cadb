"""Modules for the operations that torch has no single module for: `functions` with parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from smashdsl.backends.module import functions


class Zero(nn.Module):
    """Zeros of the input's shape. Nothing flows back: the input may hold anything."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros_like(x)


class GlobalAvgPool(nn.Module):
    """The mean over all positions: `(batch, channels)`."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=tuple(range(2, x.ndim)))


class LayerNorm(nn.LayerNorm):
    """Normalisation over the channels of each position, with scale and shift per channel."""

    def forward(self, x: Tensor) -> Tensor:
        return functions.over_channels(x, self.weight, self.bias)


class LayerScale(nn.Module):
    """A learned factor for each channel, `init` at first."""

    def __init__(self, channels: int, init: float, **factory: Any) -> None:
        super().__init__()
        self.init = init
        self.weight = nn.Parameter(torch.empty(channels, **factory))

    def forward(self, x: Tensor) -> Tensor:
        return functions.per_channel(x, self.weight)

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, init={self.init}"


class Shift(nn.Module):
    """Values from `distance` positions further along every dimension, zeros at the end."""

    def __init__(self, distance: int) -> None:
        super().__init__()
        self.distance = distance

    def forward(self, x: Tensor) -> Tensor:
        return functions.shift(x, self.distance)

    def extra_repr(self) -> str:
        return f"distance={self.distance}"


class ChannelShuffle(nn.Module):
    """Interleaves the channels of `groups` equal groups (ShuffleNet)."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        return functions.shuffle(x, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class DropPath(nn.Module):
    """Drops all values of an example with probability `p` in training and scales up the rest."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return functions.drop_path(x, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class SqueezeExcite(nn.Module):
    """Scales channels by a two-layer function of their means."""

    def __init__(self, channels: int, hidden: int, **factory: Any) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden, **factory)
        self.excite = nn.Linear(hidden, channels, **factory)

    def forward(self, x: Tensor) -> Tensor:
        squeeze, excite = self.squeeze, self.excite
        return functions.excite(x, squeeze.weight, squeeze.bias, excite.weight, excite.bias)


class SelfAttention(nn.Module):
    """Multi-head attention over all positions."""

    def __init__(self, channels: int, heads: int, **factory: Any) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels, **factory)
        self.proj = nn.Linear(channels, channels, **factory)

    def forward(self, x: Tensor) -> Tensor:
        qkv, proj = self.qkv, self.proj
        return functions.self_attention(x, self.heads, qkv.weight, qkv.bias, proj.weight, proj.bias)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


class Attend(nn.Module):
    """The combination of values of one shape by a softmax over one learned score per value."""

    def __init__(self, count: int, **factory: Any) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(count, **factory))

    def forward(self, *values: Tensor) -> Tensor:
        return functions.weighted_sum(values, self.scores.softmax(0))


class Shake(nn.Module):
    """A random convex combination in training, the mean otherwise."""

    def forward(self, *values: Tensor) -> Tensor:
        return functions.mix(values, self.training)
