"""The built-in operations, as one table.

Shapes are `(channels, *spatial)` without the batch; one rule serves 1-D, 2-D and 3-D. FLOPs are
multiply-adds of convolutions and linear layers, as the architecture-search literature counts them.
"""

from __future__ import annotations

from smashdsl.ops import rules
from smashdsl.ops.table import OpSpec, Parameter

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
        spatial=rules.pool_spatial,
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
            rules.conv_channels,
            rules.conv_spatial,
            ("units", "groups"),
            _SPATIAL_USES,
            rules.conv_slots,
            rules.conv_flops,
            weighted=True,
            summary="convolution; keeps the resolution at stride 1, no bias",
        ),
        OpSpec(
            "depthwise",
            "conv",
            (_KERNEL, _STRIDE, _DILATION, _NO_BIAS, _WEIGHTS, _PADDING),
            spatial=rules.conv_spatial,
            spatial_uses=_SPATIAL_USES,
            slots=rules.depthwise_slots,
            flops=rules.depthwise_flops,
            weighted=True,
            summary="convolution with one group per channel",
        ),
        OpSpec(
            "linear",
            "linear",
            (_UNITS, Parameter("bias", "flag", True)),
            lambda channels, attrs: attrs["units"],
            rules.linear_spatial,
            ("units",),
            (),
            rules.linear_slots,
            rules.linear_flops,
            weighted=True,
            summary="fully connected layer on a vector, with a bias",
        ),
        OpSpec(
            "batch_norm",
            "norm",
            slots=rules.affine_slots,
            summary="batch normalisation with scale and shift; `norm` is short for it",
        ),
        OpSpec(
            "layer_norm",
            "norm",
            slots=rules.affine_slots,
            summary="normalisation over the channels of each position, with scale and shift",
        ),
        OpSpec(
            "group_norm",
            "norm",
            (Parameter("groups", "count", required=True),),
            rules.grouped,
            channels_uses=("groups",),
            slots=rules.affine_slots,
            summary="group normalisation with scale and shift",
        ),
        OpSpec(
            "layer_scale",
            "norm",
            (Parameter("init", "number", 1e-6),),
            slots=rules.scale_slots,
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
            spatial=rules.pooled_away,
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
            spatial=rules.excite_spatial,
            slots=rules.excite_slots,
            flops=rules.excite_flops,
            summary="scales channels by a two-layer function of their means",
        ),
        OpSpec(
            "channel_shuffle",
            "identity",
            (Parameter("groups", "count", required=True),),
            rules.grouped,
            channels_uses=("groups",),
            summary="interleaves the groups' channels",
        ),
        OpSpec(
            "shift",
            "identity",
            (Parameter("distance", "count", 1),),
            spatial=rules.shift_spatial,
            spatial_uses=("distance",),
            summary="values from positions further along every dimension, zeros at the end",
        ),
        OpSpec(
            "take",
            "identity",
            (_UNITS, Parameter("after", "index", 0)),
            rules.taken,
            channels_uses=("units", "after"),
            summary="some of the input's channels, next to each other",
        ),
        OpSpec(
            "self_attention",
            "attention",
            (Parameter("heads", "count", 1),),
            rules.heads,
            rules.excite_spatial,
            ("heads",),
            slots=rules.attention_slots,
            flops=rules.attention_flops,
            weighted=True,
            summary="multi-head attention over all positions",
        ),
    )
}

ALIASES = {"norm": "batch_norm"}
