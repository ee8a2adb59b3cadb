"""Torch's modules and functions → operations of the language, where they mean the same."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrize import is_parametrized

from smashdsl.ir import Op

EPS = 1e-5
Shape = tuple[int, ...]


class Misfit(ValueError):
    """An operation of torch is none of the language; the message says why."""


@dataclass(frozen=True)
class Leaf:
    """An operation, None for one that does nothing, and the tensors that it needs."""

    op: Op | None
    state: Mapping[str, Any] = field(default_factory=dict)


def _op(name: str, **attrs: Any) -> Op:
    return Op(name, attrs)


def one(sizes: Any, rank: int) -> Any:
    """Sizes in each dimension as the language has them: one number where they are equal."""
    each = (sizes,) * rank if isinstance(sizes, int) else tuple(sizes)
    each = each * rank if len(each) == 1 else each
    return each[0] if len(set(each)) == 1 else each


def _each(sizes: Any, rank: int) -> tuple[int, ...]:
    plain = one(sizes, rank)
    return plain if isinstance(plain, tuple) else (plain,) * rank


# Modules with weights -------------------------------------------------------------------------


def _conv(module: Any, shape: Shape) -> Leaf:
    rank = len(shape) - 1
    if module.padding_mode != "zeros":
        raise Misfit(f"it pads with {module.padding_mode}, not with zeros")
    kernel, dilation = _each(module.kernel_size, rank), _each(module.dilation, rank)
    padding = _padding(module.padding, kernel, dilation, rank)
    attrs: dict[str, Any] = {
        "kernel": one(kernel, rank), "stride": one(module.stride, rank),
        "dilation": one(dilation, rank),
    }  # fmt: skip
    bias = module.bias is not None
    state = _parameters(module)
    if module.groups == module.in_channels == module.out_channels and module.groups > 1:
        return Leaf(_op("depthwise", **attrs, bias=bias, padding=padding), state)
    return Leaf(
        _op("conv", units=module.out_channels, **attrs, groups=module.groups, bias=bias,
            padding=padding), state,
    )  # fmt: skip


def _padding(given: Any, kernel: Sequence[int], dilation: Sequence[int], rank: int) -> str:
    same = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
    sizes = same if given == "same" else _each(0 if given == "valid" else given, rank)
    if sizes == same and all(k % 2 for k in kernel):
        return "same"
    if not any(sizes):
        return "valid"
    raise Misfit(f"a padding of {one(sizes, rank)} neither keeps the resolution nor is none")


def _parameters(module: nn.Module) -> dict[str, Any]:
    found = dict(module.named_parameters(recurse=False))
    if is_parametrized(module) or not found.keys() <= {"weight", "bias"}:
        raise Misfit("its weights are computed from others: make them plain before, as "
                     "`torch.nn.utils.parametrize.remove_parametrizations` does")  # fmt: skip
    return found


def _linear(module: nn.Linear, shape: Shape) -> Leaf:
    if len(shape) > 1:
        raise Misfit("a linear layer takes a vector here, not a value with a resolution")
    bias = module.bias is not None
    return Leaf(_op("linear", units=module.out_features, bias=bias), _parameters(module))


def _batch_norm(module: Any, shape: Shape) -> Leaf:
    if module.running_mean is None:
        raise Misfit("it keeps no statistics")
    return Leaf(_op("batch_norm"), {**_affine(module, shape[0]), **dict(module.named_buffers())})


def _group_norm(module: nn.GroupNorm, shape: Shape) -> Leaf:
    return Leaf(_op("group_norm", groups=module.num_groups), _affine(module, shape[0]))


def _affine(module: Any, channels: int) -> dict[str, Any]:
    if module.eps != EPS:
        raise Misfit(f"its eps is {module.eps:g}, where the language has {EPS:g}")
    found = _parameters(module)
    return {"weight": torch.ones(channels), "bias": torch.zeros(channels), **found}


# Modules and functions without weights --------------------------------------------------------


def _pool(kind: str) -> Callable[..., Leaf]:
    def read(shape: Shape, kernel_size: Any, stride: Any = None, padding: Any = 0,
             **extra: Any) -> Leaf:  # fmt: skip
        rank = len(shape) - 1
        kernel = _each(kernel_size, rank)
        steps = _each(stride, rank) if stride not in (None, [], ()) else kernel
        sizes = _each(padding, rank)
        overlapping = any(s < k for s, k in zip(steps, kernel, strict=True))
        wanted = tuple((k - 1) // 2 if overlapping else 0 for k in kernel)
        if sizes != wanted or (overlapping and not all(k % 2 for k in kernel)):
            raise Misfit(
                f"a window of {one(kernel, rank)} with stride {one(steps, rank)} is padded by "
                f"{one(wanted, rank)} in the language, not by {one(sizes, rank)}"
            )
        if any(wanted) and extra.get("count_include_pad"):
            raise Misfit("it counts the padding (count_include_pad)")
        if extra.get("divisor_override") or one(extra.get("dilation", 1), rank) != 1:
            raise Misfit("it has a divisor of its own or a dilation")
        return Leaf(_op(kind, kernel=one(kernel, rank), stride=one(steps, rank)))

    return read


def _adaptive(shape: Shape, output_size: Any) -> Leaf:
    spatial = shape[1:]
    wanted = output_size if isinstance(output_size, tuple | list) else (output_size,) * len(spatial)
    sizes = tuple(n if w is None else w for n, w in zip(spatial, wanted, strict=True))
    if any(n % w for n, w in zip(spatial, sizes, strict=True)):
        raise Misfit(f"{spatial} cannot be divided evenly into {sizes}")
    kernel = tuple(n // w for n, w in zip(spatial, sizes, strict=True))
    if all(k == 1 for k in kernel):
        return Leaf(None)
    plain = one(kernel, len(kernel))
    return Leaf(_op("avg_pool", kernel=plain, stride=plain))


def _dropout(shape: Shape, p: float = 0.5, training: bool = True, inplace: bool = False) -> Leaf:
    return Leaf(_op("dropout", p=float(p)) if training and p else None)


def _gelu(shape: Shape, approximate: str = "none") -> Leaf:
    if approximate != "none":
        raise Misfit(f"it is approximated by {approximate}")
    return Leaf(_op("gelu"))


def _leaky(shape: Shape, negative_slope: float = 0.01, inplace: bool = False) -> Leaf:
    return Leaf(_op("leaky_relu", slope=float(negative_slope)))


def _plain(name: str) -> Callable[..., Leaf]:
    return lambda shape, inplace=False: Leaf(_op(name))


def _nothing(shape: Shape, *args: Any, **extra: Any) -> Leaf:
    return Leaf(None)


WEIGHTED: dict[type[nn.Module], Callable[[Any, Shape], Leaf]] = {
    nn.Conv1d: _conv, nn.Conv2d: _conv, nn.Conv3d: _conv, nn.Linear: _linear,
    nn.BatchNorm1d: _batch_norm, nn.BatchNorm2d: _batch_norm, nn.BatchNorm3d: _batch_norm,
    nn.GroupNorm: _group_norm,
}  # fmt: skip
_POOL_FIELDS = ("kernel_size", "stride", "padding", "dilation", "count_include_pad",
                "divisor_override")  # fmt: skip
PLAIN: dict[type[nn.Module], tuple[Callable[..., Leaf], tuple[str, ...]]] = {
    nn.ReLU: (_plain("relu"), ()), nn.ReLU6: (_plain("relu6"), ()), nn.SiLU: (_plain("silu"), ()),
    nn.Tanh: (_plain("tanh"), ()), nn.Sigmoid: (_plain("sigmoid"), ()),
    nn.LeakyReLU: (_leaky, ("negative_slope",)), nn.GELU: (_gelu, ("approximate",)),
    nn.Identity: (_nothing, ()), nn.Dropout: (_dropout, ("p",)),
    nn.AdaptiveAvgPool1d: (_adaptive, ("output_size",)),
    nn.AdaptiveAvgPool2d: (_adaptive, ("output_size",)),
    nn.AdaptiveAvgPool3d: (_adaptive, ("output_size",)),
    **{each: (_pool("avg_pool"), _POOL_FIELDS)
       for each in (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)},
    **{each: (_pool("max_pool"), _POOL_FIELDS)
       for each in (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)},
}  # fmt: skip


def leaf_module(module: nn.Module, shape: Shape) -> Leaf:
    """A module of torch as an operation on a value of that shape.

    Raises:
        Misfit: it is none of the language's.
    """
    for kind in (*WEIGHTED, *PLAIN):
        if isinstance(module, kind) and type(module).forward is kind.forward:
            if kind in WEIGHTED:
                return WEIGHTED[kind](module, shape)
            read, fields = PLAIN[kind]
            return read(shape, **{f: getattr(module, f) for f in fields if hasattr(module, f)})
    raise Misfit(f"`{type(module).__name__}` is no operation of the language")


def _avg(shape: Shape, kernel_size: Any, stride: Any = None, padding: Any = 0,
         ceil_mode: bool = False, count_include_pad: bool = True,
         divisor_override: Any = None) -> Leaf:  # fmt: skip
    return _pool("avg_pool")(shape, kernel_size, stride, padding,
                             count_include_pad=count_include_pad,
                             divisor_override=divisor_override)  # fmt: skip


def _max(shape: Shape, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
         ceil_mode: bool = False, return_indices: bool = False) -> Leaf:  # fmt: skip
    return _pool("max_pool")(shape, kernel_size, stride, padding, dilation=dilation)


FUNCTIONS: dict[Any, Callable[..., Leaf]] = {
    torch.relu: _plain("relu"), functional.relu: _plain("relu"), torch.tanh: _plain("tanh"),
    functional.relu6: _plain("relu6"), functional.silu: _plain("silu"),
    torch.sigmoid: _plain("sigmoid"), functional.sigmoid: _plain("sigmoid"),
    functional.tanh: _plain("tanh"), functional.gelu: _gelu, functional.leaky_relu: _leaky,
    functional.dropout: _dropout, functional.adaptive_avg_pool1d: _adaptive,
    functional.adaptive_avg_pool2d: _adaptive, functional.adaptive_avg_pool3d: _adaptive,
    functional.avg_pool1d: _avg, functional.avg_pool2d: _avg, functional.avg_pool3d: _avg,
    functional.max_pool1d: _max, functional.max_pool2d: _max, functional.max_pool3d: _max,
    torch.max_pool1d: _max, torch.max_pool2d: _max, torch.max_pool3d: _max,
    torch.zeros_like: lambda shape: Leaf(_op("zero")),
    operator.pos: _nothing,
}  # fmt: skip
METHODS: dict[str, Callable[..., Leaf]] = {
    "relu": _plain("relu"), "relu_": _plain("relu"), "tanh": _plain("tanh"),
    "sigmoid": _plain("sigmoid"), "contiguous": _nothing, "clone": _nothing,
}  # fmt: skip


def leaf_function(target: Any, shape: Shape, args: Sequence[Any],
                  kwargs: Mapping[str, Any]) -> Leaf | None:  # fmt: skip
    """A function or the name of a method as an operation; None if it is neither.

    Raises:
        Misfit: it is no operation of the language with these arguments.
    """
    read = METHODS.get(target) if isinstance(target, str) else FUNCTIONS.get(target)
    if read is None:
        return None
    try:
        return read(shape, *args, **kwargs)
    except TypeError as error:
        raise Misfit("its arguments are not understood") from error
