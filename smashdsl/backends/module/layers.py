"""Modules for the operations that torch has no single module for.

All take `(batch, channels, *spatial)` tensors of any number of dimensions and keep their memory
format where they can.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class ChannelShuffle(nn.Module):
    """Interleaves the channels of `groups` equal groups (ShuffleNet)."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, *spatial = x.shape
        grouped = x.reshape(batch, self.groups, channels // self.groups, *spatial)
        return grouped.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class DropPath(nn.Module):
    """Drops all values of an example with probability `p` in training and scales up the rest."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        ones = x.new_ones((x.shape[0],) + (1,) * (x.ndim - 1))
        return x * functional.dropout(ones, self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class SqueezeExcite(nn.Module):
    """Scales channels by a two-layer function of their means (Hu et al. 2018)."""

    def __init__(self, channels: int, hidden: int, **factory: Any) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden, **factory)
        self.excite = nn.Linear(hidden, channels, **factory)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean(dim=tuple(range(2, x.ndim)))
        scale: Tensor = self.excite(functional.relu(self.squeeze(means))).sigmoid()
        return x * scale.reshape(*scale.shape, *(1,) * (x.ndim - 2))


class SelfAttention(nn.Module):
    """Multi-head scaled dot-product attention over all positions.

    `qkv` gives queries, keys and values in that order, each dealt to the heads in order.
    """

    def __init__(self, channels: int, heads: int, **factory: Any) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels, **factory)
        self.proj = nn.Linear(channels, channels, **factory)

    def forward(self, x: Tensor) -> Tensor:
        positions = x.flatten(2).transpose(1, 2)
        split = self.qkv(positions).unflatten(2, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return out.transpose(1, 2).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"


class Attend(nn.Module):
    """The combination of values of one shape by a softmax over one learned score per value."""

    def __init__(self, count: int, **factory: Any) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(count, **factory))

    def forward(self, *values: Tensor) -> Tensor:
        return weighted_sum(values, self.scores.softmax(0))


class Shake(nn.Module):
    """A random convex combination in training, the mean otherwise (after Gastaldi 2017).

    The coefficients are uniform numbers divided by their sum, drawn anew at each call and
    the same for the whole batch.
    """

    def forward(self, *values: Tensor) -> Tensor:
        if not self.training:
            return sum(values[1:], start=values[0]) / len(values)
        weights = torch.rand(len(values), device=values[0].device, dtype=values[0].dtype)
        return weighted_sum(values, weights / weights.sum())


def weighted_sum(values: tuple[Tensor, ...], weights: Tensor) -> Tensor:
    """The sum of `values`, all of one shape, times the scalars of `weights`."""
    first, *rest = weights.unbind()
    total = values[0] * first
    for value, weight in zip(values[1:], rest, strict=True):
        total = torch.addcmul(total, value, weight)
    return total
