"""The built-in operations, as one table.

Shapes are `(channels, *spatial)` without the batch; one rule serves 1-D, 2-D and 3-D. FLOPs are
multiply-adds of convolutions and linear layers, as the architecture-search literature counts them.
"""

from __future__ import annotations

import math

from smashdsl.ops.table import Attrs, OpError, OpSpec, Parameter, Slot, Spatial, per_dimension

# Convolutions ---------------------------------------------------------------------------------


def _window(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    reach = dilation * (kernel - 1) + 1
    if padding == "same":
        return -(-size // stride)
    if reach > size:
        raise OpError(f"a window of {reach} does not fit into {size}", "kernel", "E403")
    return (size - reach) // stride + 1


def _conv_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    rank = len(spatial)
    if rank == 0:
        raise OpError("a convolution needs a spatial input, but this is a vector", code="E405")
    sizes = (per_dimension(attrs[name], rank) for name in ("kernel", "stride", "dilation"))
    kernel, stride, dilation = sizes
    for values, name in ((kernel, "kernel"), (stride, "stride"), (dilation, "dilation")):
        if len(values) != rank:
            raise OpError(
                f"{name} has {len(values)} dimensions, but the input has {rank}", name, "E404"
            )
    if attrs["padding"] == "same" and any(k % 2 == 0 for k in kernel):
        shown = "x".join(map(str, kernel))
        raise OpError(
            f"an even kernel ({shown}) cannot keep the resolution",
            "kernel",
            "E406",
            ("use an odd kernel, or `padding=valid`",),
        )
    return tuple(
        _window(n, k, s, d, attrs["padding"])
        for n, k, s, d in zip(spatial, kernel, stride, dilation, strict=True)
    )


def _conv_channels(channels: int, attrs: Attrs) -> int:
    units, groups = attrs["units"], attrs["groups"]
    for count, what in ((channels, "input channels"), (units, "units")):
        if count % groups:
            raise OpError(
                f"{groups} groups do not divide {count} {what}",
                "groups",
                "E402",
                (f"choose a divisor of {math.gcd(channels, units)}",),
            )
    return int(units)


def _conv_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    units = attrs["units"]
    kernel = per_dimension(attrs["kernel"], rank)
    weight = Slot("weight", (units, channels // attrs["groups"], *kernel))
    return (weight, Slot("bias", (units,))) if attrs["bias"] else (weight,)


def _conv_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    kernel = per_dimension(attrs["kernel"], len(out) - 1)
    return math.prod(out) * int(channels // attrs["groups"]) * math.prod(kernel)


def _depthwise_attrs(channels: int, attrs: Attrs) -> Attrs:
    return {**attrs, "units": channels, "groups": channels}


def _depthwise_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return _conv_slots(channels, rank, _depthwise_attrs(channels, attrs))


def _depthwise_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return _conv_flops(channels, out, _depthwise_attrs(channels, attrs))


# Vectors --------------------------------------------------------------------------------------


def _linear_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if spatial:
        shown = "x".join(map(str, spatial))
        raise OpError(
            f"`linear` needs a vector, but this input still has a resolution of {shown}",
            code="E405",
            helps=("put `global_avg_pool` before it",),
        )
    return ()


def _linear_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    weight = Slot("weight", (attrs["units"], channels))
    return (weight, Slot("bias", (attrs["units"],))) if attrs["bias"] else (weight,)


def _linear_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return channels * int(attrs["units"])


def _pooled_away(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("the input is a vector already", code="E405")
    return ()


# Normalisation, pooling and the rest ----------------------------------------------------------


def _affine_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return Slot("weight", (channels,)), Slot("bias", (channels,))


def _grouped(channels: int, attrs: Attrs) -> int:
    if channels % attrs["groups"]:
        raise OpError(
            f"{attrs['groups']} groups do not divide {channels} channels", "groups", "E402"
        )
    return channels


def _taken(channels: int, attrs: Attrs) -> int:
    units, after = int(attrs["units"]), int(attrs["after"])
    if after + units > channels:
        raise OpError(
            f"{units} channels after the first {after} are more than the {channels} that come in",
            "units", "E410",
        )  # fmt: skip
    return units


def _pool_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("pooling needs a spatial input, but this is a vector", code="E405")
    kernel, stride, padded = pool_window(attrs, len(spatial))
    if padded and any(k % 2 == 0 for k in kernel):
        raise OpError(
            "an even window with a smaller stride cannot be padded evenly", "kernel", "E406"
        )
    padding = "same" if padded else "valid"
    return tuple(
        _window(n, k, s, 1, padding) for n, k, s in zip(spatial, kernel, stride, strict=True)
    )


def pool_window(attrs: Attrs, rank: int) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """The kernel and stride of a pool per dimension, and whether it pads like a convolution."""
    kernel = per_dimension(attrs["kernel"], rank)
    stride = per_dimension(attrs["stride"] or attrs["kernel"], rank)
    for values, name in ((kernel, "kernel"), (stride, "stride")):
        if len(values) != rank:
            raise OpError(
                f"{name} has {len(values)} dimensions, but the input has {rank}", name, "E404"
            )
    return kernel, stride, any(s < k for s, k in zip(stride, kernel, strict=True))


def squeezed(channels: int, attrs: Attrs) -> int:
    """The hidden width of `squeeze_excite`: channels / reduction, at least 1."""
    return max(channels // int(attrs["reduction"]), 1)


def _excite_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    hidden = squeezed(channels, attrs)
    return (
        Slot("squeeze.weight", (hidden, channels)),
        Slot("squeeze.bias", (hidden,)),
        Slot("excite.weight", (channels, hidden)),
        Slot("excite.bias", (channels,)),
    )


def _excite_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return 2 * channels * squeezed(channels, attrs)


def _excite_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("this operation needs a spatial input, but this is a vector", code="E405")
    return spatial


def _heads(channels: int, attrs: Attrs) -> int:
    if channels % attrs["heads"]:
        raise OpError(f"{attrs['heads']} heads do not divide {channels} channels", "heads", "E402")
    return channels


def _attention_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return (
        Slot("qkv.weight", (3 * channels, channels)),
        Slot("qkv.bias", (3 * channels,)),
        Slot("proj.weight", (channels, channels)),
        Slot("proj.bias", (channels,)),
    )


def _attention_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return 4 * channels * channels * math.prod(out[1:])


def _shift_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    distance = attrs["distance"]
    if distance >= min(_excite_spatial(spatial, attrs)):
        raise OpError(f"a shift by {distance} leaves nothing of {min(spatial)} positions",
                      "distance", "E403")  # fmt: skip
    return spatial


def _scale_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return (Slot("weight", (channels,)),)


# The table ------------------------------------------------------------------------------------

_UNITS = Parameter("units", "count", required=True)
_KERNEL = Parameter("kernel", "size", required=True)
_STRIDE = Parameter("stride", "size", 1)
_DILATION = Parameter("dilation", "size", 1)
_NO_BIAS = Parameter("bias", "flag", False)
_WEIGHTS = Parameter("weights", "weights")
_PADDING = Parameter("padding", "padding", "same")
_POOL = (_KERNEL, Parameter("stride", "size"))
_SPATIAL_USES = ("kernel", "stride", "dilation", "padding")


def _activation(name: str, *parameters: Parameter) -> OpSpec:
    return OpSpec(name, "activation", parameters, summary=f"the {name} non-linearity")


def _pool(name: str, summary: str) -> OpSpec:
    return OpSpec(
        name,
        "pool",
        _POOL,
        spatial=_pool_spatial,
        spatial_uses=("kernel", "stride"),
        summary=summary,
    )


BUILTIN: dict[str, OpSpec] = {
    spec.name: spec
    for spec in (
        OpSpec(
            "conv",
            "conv",
            (
                _UNITS,
                _KERNEL,
                _STRIDE,
                _DILATION,
                Parameter("groups", "count", 1),
                _NO_BIAS,
                _WEIGHTS,
                _PADDING,
            ),
            _conv_channels,
            _conv_spatial,
            ("units", "groups"),
            _SPATIAL_USES,
            _conv_slots,
            _conv_flops,
            weighted=True,
            summary="convolution; keeps the resolution at stride 1, no bias",
        ),
        OpSpec(
            "depthwise",
            "conv",
            (_KERNEL, _STRIDE, _DILATION, _NO_BIAS, _WEIGHTS, _PADDING),
            spatial=_conv_spatial,
            spatial_uses=_SPATIAL_USES,
            slots=_depthwise_slots,
            flops=_depthwise_flops,
            weighted=True,
            summary="convolution with one group per channel",
        ),
        OpSpec(
            "linear",
            "linear",
            (_UNITS, Parameter("bias", "flag", True)),
            lambda channels, attrs: attrs["units"],
            _linear_spatial,
            ("units",),
            (),
            _linear_slots,
            _linear_flops,
            weighted=True,
            summary="fully connected layer on a vector, with a bias",
        ),
        OpSpec(
            "batch_norm",
            "norm",
            slots=_affine_slots,
            summary="batch normalisation with scale and shift; `norm` is short for it",
        ),
        OpSpec(
            "layer_norm",
            "norm",
            slots=_affine_slots,
            summary="normalisation over the channels of each position, with scale and shift",
        ),
        OpSpec(
            "group_norm",
            "norm",
            (Parameter("groups", "count", required=True),),
            _grouped,
            channels_uses=("groups",),
            slots=_affine_slots,
            summary="group normalisation with scale and shift",
        ),
        OpSpec(
            "layer_scale",
            "norm",
            (Parameter("init", "number", 1e-6),),
            slots=_scale_slots,
            summary="a learned factor for each channel, `init` at first",
        ),
        _activation("relu"),
        _activation("relu6"),
        _activation("leaky_relu", Parameter("slope", "number", 0.01)),
        _activation("gelu"),
        _activation("silu"),
        _activation("tanh"),
        _activation("sigmoid"),
        OpSpec("identity", "identity", summary="passes its input on"),
        OpSpec("zero", "identity", summary="zeros of its input's shape"),
        _pool("avg_pool", "average pooling; stride is the window unless given"),
        _pool("max_pool", "maximum pooling; stride is the window unless given"),
        OpSpec(
            "global_avg_pool",
            "pool",
            spatial=_pooled_away,
            summary="the mean over all positions: gives a vector",
        ),
        OpSpec(
            "dropout",
            "regularise",
            (Parameter("p", "fraction", required=True),),
            summary="drops single values in training",
        ),
        OpSpec(
            "drop_path",
            "regularise",
            (Parameter("p", "fraction", required=True),),
            summary="drops whole examples' values in training",
        ),
        OpSpec(
            "squeeze_excite",
            "attention",
            (Parameter("reduction", "count", 16),),
            spatial=_excite_spatial,
            slots=_excite_slots,
            flops=_excite_flops,
            summary="scales channels by a two-layer function of their means",
        ),
        OpSpec(
            "channel_shuffle",
            "identity",
            (Parameter("groups", "count", required=True),),
            _grouped,
            channels_uses=("groups",),
            summary="interleaves the groups' channels",
        ),
        OpSpec(
            "shift",
            "identity",
            (Parameter("distance", "count", 1),),
            spatial=_shift_spatial,
            spatial_uses=("distance",),
            summary="values from positions further along every dimension, zeros at the end",
        ),
        OpSpec(
            "take",
            "identity",
            (_UNITS, Parameter("after", "index", 0)),
            _taken,
            channels_uses=("units", "after"),
            summary="some of the input's channels, next to each other",
        ),
        OpSpec(
            "self_attention",
            "attention",
            (Parameter("heads", "count", 1),),
            _heads,
            _excite_spatial,
            ("heads",),
            slots=_attention_slots,
            flops=_attention_flops,
            weighted=True,
            summary="multi-head attention over all positions",
        ),
    )
}

ALIASES = {"norm": "batch_norm"}
