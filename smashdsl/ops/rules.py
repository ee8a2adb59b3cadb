"""The rules of the built-in operations: shapes, weights and costs.

Shapes are `(channels, *spatial)` without the batch; one rule serves 1-D, 2-D and 3-D.
"""

from __future__ import annotations

import math

from smashdsl.ops.table import Attrs, OpError, Slot, Spatial, per_dimension

# Convolutions ---------------------------------------------------------------------------------


def window(size: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    reach = dilation * (kernel - 1) + 1
    if padding == "same":
        return -(-size // stride)
    if reach > size:
        raise OpError(f"a window of {reach} does not fit into {size}", "kernel", "E403")
    return (size - reach) // stride + 1


def conv_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
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
        window(n, k, s, d, attrs["padding"])
        for n, k, s, d in zip(spatial, kernel, stride, dilation, strict=True)
    )


def conv_channels(channels: int, attrs: Attrs) -> int:
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


def conv_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    units = attrs["units"]
    kernel = per_dimension(attrs["kernel"], rank)
    weight = Slot("weight", (units, channels // attrs["groups"], *kernel))
    return (weight, Slot("bias", (units,))) if attrs["bias"] else (weight,)


def conv_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    kernel = per_dimension(attrs["kernel"], len(out) - 1)
    return math.prod(out) * int(channels // attrs["groups"]) * math.prod(kernel)


def depthwise_attrs(channels: int, attrs: Attrs) -> Attrs:
    return {**attrs, "units": channels, "groups": channels}


def depthwise_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return conv_slots(channels, rank, depthwise_attrs(channels, attrs))


def depthwise_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return conv_flops(channels, out, depthwise_attrs(channels, attrs))


# Vectors --------------------------------------------------------------------------------------


def linear_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if spatial:
        shown = "x".join(map(str, spatial))
        raise OpError(
            f"`linear` needs a vector, but this input still has a resolution of {shown}",
            code="E405",
            helps=("put `global_avg_pool` before it",),
        )
    return ()


def linear_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    weight = Slot("weight", (attrs["units"], channels))
    return (weight, Slot("bias", (attrs["units"],))) if attrs["bias"] else (weight,)


def linear_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return channels * int(attrs["units"])


def pooled_away(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("the input is a vector already", code="E405")
    return ()


# Normalisation, pooling and the rest ----------------------------------------------------------


def affine_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return Slot("weight", (channels,)), Slot("bias", (channels,))


def grouped(channels: int, attrs: Attrs) -> int:
    if channels % attrs["groups"]:
        raise OpError(
            f"{attrs['groups']} groups do not divide {channels} channels", "groups", "E402"
        )
    return channels


def taken(channels: int, attrs: Attrs) -> int:
    units, after = int(attrs["units"]), int(attrs["after"])
    if after + units > channels:
        raise OpError(
            f"{units} channels after the first {after} are more than the {channels} that come in",
            "units", "E410",
        )  # fmt: skip
    return units


def pool_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("pooling needs a spatial input, but this is a vector", code="E405")
    kernel, stride, padded = pool_window(attrs, len(spatial))
    if padded and any(k % 2 == 0 for k in kernel):
        raise OpError(
            "an even window with a smaller stride cannot be padded evenly", "kernel", "E406"
        )
    padding = "same" if padded else "valid"
    return tuple(
        window(n, k, s, 1, padding) for n, k, s in zip(spatial, kernel, stride, strict=True)
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


def excite_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    hidden = squeezed(channels, attrs)
    return (
        Slot("squeeze.weight", (hidden, channels)),
        Slot("squeeze.bias", (hidden,)),
        Slot("excite.weight", (channels, hidden)),
        Slot("excite.bias", (channels,)),
    )


def excite_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return 2 * channels * squeezed(channels, attrs)


def excite_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    if not spatial:
        raise OpError("this operation needs a spatial input, but this is a vector", code="E405")
    return spatial


def heads(channels: int, attrs: Attrs) -> int:
    if channels % attrs["heads"]:
        raise OpError(f"{attrs['heads']} heads do not divide {channels} channels", "heads", "E402")
    return channels


def attention_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return (
        Slot("qkv.weight", (3 * channels, channels)),
        Slot("qkv.bias", (3 * channels,)),
        Slot("proj.weight", (channels, channels)),
        Slot("proj.bias", (channels,)),
    )


def attention_flops(channels: int, out: tuple[int, ...], attrs: Attrs) -> int:
    return 4 * channels * channels * math.prod(out[1:])


def shift_spatial(spatial: Spatial, attrs: Attrs) -> Spatial:
    distance = attrs["distance"]
    if distance >= min(excite_spatial(spatial, attrs)):
        raise OpError(f"a shift by {distance} leaves nothing of {min(spatial)} positions",
                      "distance", "E403")  # fmt: skip
    return spatial


def scale_slots(channels: int, rank: int, attrs: Attrs) -> tuple[Slot, ...]:
    return (Slot("weight", (channels,)),)


# The table ------------------------------------------------------------------------------------
