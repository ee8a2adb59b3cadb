"""Step → plain call: what a step computes, with its weights as arguments.

A call takes the step's inputs, its weights in the order of the operation's slots, and whether it is
in training. Batch normalisation uses the statistics of the batch, or those given after its weights,
into which it writes those of the batch in training. The counterpart of `make`, for networks that
run once with weights from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional

from smashdsl.backends.module.functions import (
    drop_path,
    excite,
    mix,
    over_channels,
    per_channel,
    self_attention,
    shift,
    shuffle,
    weighted_sum,
)
from smashdsl.backends.module.geometry import conv_geometry, pool_geometry
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ops import find_op
from smashdsl.plan import Step

Shape = tuple[int, ...]
Call = Callable[[Sequence[Tensor], Sequence[Tensor], bool], Tensor]
Builder = Callable[[Mapping[str, Any], int], Call]
"""A call from an operation's attributes and the number of spatial dimensions."""

_CONV: dict[int, Callable[..., Tensor]] = {
    1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d,
}  # fmt: skip
_AVG_POOL: dict[int, Callable[..., Tensor]] = {
    1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d,
}  # fmt: skip
_MAX_POOL: dict[int, Callable[..., Tensor]] = {
    1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d,
}  # fmt: skip


def make_call(step: Step, shape: Shape) -> Call:
    """The call of a step that is not `PLAIN`, whose (first) input has this shape
    `(channels, *spatial)`."""
    op, attrs = step.op, step.attrs
    if op == "slice":
        return _slice(attrs["start"], attrs["stop"])
    if op in ("conv", "depthwise"):
        kernel, stride, dilation = attrs["kernel"], attrs["stride"], attrs["dilation"]
        groups = attrs["groups"] if op == "conv" else shape[0]
        return _conv(kernel, stride, dilation, attrs["padding"], groups, attrs["bias"],
                     len(shape) - 1)  # fmt: skip
    if op in _BUILDERS:
        return _built(op, tuple(attrs.items()), len(shape) - 1)
    spec = find_op(op)
    if spec is None or spec.module is None:
        raise InternalError(f"no way to compute the step {op!r}")
    return _registered(spec.module(shape, dict(attrs)), [slot.name for slot in step.slots])


def _cat(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    return torch.cat(list(x), 1)


def _fold(join: Callable[[Tensor, Tensor], Tensor]) -> Call:
    def call(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
        total = x[0]
        for other in x[1:]:
            total = join(total, other)
        return total

    return call


def _slice(start: int, stop: int) -> Call:
    return lambda x, w, training: x[0].narrow(1, start, stop - start)


def _plain(function: Callable[[Tensor], Tensor]) -> Call:
    return lambda x, w, training: function(x[0])


def _batch_norm(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    if len(w) == 2:
        return functional.batch_norm(x[0], None, None, w[0], w[1], training=True)
    return functional.batch_norm(x[0], w[2], w[3], w[0], w[1], training, momentum=1.0)


_sum = _fold(torch.add)
PLAIN: dict[str, Call] = {
    "cat": _cat,
    "sum": _sum,
    "mean": lambda x, w, training: torch.div(_sum(x, w, training), len(x)),
    "max": _fold(torch.maximum),
    "mul": _fold(torch.mul),
    "attend": lambda x, w, training: weighted_sum(x, w[0].softmax(0)),
    "shake": lambda x, w, training: mix(x, training),
    "linear": lambda x, w, training: functional.linear(x[0], *w),
    "batch_norm": _batch_norm,
    "layer_norm": lambda x, w, training: over_channels(x[0], *w),
    "layer_scale": lambda x, w, training: per_channel(x[0], w[0]),
    "relu": _plain(torch.relu),
    "relu6": _plain(functional.relu6),
    "gelu": _plain(functional.gelu),
    "silu": _plain(functional.silu),
    "tanh": _plain(torch.tanh),
    "sigmoid": _plain(torch.sigmoid),
    "zero": _plain(torch.zeros_like),
    "squeeze_excite": lambda x, w, training: excite(x[0], *w),
}


def _registered(module: torch.nn.Module, names: Sequence[str]) -> Call:
    def call(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
        found: Tensor = functional_call(
            module.train(training), dict(zip(names, w, strict=True)), tuple(x)
        )
        return found

    return call


@lru_cache(maxsize=4096)
def _conv(kernel: Any, stride: Any, dilation: Any, padding: str, groups: int, bias: bool,
          rank: int) -> Call:  # fmt: skip
    attrs = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
    _, *geometry = conv_geometry(groups, attrs, rank)
    conv = _CONV[rank]
    if bias:
        return lambda x, w, training: conv(x[0], w[0], w[1], *geometry)
    return lambda x, w, training: conv(x[0], w[0], None, *geometry)


@lru_cache(maxsize=4096)
def _built(op: str, attrs: tuple[tuple[str, Any], ...], rank: int) -> Call:
    return _BUILDERS[op](dict(attrs), rank)


def _group_norm(attrs: Mapping[str, Any], rank: int) -> Call:
    groups = attrs["groups"]
    return lambda x, w, training: functional.group_norm(x[0], groups, w[0], w[1])


def _leaky_relu(attrs: Mapping[str, Any], rank: int) -> Call:
    slope = attrs["slope"]
    return lambda x, w, training: functional.leaky_relu(x[0], slope)


def _avg_pool(attrs: Mapping[str, Any], rank: int) -> Call:
    pool, geometry = _AVG_POOL[rank], pool_geometry(attrs, rank)
    return lambda x, w, training: pool(x[0], *geometry, count_include_pad=False)


def _max_pool(attrs: Mapping[str, Any], rank: int) -> Call:
    pool, geometry = _MAX_POOL[rank], pool_geometry(attrs, rank)
    return lambda x, w, training: pool(x[0], *geometry)


def _global_avg_pool(attrs: Mapping[str, Any], rank: int) -> Call:
    axes = tuple(range(2, rank + 2))
    return lambda x, w, training: x[0].mean(dim=axes)


def _dropping(drop: Callable[[Tensor, float, bool], Tensor]) -> Builder:
    return lambda attrs, rank: lambda x, w, training: drop(x[0], attrs["p"], training)


_BUILDERS: dict[str, Builder] = {
    "group_norm": _group_norm,
    "leaky_relu": _leaky_relu,
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "global_avg_pool": _global_avg_pool,
    "dropout": _dropping(functional.dropout),
    "drop_path": _dropping(drop_path),
    "channel_shuffle": lambda attrs, _: lambda x, w, training: shuffle(x[0], attrs["groups"]),
    "shift": lambda attrs, _: lambda x, w, training: shift(x[0], attrs["distance"]),
    "self_attention": lambda attrs, _: (
        lambda x, w, training: self_attention(x[0], attrs["heads"], *w)
    ),
}
