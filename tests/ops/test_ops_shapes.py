"""The table of operations against the modules that torch builds of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from language.texts import findings, only, program

from smashdsl import register_op
from smashdsl.backends.module import build_module
from smashdsl.ops import OpError, Parameter, Slot, find_op, op_names, unregister_op
from smashdsl.syntax.tokens import KEYWORDS

INPUTS = ("12x9", "12x9x8", "12x7x6x8")
CALLS = (
    "conv(8, 3)", "conv(8, 5, stride=2)", "conv(8, 3, dilation=2)", "conv(8, 3, groups=4)",
    "conv(8, 1, bias=true)", "conv(8, 2, padding=valid)", "conv(8, 3, stride=3, padding=valid)",
    "depthwise(3)", "depthwise(5, stride=2, bias=true)", "depthwise(3, dilation=2)",
    "norm", "batch_norm", "layer_norm", "group_norm(3)", "relu", "relu6", "leaky_relu(0.2)", "gelu",
    "silu", "tanh", "sigmoid", "identity", "zero", "avg_pool(2)", "max_pool(2)",
    "avg_pool(3, stride=1)", "max_pool(3, stride=2)", "avg_pool(2, stride=3)", "global_avg_pool",
    "dropout(0.5)", "drop_path(0.5)", "squeeze_excite", "squeeze_excite(4)", "channel_shuffle(3)",
    "layer_scale", "layer_scale(0.5)", "shift", "shift(2)",
    "take(5)", "take(8, after=4)", "self_attention", "self_attention(4)",
    "global_avg_pool -> linear(5)",
    "global_avg_pool -> linear(5, bias=false)", "global_avg_pool -> norm -> relu",
)  # fmt: skip


def test_every_operation_is_tried() -> None:
    tried = {part.split("(")[0] for call in CALLS for part in call.split(" -> ")}
    assert set(op_names()) - tried == set()


@pytest.mark.parametrize("input", INPUTS)
@pytest.mark.parametrize("call", CALLS)
def test_shapes_and_parameters_are_those_of_torch(call: str, input: str) -> None:
    end = "" if "global" in call else "global_avg_pool -> "
    made = program(f"stem {{ {call} }} head {{ {end}linear(2) }}", input=input)
    module = build_module(made.plan, seed=0).eval()
    assert sum(p.numel() for p in module.parameters()) == made.costs.params
    seen: dict[str, tuple[int, ...]] = {}

    def keep(name: str) -> Any:
        return lambda _module, _inputs, output: seen.update({name: tuple(output.shape[1:])})

    names = dict(module.named_modules())
    steps = [step for step in made.plan.steps if step.path in names and step.source is not None]
    assert steps
    for step in steps:
        names[step.path].register_forward_hook(keep(step.path))
    module(torch.randn(1, *made.ir.input))
    assert seen == {step.path: step.shape for step in steps}


@pytest.mark.parametrize("kernel", ["3x5", "1x3", "5x1"])
def test_windows_of_different_sides(kernel: str) -> None:
    made = program(f"stem {{ conv(4, {kernel}, stride=1x2) -> max_pool({kernel}, stride=1) }}",
                   input="2x8x9")  # fmt: skip
    assert [step.shape for step in made.plan.steps][1:3] == [(4, 8, 5), (4, 8, 5)]
    module = build_module(made.plan, seed=0).eval()
    assert module(torch.randn(2, 2, 8, 9)).shape == (2, 2)


@pytest.mark.parametrize(
    ("call", "code", "blamed"),
    [
        ("conv(8, 4)", "E406", "4"),
        ("conv(8, 3x5)", "E404", "3x5"),
        ("conv(8, 3, groups=5)", "E402", "5"),
        ("conv(8, 9, padding=valid)", "E403", "9"),
        ("avg_pool(9)", "E403", "9"),
        ("avg_pool(2, stride=1)", "E406", "2"),
        ("group_norm(5)", "E402", "5"),
        ("channel_shuffle(5)", "E402", "5"),
        ("shift(8)", "E403", "8"),
        ("self_attention(5)", "E402", "5"),
        ("take(8, after=5)", "E410", "8"),
        ("linear(3)", "E405", "linear(3)"),
    ],
)
def test_operations_that_cannot_be(call: str, code: str, blamed: str) -> None:
    found = only(f"stem {{ {call} }}", input="12x8")
    assert found.span is not None
    assert (found.code, found.span.text) == (code, blamed)


@pytest.mark.parametrize("call", ["conv(4, 3)", "avg_pool(2)", "self_attention", "squeeze_excite"])
def test_vectors_have_no_resolution(call: str) -> None:
    body = f"head {{ global_avg_pool -> {call} -> linear(2) }}"
    assert findings(body) == ["E405"]


# Registered operations --------------------------------------------------------------------------


class Scale(torch.nn.Module):
    """Multiplies by one learned number per channel, `times` over."""

    def __init__(self, channels: int, times: int) -> None:
        super().__init__()
        self.factor = torch.nn.Parameter(torch.full((channels,), 2.0))
        self.times = times

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        factor = self.factor.reshape(1, -1, *[1] * (x.dim() - 2))
        return x * factor**self.times


def scale_shape(shape: tuple[int, ...], attrs: dict[str, Any]) -> tuple[int, ...]:
    if attrs["times"] > 3:
        raise OpError("more than 3 times is too much", "times")
    return shape


@pytest.fixture
def scale() -> Iterator[None]:
    register_op(
        "scale",
        shape=scale_shape,
        module=lambda in_shape, attrs: Scale(in_shape[0], attrs["times"]),
        parameters=[Parameter("times", "count", 1)],
        slots=lambda channels, rank, attrs: (Slot("factor", (channels,)),),
        flops=lambda channels, out, attrs: 7,
    )
    yield
    unregister_op("scale")


@pytest.mark.usefixtures("scale")
def test_a_registered_operation_is_used_like_the_others() -> None:
    body = "stem { conv(4, 3) -> scale(2) } head { global_avg_pool }"
    made, plain = program(body), program(body.replace("-> scale(2)", ""))
    assert made.costs.params == plain.costs.params + 4
    assert made.costs.flops == plain.costs.flops + 7
    assert made.hash != plain.hash
    module, without = (
        build_module(made.plan, seed=3).eval(),
        build_module(plain.plan, seed=3).eval(),
    )
    x = torch.randn(2, 2, 8)
    state = {name: module.state_dict()[name] for name in without.state_dict()}
    without.load_state_dict(state)
    factor = next(p for name, p in module.named_parameters() if name.endswith("factor"))
    factor.data.fill_(2.0)
    assert torch.allclose(module(x), 4 * without(x))


@pytest.mark.usefixtures("scale")
def test_mistakes_in_a_registered_operation() -> None:
    assert only("stem { scale(4) }").code == "E401"
    assert only("stem { scale(0) }").code == "E303"
    assert "`scale`" in str(only("stem { scaled }").helps)
    with pytest.raises(ValueError, match="already"):
        register_op("scale", shape=scale_shape, module=Scale)


def test_names_of_operations() -> None:
    assert find_op("scale") is None
    assert find_op("norm") is find_op("batch_norm")
    for name in ("conv", "norm"):
        with pytest.raises(ValueError, match="already"):
            register_op(name, shape=scale_shape, module=Scale)
    with pytest.raises(ValueError, match="cannot name"):
        register_op("two words", shape=scale_shape, module=Scale)
    for name in ("conv", "nosuch"):
        with pytest.raises(ValueError, match="registered"):
            unregister_op(name)


def test_every_parameter_can_be_named():
    """A keyword cannot be written before an equals sign, so that texts could not be read back."""
    specs = [find_op(name) for name in op_names()]
    names = {parameter.name for spec in specs if spec for parameter in spec.parameters}
    assert "units" in names
    assert not names & KEYWORDS
