"""How each built-in operation is written: as a module, and in a `forward`.

Operations without attributes and weights are plain functions in a `forward`; the rest are modules
there, too. Assumes shapes that the operation table allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smashdsl.backends.source.code import Arg, Call, Expr, Hole, call
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.ir import Op
from smashdsl.ops import find_op
from smashdsl.ops.rules import pool_window, squeezed
from smashdsl.ops.table import per_dimension

Shape = tuple[int, ...]

_FUNCTIONS = {
    "relu": "F.relu({x})",
    "relu6": "F.relu6({x})",
    "gelu": "F.gelu({x})",
    "silu": "F.silu({x})",
    "tanh": "torch.tanh({x})",
    "sigmoid": "torch.sigmoid({x})",
    "zero": "torch.zeros_like({x})",
    "global_avg_pool": "{x}.mean({axes})",
}
_PLAIN_MODULES = {
    "relu": "nn.ReLU",
    "relu6": "nn.ReLU6",
    "gelu": "nn.GELU",
    "silu": "nn.SiLU",
    "tanh": "nn.Tanh",
    "sigmoid": "nn.Sigmoid",
    "zero": "Zero",
    "global_avg_pool": "GlobalAvgPool",
}


@dataclass(frozen=True)
class Site:
    """An operation with the shape `(channels, *spatial)` that comes in."""

    op: Op
    shape: Shape

    @property
    def channels(self) -> int:
        return self.shape[0]

    @property
    def rank(self) -> int:
        return len(self.shape) - 1

    @property
    def width(self) -> Hole:
        return Hole("width", self.channels)

    def size(self, name: str) -> int | Shape:
        """An attribute that may differ between dimensions, as one number where it does not."""
        return even(per_dimension(self.op.attrs[name], self.rank))


def even(sizes: Shape) -> int | Shape:
    """One number for equal sizes."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def module(site: Site) -> Expr:
    """The operation as a module.

    Raises:
        SmashError: E906, for an operation that smashdsl does not know itself.
    """
    name = site.op.name
    if name in _PLAIN_MODULES:
        return call(_PLAIN_MODULES[name])
    if name not in _MODULES:
        raise SmashError(_not_built_in(site.op))
    return _MODULES[name](site)


def function(site: Site) -> str | None:
    """The operation as a function of `{x}`, or None where a module must be called."""
    template = _FUNCTIONS.get(site.op.name)
    axes = tuple(range(2, site.rank + 2))
    return template and template.replace("{axes}", str(axes[0] if len(axes) == 1 else axes))


def is_weighted(op: Op) -> bool:
    """Whether the operation does most of the work of a line in which it stands."""
    spec = find_op(op.name)
    return spec is not None and spec.kind in ("conv", "linear", "attention")


def _not_built_in(op: Op) -> Diagnostic:
    return Diagnostic(
        "E906",
        f"the registered operation `{op.name}` cannot be written as source that needs only torch",
        op.span,
        label="its module is Python code outside of smashdsl",
        helps=(
            "write it with built-in operations",
            "or keep the network as a torch module, which holds registered operations, too",
        ),
    )


def _conv(site: Site) -> Expr:
    attrs = site.op.attrs
    units = Hole("width", attrs["units"]) if "units" in attrs else site.width
    groups = Hole("groups", attrs["groups"]) if "groups" in attrs else site.width
    same = attrs["padding"] == "same"
    conv = Call(
        f"conv{site.rank}d" if same else f"nn.Conv{site.rank}d",
        (
            Arg(site.width),
            Arg(units),
            Arg(Hole("kernel", site.size("kernel"))),
            Arg(Hole("stride", site.size("stride")), "stride", 1),
            Arg(Hole("dilation", site.size("dilation")), "dilation", 1),
            Arg(groups, "groups", 1),
            Arg(Hole("bias", bool(attrs["bias"])), "bias", not same),
        ),
    )
    return call("gabor", conv) if (site.op.weights or "").startswith("fixed") else conv


def _pool(name: str) -> Callable[[Site], Expr]:
    def build(site: Site) -> Expr:
        kernel, stride, padded = pool_window(site.op.attrs, site.rank)
        padding = tuple(k // 2 for k in kernel) if padded else (0,) * site.rank
        window = [Arg(Hole("kernel", even(kernel)))]
        if stride != kernel:
            window.append(Arg(Hole("stride", even(stride)), "stride"))
        if padded:
            window.append(Arg(Hole("padding", even(padding)), "padding", 0))
        if padded and name == "Avg":
            window.append(Arg("False", "count_include_pad"))
        return Call(f"nn.{name}Pool{site.rank}d", tuple(window))

    return build


def _linear(site: Site) -> Expr:
    bias = Arg(Hole("bias", bool(site.op.attrs["bias"])), "bias", True)
    return Call("nn.Linear", (Arg(site.width), Arg(Hole("width", site.op.attrs["units"])), bias))


def _attribute(site: Site, name: str) -> Hole:
    return Hole(name, site.op.attrs[name])


_MODULES: dict[str, Callable[[Site], Expr]] = {
    "conv": _conv,
    "depthwise": _conv,
    "linear": _linear,
    "batch_norm": lambda s: call(f"nn.BatchNorm{max(s.rank, 1)}d", s.width),
    "layer_norm": lambda s: call("LayerNorm", s.width),
    "group_norm": lambda s: call("nn.GroupNorm", _attribute(s, "groups"), s.width),
    "layer_scale": lambda s: call("LayerScale", s.width, init=_attribute(s, "init")),
    "leaky_relu": lambda s: call("nn.LeakyReLU", _attribute(s, "slope")),
    "avg_pool": _pool("Avg"),
    "max_pool": _pool("Max"),
    "dropout": lambda s: call("nn.Dropout", _attribute(s, "p")),
    "drop_path": lambda s: call("DropPath", _attribute(s, "p")),
    "squeeze_excite": lambda s: call(
        "SqueezeExcite", s.width, Hole("width", squeezed(s.channels, s.op.attrs))
    ),
    "channel_shuffle": lambda s: call("ChannelShuffle", _attribute(s, "groups")),
    "shift": lambda s: call("Shift", _attribute(s, "distance")),
    "take": lambda s: call(
        "Take", Hole("width", s.op.attrs["units"]), Hole("after", s.op.attrs["after"])
    ),
    "self_attention": lambda s: call("SelfAttention", s.width, heads=_attribute(s, "heads")),
}
