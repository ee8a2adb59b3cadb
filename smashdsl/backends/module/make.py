"""Step → `nn.Module`: one builder for each built-in operation.

Built-in modules are made without values: `init` fills them. Modules of registered operations come
as their author makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from smashdsl.backends.module import layers
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.backends.module.layers import Factory
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ops import find_op
from smashdsl.ops.builtin import pool_window, squeezed
from smashdsl.ops.table import Attrs, per_dimension
from smashdsl.plan import Step

Shape = tuple[int, ...]
Builder = Callable[[Shape, Attrs, Factory], nn.Module]

_CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_BATCH_NORM = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
_AVG_POOL = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
_MAX_POOL = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}


def make_module(step: Step, inputs: list[Shape], dtype: torch.dtype) -> nn.Module | None:
    """The module that computes a step from inputs of these shapes `(channels, *spatial)`, with
    uninitialised parameters, or None where a step is a plain function.

    Raises:
        ValueError: a registered operation's module has other parameters than it declared.
    """
    if step.op in _STRUCTURAL:
        return _STRUCTURAL[step.op](len(inputs), {"dtype": dtype})
    spec = find_op(step.op)
    if spec is None:
        return None
    if spec.module is not None:
        return _registered(step, spec.module(inputs[0], dict(step.attrs)).to(dtype))
    if step.op not in _BUILDERS:
        raise InternalError(f"no torch module for the operation {step.op!r}")
    module = _BUILDERS[step.op](inputs[0], step.attrs, {"dtype": dtype, "device": "meta"})
    _allocate(module)
    if step.source and (step.source.weights or "").startswith("fixed"):
        _fix(module)
    return module


def _allocate(module: nn.Module) -> None:
    module.to_empty(device="cpu")
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        module.reset_running_stats()


def _fix(module: nn.Module) -> None:
    """Fill the filter once and for all: it is no longer trained."""
    weight = module.weight
    assert isinstance(weight, nn.Parameter)
    weight.requires_grad_(False).copy_(gabor_bank(tuple(weight.shape)))


def _registered(step: Step, module: nn.Module) -> nn.Module:
    declared = {slot.name: slot.shape for slot in step.slots}
    actual = {name: tuple(tensor.shape) for name, tensor in module.named_parameters()}
    if actual != declared:
        raise ValueError(
            f"the operation {step.op!r} declares the parameters {declared}, "
            f"but its module has {actual}"
        )
    return module


# Builders -------------------------------------------------------------------------------------


def _conv(shape: Shape, attrs: Attrs, factory: Factory) -> nn.Module:
    channels, rank = shape[0], len(shape) - 1
    kernel = per_dimension(attrs["kernel"], rank)
    dilation = per_dimension(attrs["dilation"], rank)
    same = attrs["padding"] == "same"
    return _CONV[rank](
        channels,
        attrs.get("units", channels),
        kernel,
        per_dimension(attrs["stride"], rank),
        tuple(d * (k - 1) // 2 if same else 0 for k, d in zip(kernel, dilation, strict=True)),
        dilation,
        attrs.get("groups", channels),
        attrs["bias"],
        **factory,
    )


def _avg_pool(shape: Shape, attrs: Attrs, factory: Factory) -> nn.Module:
    return _AVG_POOL[len(shape) - 1](*_window(shape, attrs), count_include_pad=False)


def _max_pool(shape: Shape, attrs: Attrs, factory: Factory) -> nn.Module:
    return _MAX_POOL[len(shape) - 1](*_window(shape, attrs))


def _window(shape: Shape, attrs: Attrs) -> tuple[Shape, Shape, Shape]:
    kernel, stride, padded = pool_window(attrs, len(shape) - 1)
    return kernel, stride, tuple((k - 1) // 2 if padded else 0 for k in kernel)


def _plain(make: Callable[[], nn.Module]) -> Builder:
    return lambda shape, attrs, factory: make()


_BUILDERS: dict[str, Builder] = {
    "conv": _conv,
    "depthwise": _conv,
    "linear": lambda s, a, f: nn.Linear(s[0], a["units"], a["bias"], **f),
    "batch_norm": lambda s, a, f: _BATCH_NORM[len(s) - 1](s[0], **f),
    "layer_norm": lambda s, a, f: layers.LayerNorm(s[0], **f),
    "group_norm": lambda s, a, f: nn.GroupNorm(a["groups"], s[0], **f),
    "relu": _plain(nn.ReLU),
    "relu6": _plain(nn.ReLU6),
    "leaky_relu": lambda s, a, f: nn.LeakyReLU(a["slope"]),
    "gelu": _plain(nn.GELU),
    "silu": _plain(nn.SiLU),
    "tanh": _plain(nn.Tanh),
    "sigmoid": _plain(nn.Sigmoid),
    "identity": _plain(nn.Identity),
    "zero": _plain(layers.Zero),
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "global_avg_pool": _plain(layers.GlobalAvgPool),
    "dropout": lambda s, a, f: nn.Dropout(a["p"]),
    "drop_path": lambda s, a, f: layers.DropPath(a["p"]),
    "squeeze_excite": lambda s, a, f: layers.SqueezeExcite(s[0], squeezed(s[0], a), **f),
    "channel_shuffle": lambda s, a, f: layers.ChannelShuffle(a["groups"]),
    "self_attention": lambda s, a, f: layers.SelfAttention(s[0], a["heads"], **f),
}

_STRUCTURAL: dict[str, Callable[[int, dict[str, Any]], nn.Module]] = {
    "attend": lambda count, factory: layers.Attend(count, **factory),
    "shake": lambda count, factory: layers.Shake(),
}
