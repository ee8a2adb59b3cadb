"""Looking operations up, and adding one's own.

The built-ins are a constant table. `register_op` adds to a second one, explicitly and for this
process only; a name can be taken once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from smashdsl.ops.builtin import ALIASES, BUILTIN
from smashdsl.ops.table import OpSpec, Parameter, Slot

_registered: dict[str, OpSpec] = {}


def find_op(name: str) -> OpSpec | None:
    """The operation of that name, built-in or registered, or None."""
    name = ALIASES.get(name, name)
    return BUILTIN.get(name) or _registered.get(name)


def op_names() -> list[str]:
    """All names under which an operation can be called."""
    return [*BUILTIN, *ALIASES, *_registered]


def register_op(
    name: str,
    *,
    shape: Callable[[tuple[int, ...], dict[str, Any]], tuple[int, ...]],
    module: Callable[..., Any],
    parameters: Sequence[Parameter] = (),
    slots: Callable[[int, int, Any], tuple[Slot, ...]] | None = None,
    flops: Callable[[int, tuple[int, ...], Any], int] | None = None,
    kind: str = "custom",
    weighted: bool = False,
) -> OpSpec:
    """Add an operation that `.smash` files can then call.

    Args:
        name: a new name of letters, digits and underscores.
        shape: maps `(channels, *spatial)` and the attributes to the output shape; raises `OpError`.
            Channels of the output must not depend on the resolution, nor the reverse.
        module: `module(in_shape, attrs)` builds the `torch.nn.Module`.
        parameters: the arguments that a file may give, in order.
        slots: `slots(channels, rank, attrs)` lists the module's trainable tensors.
        flops: `flops(channels, out_shape, attrs)` counts multiply-adds for one example.
        kind: the family under which pictures colour it.
        weighted: whether it counts towards depth.

    Raises:
        ValueError: the name is taken or malformed.

    >>> from smashdsl.ops import register_op, unregister_op
    >>> spec = register_op("double", shape=lambda s, a: s, module=lambda s, a: None)
    >>> unregister_op("double")
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot name an operation")
    if find_op(name):
        raise ValueError(f"there is an operation {name!r} already")
    names = tuple(p.name for p in parameters)
    extra: dict[str, Any] = {}
    if slots:
        extra["slots"] = slots
    if flops:
        extra["flops"] = flops
    spec = OpSpec(
        name,
        kind,
        tuple(parameters),
        channels=lambda channels, attrs: shape((channels, 1, 1), dict(attrs))[0],
        spatial=lambda spatial, attrs: shape((1, *spatial), dict(attrs))[1:],
        channels_uses=names,
        spatial_uses=names,
        weighted=weighted,
        module=module,
        **extra,
    )
    _registered[name] = spec
    return spec


def unregister_op(name: str) -> None:
    """Take a registered operation out again; a built-in one cannot be.

    Raises:
        ValueError: no such operation was registered.
    """
    if _registered.pop(name, None) is None:
        raise ValueError(f"no operation {name!r} was registered")
