"""Step → `nn.Module`: one builder for each built-in operation.

Built-in modules are made without values: `init` fills them. Modules of registered operations come
as their author makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from smashdsl.backends.module import layers
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.backends.module.geometry import conv_geometry, pool_geometry
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.ops import find_op
from smashdsl.ops.rules import squeezed
from smashdsl.ops.table import Attrs
from smashdsl.plan import Step

Shape = tuple[int, ...]

_CONV: dict[int, Callable[..., nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_AVG_POOL: dict[int, Callable[..., nn.Module]] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
_MAX_POOL: dict[int, Callable[..., nn.Module]] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
_BATCH_NORM = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}


def make_module(step: Step, inputs: list[Shape], dtype: torch.dtype) -> nn.Module | None:
    """The module that computes a step from inputs of these shapes `(channels, *spatial)`, with
    uninitialised parameters, or None where a step is a plain function.

    Raises:
        ValueError: a registered operation's module has other parameters than it declared.
    """
    if step.op == "attend":
        return layers.Attend(len(inputs), dtype=dtype)
    if step.op == "shake":
        return layers.Shake()
    spec = find_op(step.op)
    if spec is None:
        return None
    if spec.module is not None:
        return _registered(step, spec.module(inputs[0], dict(step.attrs)).to(dtype))
    if step.op not in _BUILDERS:
        raise InternalError(f"no torch module for the operation {step.op!r}")
    module = _BUILDERS[step.op](_Site(inputs[0], step.attrs, dtype))
    _allocate(module)
    if step.source and (step.source.weights or "").startswith("fixed"):
        _fix(module)
    return module


def _allocate(module: nn.Module) -> None:
    module.to_empty(device="cpu")
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        module.reset_running_stats()


@torch.no_grad()
def _fix(module: nn.Module) -> None:
    """Fill the filter once and for all: it is no longer trained."""
    weight = module.get_parameter("weight")
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


@dataclass(frozen=True)
class _Site:
    """What a builder knows: the shape that comes in, and the attributes."""

    shape: Shape
    attrs: Attrs
    dtype: torch.dtype

    @property
    def channels(self) -> int:
        return self.shape[0]

    @property
    def rank(self) -> int:
        return len(self.shape) - 1

    @property
    def factory(self) -> dict[str, Any]:
        """No memory yet, and no time spent on torch's own initial values."""
        return {"dtype": self.dtype, "device": "meta"}


def _conv(site: _Site) -> nn.Module:
    geometry = conv_geometry(site.channels, site.attrs, site.rank)
    units, bias = site.attrs.get("units", site.channels), site.attrs["bias"]
    return _CONV[site.rank](site.channels, units, *geometry, bias, **site.factory)


def _avg_pool(site: _Site) -> nn.Module:
    geometry = pool_geometry(site.attrs, site.rank)
    return _AVG_POOL[site.rank](*geometry, count_include_pad=False)


def _max_pool(site: _Site) -> nn.Module:
    return _MAX_POOL[site.rank](*pool_geometry(site.attrs, site.rank))


_BUILDERS: dict[str, Callable[[_Site], nn.Module]] = {
    "conv": _conv,
    "depthwise": _conv,
    "linear": lambda s: nn.Linear(s.channels, s.attrs["units"], s.attrs["bias"], **s.factory),
    "batch_norm": lambda s: _BATCH_NORM[s.rank](s.channels, **s.factory),
    "layer_norm": lambda s: layers.LayerNorm(s.channels, **s.factory),
    "group_norm": lambda s: nn.GroupNorm(s.attrs["groups"], s.channels, **s.factory),
    "layer_scale": lambda s: layers.LayerScale(s.channels, s.attrs["init"], **s.factory),
    "relu": lambda _: nn.ReLU(),
    "relu6": lambda _: nn.ReLU6(),
    "leaky_relu": lambda s: nn.LeakyReLU(s.attrs["slope"]),
    "gelu": lambda _: nn.GELU(),
    "silu": lambda _: nn.SiLU(),
    "tanh": lambda _: nn.Tanh(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "zero": lambda _: layers.Zero(),
    "avg_pool": _avg_pool,
    "max_pool": _max_pool,
    "global_avg_pool": lambda _: layers.GlobalAvgPool(),
    "dropout": lambda s: nn.Dropout(s.attrs["p"]),
    "drop_path": lambda s: layers.DropPath(s.attrs["p"]),
    "squeeze_excite": lambda s: layers.SqueezeExcite(
        s.channels, squeezed(s.channels, s.attrs), **s.factory
    ),
    "channel_shuffle": lambda s: layers.ChannelShuffle(s.attrs["groups"]),
    "shift": lambda s: layers.Shift(s.attrs["distance"]),
    "self_attention": lambda s: layers.SelfAttention(s.channels, s.attrs["heads"], **s.factory),
}
