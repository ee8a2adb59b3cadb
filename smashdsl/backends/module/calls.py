"""Step → plain call: what a step computes, with its weights as arguments.

A call takes the step's inputs, its weights in the order of the operation's slots, and whether it is
in training. Batch normalisation uses the statistics of the batch, or those given after its weights,
into which it writes those of the batch in training. The counterpart of `make`,
for networks that run once with weights from elsewhere.
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
    self_attention,
    shuffle,
    weighted_sum,
)
from smashdsl.backends.module.geometry import conv_geometry, pool_geometry
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ops import find_op
from smashdsl.plan import Step

Shape = tuple[int, ...]
Call = Callable[[Sequence[Tensor], Sequence[Tensor], bool], Tensor]
Builder = Callable[[Mapping[str, Any], Shape], Call]

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
    """The call of a step whose (first) input has this shape `(channels, *spatial)`."""
    structural = _STRUCTURAL.get(step.op)
    if structural is not None:
        return structural
    if step.op == "slice":
        return _slice(step.attrs["start"], step.attrs["stop"])
    spec = find_op(step.op)
    if spec is None:
        raise InternalError(f"no way to compute the step {step.op!r}")
    if spec.module is not None:
        module = spec.module(shape, dict(step.attrs))
        return _registered(module, [slot.name for slot in step.slots])
    return _built_in(step.op, tuple(step.attrs.items()), shape)


def _cat(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
    return torch.cat(list(x), 1)


def _fold(join: Callable[[Tensor, Tensor], Tensor]) -> Call:
    def call(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
        total = x[0]
        for other in x[1:]:
            total = join(total, other)
        return total

    return call


_sum = _fold(torch.add)
_STRUCTURAL: dict[str, Call] = {
    "cat": _cat,
    "sum": _sum,
    "mean": lambda x, w, training: torch.div(_sum(x, w, training), len(x)),
    "max": _fold(torch.maximum),
    "mul": _fold(torch.mul),
    "attend": lambda x, w, training: weighted_sum(x, w[0].softmax(0)),
    "shake": lambda x, w, training: mix(x, training),
}


def _slice(start: int, stop: int) -> Call:
    return lambda x, w, training: x[0].narrow(1, start, stop - start)


def _registered(module: torch.nn.Module, names: Sequence[str]) -> Call:
    def call(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
        found: Tensor = functional_call(
            module.train(training), dict(zip(names, w, strict=True)), tuple(x)
        )
        return found

    return call


@lru_cache(maxsize=4096)
def _built_in(op: str, attrs: tuple[tuple[str, Any], ...], shape: Shape) -> Call:
    if op not in _BUILDERS:
        raise InternalError(f"no call for the operation {op!r}")
    return _BUILDERS[op](dict(attrs), shape)


def _conv(attrs: Mapping[str, Any], shape: Shape) -> Call:
    rank = len(shape) - 1
    _, *geometry = conv_geometry(shape[0], attrs, rank)
    conv = _CONV[rank]
    if attrs["bias"]:
        return lambda x, w, training: conv(x[0], w[0], w[1], geometry[0], *geometry[1:])
    return lambda x, w, training: conv(x[0], w[0], None, *geometry)


def _linear(attrs: Mapping[str, Any], shape: Shape) -> Call:
    return lambda x, w, training: functional.linear(x[0], *w)


def _batch_norm(attrs: Mapping[str, Any], shape: Shape) -> Call:
    def call(x: Sequence[Tensor], w: Sequence[Tensor], training: bool) -> Tensor:
        if len(w) == 2:
            return functional.batch_norm(x[0], None, None, w[0], w[1], training=True)
        return functional.batch_norm(x[0], w[2], w[3], w[0], w[1], training, momentum=1.0)

    return call


def _layer_norm(attrs: Mapping[str, Any], shape: Shape) -> Call:
    return lambda x, w, training: over_channels(x[0], w[0], w[1])


def _group_norm(attrs: Mapping[str, Any], shape: Shape) -> Call:
    return lambda x, w, training: functional.group_norm(x[0], attrs["groups"], w[0], w[1])


def _leaky_relu(attrs: Mapping[str, Any], shape: Shape) -> Call:
    return lambda x, w, training: functional.leaky_relu(x[0], attrs["slope"])


def _avg_pool(attrs: Mapping[str, Any], shape: Shape) -> Call:
    rank = len(shape) - 1
    pool, geometry = _AVG_POOL[rank], pool_geometry(attrs, rank)
    return lambda x, w, training: pool(x[0], *geometry, count_include_pad=False)


def _max_pool(attrs: Mapping[str, Any], shape: Shape) -> Call:
    rank = len(shape) - 1
    pool, geometry = _MAX_POOL[rank], pool_geometry(attrs, rank)
    return lambda x, w, training: pool(x[0], *geometry)


def _global_avg_pool(attrs: Mapping[str, Any], shape: Shape) -> Call:
    axes = tuple(range(2, len(shape) + 1))
    return lambda x, w, training: x[0].mean(dim=axes)


def _plain(function: Callable[[Tensor], Tensor]) -> Builder:
    return lambda attrs, shape: lambda x, w, training: function(x[0])


def _dropping(drop: Callable[[Tensor, float, bool], Tensor]) -> Builder:
    return lambda attrs, shape: lambda x, w, training: drop(x[0], attrs["p"], training)


_BUILDERS: dict[str, Builder] = {
    "conv": _conv,
    "depthwise": _conv,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "relu": _plain(torch.relu),
    "relu6": _plain(functional.relu6),
    "leaky_relu": _leaky_relu,
    "gelu": _plain(functional.gelu),
    "silu": _plain(functional.silu),
    "tanh": _plain(torch.tanh),
    "sigmoid": _plain(torch.sigmoid),
    "zero": _plain(torch.zeros_like),
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "global_avg_pool": _global_avg_pool,
    "dropout": lambda attrs, _: (
        lambda x, w, training: functional.dropout(x[0], attrs["p"], training)
    ),
    "drop_path": lambda attrs, _: lambda x, w, training: drop_path(x[0], attrs["p"], training),
    "squeeze_excite": lambda attrs, _: lambda x, w, training: excite(x[0], *w),
    "channel_shuffle": lambda attrs, _: lambda x, w, training: shuffle(x[0], attrs["groups"]),
    "self_attention": lambda attrs, _: (
        lambda x, w, training: self_attention(x[0], attrs["heads"], *w)
    ),
}
