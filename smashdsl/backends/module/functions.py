"""Operations that torch has no single function for.

All take `(batch, channels, *spatial)` tensors of any number of dimensions and keep their memory
format where they can.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def over_channels(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Layer normalisation over the channels of each position, with scale and shift per channel."""
    last = x.movedim(1, -1)
    return functional.layer_norm(last, weight.shape, weight, bias).movedim(-1, 1)


def shuffle(x: Tensor, groups: int) -> Tensor:
    """Interleaves the channels of `groups` equal groups (ShuffleNet)."""
    batch, channels, *spatial = x.shape
    grouped = x.reshape(batch, groups, channels // groups, *spatial)
    return grouped.transpose(1, 2).reshape(x.shape)


def shift(x: Tensor, distance: int) -> Tensor:
    """Values from `distance` positions further along every spatial dimension, zeros at the end."""
    return functional.pad(x, (-distance, distance) * (x.ndim - 2))


def per_channel(x: Tensor, weight: Tensor) -> Tensor:
    """Each channel times a number of its own."""
    return x * weight.reshape(-1, *(1,) * (x.ndim - 2))


def drop_path(x: Tensor, p: float, training: bool) -> Tensor:
    """Drops all values of an example with probability `p` in training and scales up the rest."""
    if not training or p == 0:
        return x
    ones = x.new_ones((x.shape[0],) + (1,) * (x.ndim - 1))
    return x * functional.dropout(ones, p)


def excite(x: Tensor, squeeze: Tensor, squeeze_bias: Tensor, excite: Tensor,
           excite_bias: Tensor) -> Tensor:  # fmt: skip
    """Scales channels by a two-layer function of their means (Hu et al. 2018)."""
    means = x.mean(dim=tuple(range(2, x.ndim)))
    hidden = functional.relu(functional.linear(means, squeeze, squeeze_bias))
    scale = functional.linear(hidden, excite, excite_bias).sigmoid()
    return x * scale.reshape(*scale.shape, *(1,) * (x.ndim - 2))


def self_attention(x: Tensor, heads: int, qkv: Tensor, qkv_bias: Tensor, proj: Tensor,
                   proj_bias: Tensor) -> Tensor:  # fmt: skip
    """Multi-head scaled dot-product attention over all positions.

    `qkv` gives queries, keys and values in that order, each dealt to the heads in order.
    """
    positions = x.flatten(2).transpose(1, 2)
    split = functional.linear(positions, qkv, qkv_bias)
    split = split.view(*split.shape[:2], 3, heads, x.shape[1] // heads)
    query, key, value = split.permute(2, 0, 3, 1, 4)
    mixed = functional.scaled_dot_product_attention(query, key, value)
    out = functional.linear(mixed.transpose(1, 2).flatten(2), proj, proj_bias)
    return out.transpose(1, 2).reshape(x.shape)


def mix(values: Sequence[Tensor], training: bool) -> Tensor:
    """A random convex combination in training, the mean otherwise (after Gastaldi 2017).

    The coefficients are uniform numbers divided by their sum, drawn anew at each call and
    the same for the whole batch.
    """
    if not training:
        return sum(values[1:], start=values[0]) / len(values)
    weights = torch.rand(len(values), device=values[0].device, dtype=values[0].dtype)
    return weighted_sum(values, weights / weights.sum())


def weighted_sum(values: Sequence[Tensor], weights: Tensor) -> Tensor:
    """The sum of `values`, all of one shape, times the scalars of `weights`."""
    first, *rest = weights.unbind()
    total = values[0] * first
    for value, weight in zip(values[1:], rest, strict=True):
        total = torch.addcmul(total, value, weight)
    return total
