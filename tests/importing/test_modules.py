"""Torch modules as programs: the same function with the same weights, in idiomatic text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from reference.densenet_bc import DenseNetBC
from reference.four_convs import FourConvNetwork, FourConvs
from reference.fractalnet import FractalNet
from reference.nas_bench_101 import NASBench101
from reference.nas_bench_201 import NASBench201
from reference.nas_bench_macro import NASBenchMacro
from reference.resnet20 import ResNet20
from reference.vision import BasicBlock, Bottleneck, DenseNet, ResNet
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.importing.modules import convert
from smashdsl.importing.modules.convert import FromModule, from_module
from tests.importing.random_modules import RandomModule

CELL = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
MATRIX = [[0, 1, 1, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], [0] * 5]
OPS = ["input", "conv3x3-bn-relu", "maxpool3x3", "conv1x1-bn-relu", "output"]
NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[str, ...]]] = {
    "resnet20": (lambda: ResNet20(4), (
        "op residual { norm -> relu -> conv(channels, 3) -> norm -> relu -> conv(channels, 3) }",
        "for stage in 0..2 {", "repeat 3 { read x -> residual -> write x }",
        "transition { conv(2 * channels, 1) -> avg_pool(2) }",
    )),
    "densenet_bc": (lambda: DenseNetBC(4, 3), (
        "for i in 0..2 { read x, b[0..i - 1] -> bottleneck -> write b[i] }",
    )),
    "fractalnet": (lambda: FractalNet(4), (
        "op unit(units) { conv(units, 3) -> norm -> relu }", "for stage in 0..3 {",
        "read mean(b[1..3]) -> identity -> write b[4]",
    )),
    "nas_bench_201": (lambda: NASBench201(CELL, 4, 2), (
        "op relu_conv_norm(units, kernel, stride = 1)", "repeat 2 {",
    )),
    "nas_bench_101": (lambda: NASBench101(MATRIX, OPS, 8, 2), ("repeat 2 {",)),
    "nas_bench_macro": (lambda: NASBenchMacro("01210212"), (
        "read x -> inverted_residual(3 * channels, 3) -> write x",
    )),
    "resnet18": (lambda: ResNet(BasicBlock, (2, 2, 2)), (
        "read x -> basic_block(4) -> write x", "read x -> relu -> write x by replace",
        "sum { basic_block(2 * channels, stride=2) ; conv(2 * channels, 1, stride=2) -> norm }",
    )),
    "resnet50": (lambda: ResNet(Bottleneck, (3, 4, 6, 3)), (
        "op bottleneck(hidden, stride = 1) {", "for stage in 0..3 {",
        "repeat [2, 3, 5, 2][stage] {", "read x -> bottleneck(channels // 4) -> write x",
    )),
    "densenet": (DenseNet, (
        "banks b[[3, 5, 4][stage]] of 4",
        "for i in 0..[3, 5, 4][stage] - 1 { read x, b[0..i - 1] -> dense_layer -> write b[i] }",
    )),
}  # fmt: skip


def perturbed(network: nn.Module) -> nn.Module:
    """Random values wherever a fresh network has zeros and ones, statistics included."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in network.state_dict().items():
        if name.endswith(("bias", "running_mean")):
            tensor.normal_(0, 0.3, generator=generator)
        elif tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)
    return network


def assert_same(network: nn.Module, found: FromModule, train: bool = False) -> None:
    """Both compute the same, to 1e-10 in float64."""
    ours = build_module(found.program.plan, init=False, dtype=torch.float64).train(train)
    ours.load_state_dict(found.weights)
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2, *found.program.ir.input, generator=generator, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(
            ours(x), network.double().train(train)(x.clone()), rtol=1e-10, atol=1e-10
        )


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_written_by_hand(name: str) -> None:
    torch.manual_seed(1)
    make, lines = NETWORKS[name]
    network = perturbed(make())
    found = from_module(network, (3, 32, 32), verify=False)
    assert_same(network, found)
    assert found.program.costs.params == sum(p.numel() for p in network.parameters())
    assert not check(load_module(Source("x.smash", found.text)))
    for line in lines:
        assert line in " ".join(found.text.split()), found.text


def test_it_trains_as_the_module_does() -> None:
    network = perturbed(ResNet(BasicBlock, (1, 1)))
    assert_same(network, from_module(network, (3, 32, 32)), train=True)


class Functional(nn.Module):
    """A network given by a function of its input and its parts."""

    def __init__(self, function: Callable[..., Tensor], **parts: nn.Module) -> None:
        super().__init__()
        self.function, self.parts = function, nn.ModuleDict(parts)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.parts.values())


def conv(entering: int = 8, leaving: int = 8, kernel: int = 3, **extra: Any) -> nn.Conv2d:
    return nn.Conv2d(entering, leaving, kernel, padding=kernel // 2, **extra)


def pieces(x: Tensor, first: Any, second: Any) -> Tensor:
    a, b = x.chunk(2, 1)
    c = first(torch.cat([b, a], 1))
    return second(torch.cat([c[:, 2:5], a, torch.narrow(b, 1, 0, 1)], dim=1)) + x


def vector(x: Tensor, first: Any, second: Any) -> Tensor:
    x = functional.max_pool2d(functional.gelu(first(x)), 2)
    return second(x.mean([2, 3], keepdim=True).view(x.size(0), -1))


FORMS = {
    "functions": (lambda x, a, b: functional.dropout(b(torch.relu(a(x))), 0.2, False) + 0,
                  {"a": conv(), "b": conv()}),
    "methods": (lambda x, a, b: a(x).relu().add(b(x.tanh())).contiguous(),
                {"a": conv(bias=False), "b": conv()}),
    "pieces": (pieces, {"a": conv(), "b": conv(8, 8)}),
    "vector": (vector, {"a": conv(), "b": nn.Linear(8, 5)}),
    "mean of two": (lambda x, a, b: (a(x) + b(x)) / 2, {"a": conv(), "b": conv()}),
    "product": (lambda x, a, b: torch.maximum(a(x), x) * b(x), {"a": conv(), "b": conv()}),
    "branches": (FourConvs(8, 8, 8), {}),
    "groups and shapes": (lambda x, a, b: b(a(x)), {
        "a": nn.Sequential(nn.GroupNorm(2, 8), nn.Conv2d(8, 8, (3, 5), padding=(1, 2), groups=8),
                           nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 2, stride=2)),
        "b": nn.Sequential(nn.Conv2d(16, 8, 3, padding="same", dilation=2), nn.Dropout(0.1)),
    }),
    "one dimension less": (lambda x, a, b: b(a(x)), {"a": nn.Identity(), "b": nn.ReLU6()}),
    "affine-less norm": (lambda x, a, b: b(a(x)), {"a": nn.BatchNorm2d(8, affine=False),
                                                   "b": nn.SiLU()}),
    "halves": (lambda x, a, b: torch.cat([functional.max_pool2d(b(x), 2)[:, :4],
                                          functional.avg_pool2d(a(x[:, 4:]), 2)], 1),
               {"a": conv(4, 6), "b": conv()}),
    "parts across a pool": (lambda x, a, b: b(torch.cat([
        functional.max_pool2d(x, 2)[:, 2:4], functional.avg_pool2d(x, 2)], 1)) + a(x),
        {"a": conv(8, 8, stride=2), "b": conv(10, 8)}),
    "long": (nn.Sequential(*(nn.Tanh() for _ in range(400))), {}),
    "a long branch": (lambda x, a, b: functional.max_pool2d(a(x) + x, 2),
                      {"a": nn.Sequential(*(nn.Tanh() for _ in range(400))), "b": conv()}),
    "zero": (lambda x, a, b: a(x) * 0 + b(x), {"a": conv(), "b": conv()}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_the_same(name: str) -> None:
    function, parts = FORMS[name]
    network = perturbed(Functional(function, **parts) if parts else function)
    assert_same(network, from_module(network, (8, 8, 8)))


@pytest.mark.parametrize("rank", [1, 3])
def test_other_dimensions(rank: int) -> None:
    kinds = {1: (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d, nn.AdaptiveAvgPool1d),
             3: (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d, nn.AdaptiveAvgPool3d)}[rank]  # fmt: skip
    layers = [kinds[0](3, 4, 3, padding=1), kinds[1](4), kinds[2](2), kinds[3](1), nn.Flatten()]
    network = perturbed(nn.Sequential(*layers, nn.Linear(4, 3)))
    found = from_module(network, (3, *[8] * rank))
    assert_same(network, found)
    assert found.program.ir.classes == 3


@pytest.mark.parametrize("count", [40, pytest.param(1500, marks=pytest.mark.slow)])
def test_random_modules(count: int) -> None:
    """Each gives a program that computes the same, or is refused for a reason."""
    reasons = []
    for seed in range(count):
        try:
            from_module(RandomModule(seed), (4, 8, 8))
        except smashdsl.SmashError as error:
            reasons.append(str(error))
    assert len(reasons) < 0.05 * count
    assert all("several places while the resolution changes" in reason for reason in reasons)


def twice(x: Tensor, a: Any) -> Tensor:
    return a(a(x))


def crossing(x: Tensor, a: Any, b: Any) -> Tensor:
    y, z = a(x), functional.max_pool2d(x, 2)
    return functional.max_pool2d(y, 2) + b(z) + functional.avg_pool2d(y, 2) * z


def pruned() -> nn.Module:
    return prune.l1_unstructured(conv(), "weight", amount=0.5)  # type: ignore[no-untyped-call]


MISFITS = {
    "weights made of others": (
        nn.Sequential(nn.utils.parametrizations.weight_norm(conv())), "`_0`", "from others",
    ),
    "pruned weights": (nn.Sequential(nn.ReLU(), pruned()), "`_1`", "from others"),
    "an unknown module": (nn.Sequential(conv(), nn.Hardswish()), "`_1`", "`Hardswish`"),
    "an unknown function": (Functional(lambda x: torch.cumsum(x, 1)), "`cumsum`", "cumsum"),
    "padding": (nn.Sequential(nn.Conv2d(8, 8, 3, padding=2)), "`_0`", "padding of 2"),
    "circular padding": (nn.Sequential(conv(padding_mode="circular")), "`_0`", "circular"),
    "a pool's padding": (nn.Sequential(nn.MaxPool2d(3, 2)), "`_0`", "padded by 1"),
    "counted padding": (nn.Sequential(nn.AvgPool2d(3, 1, 1)), "`_0`", "counts the padding"),
    "eps": (nn.Sequential(nn.BatchNorm2d(8, eps=1e-3)), "`_0`", "eps is 0.001"),
    "no statistics": (
        nn.Sequential(nn.BatchNorm2d(8, track_running_stats=False)), "`_0`", "no statistics",
    ),
    "weights used twice": (Functional(twice, a=conv()), "`parts_a_1`", "used twice"),
    "numbers": (Functional(lambda x: x * 2), "`mul`", "such as 2"),
    "broadcasting": (Functional(lambda x: x * x.mean((2, 3), keepdim=True)), "`mul`", "shapes"),
    "a wide linear": (nn.Sequential(nn.Flatten(), nn.Linear(512, 2)), "`_0`", "becomes (512,)"),
    "every other channel": (Functional(lambda x: x[:, ::2]), "`getitem`", "neighbouring"),
    "pixels": (Functional(lambda x: x[:, :, 1:]), "`getitem`", "only channels"),
    "ceil": (nn.Sequential(conv(), nn.MaxPool2d(3, 3, ceil_mode=True)), "`_1`", "it gives"),
    "two outputs": (Functional(lambda x: (x, x)), "`output`", "not one tensor"),
    "a weight alone": (FourConvNetwork(), "in `layer4`", "not come from the input"),
    "what no chain can share": (
        Functional(crossing, a=conv(), b=conv()), "in several places", "resolution",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_named(name: str) -> None:
    network, place, reason = MISFITS[name]
    with pytest.raises(smashdsl.SmashError, match="E994") as caught:
        from_module(network, (3, 32, 32) if name == "a weight alone" else (8, 8, 8))
    assert place in str(caught.value), str(caught.value)
    assert reason in str(caught.value), str(caught.value)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (Functional(lambda x: x if x.sum() > 0 else -x), (8, 8, 8)),  # control flow
        (nn.Sequential(conv()), (3, 8, 8)),  # other channels
        (nn.Sequential(conv(kernel=3)), (8,) * 2),  # other dimensions
        (Functional(lambda x: x.nothing), (8, 8, 8)),
    ],
)
def test_what_cannot_be_followed(network: nn.Module, shape: tuple[int, ...]) -> None:
    with pytest.raises(smashdsl.SmashError, match=r"E99[45]"):
        from_module(network, shape)


@pytest.mark.parametrize("shape", [(), (3,), (3, 0, 8), (3, 8, 8, 8, 8), (3, 2.5)])
def test_shapes_that_are_none(shape: Any) -> None:
    with pytest.raises(ValueError, match="input_shape"):
        from_module(conv(), shape)


def test_what_is_no_module() -> None:
    with pytest.raises(TypeError, match="not str"):
        from_module("resnet18", (3, 8, 8))  # type: ignore[arg-type]


def test_names() -> None:
    assert "program mine {" in from_module(nn.Sequential(conv()), (8, 8, 8), "mine").text
    with pytest.raises(ValueError, match="cannot name"):
        from_module(conv(), (8, 8, 8), "a b")


def test_the_module_is_left_as_it_is() -> None:
    network = nn.Sequential(conv(), nn.BatchNorm2d(8), nn.Dropout(0.5))
    network[2].eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    found = from_module(network, (8, 8, 8))
    assert network.training
    assert network[1].training
    assert not network[2].training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
    next(iter(found.weights.values())).zero_()
    assert network[0].weight.abs().sum() > 0


def test_what_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    right = convert._weights
    monkeypatch.setattr(convert, "_weights", lambda *a: {k: v * 2 for k, v in right(*a).items()})
    with pytest.raises(smashdsl.SmashError, match="something else"):
        from_module(nn.Sequential(conv()), (8, 8, 8))


def overwritten(x: Tensor, a: Any, b: Any) -> Tensor:
    y = a(x)
    return functional.relu(y, inplace=True) + b(y)


def test_a_value_that_is_overwritten_while_others_read_it() -> None:
    network = Functional(overwritten, a=conv(), b=conv())
    with pytest.raises(smashdsl.SmashError, match="in-place"):
        from_module(network, (8, 8, 8))


def test_it_is_part_of_the_interface() -> None:
    assert smashdsl.from_module is from_module
