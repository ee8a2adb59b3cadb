"""The fx module's form: names, shapes, dead layers, seeds, copies, registered operations."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from programs import (
    GLOBAL_POOL,
    RELU,
    conv,
    densenet_like,
    fractal_like,
    op,
    random_banks,
    registered,
    residual,
    resnet_like,
    signal,
    voxels,
)
from torch import nn
from torch.fx import GraphModule, Interpreter, Node
from zoo.specs import LARGE, spec_files

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.ir import Bank, Block, Combine, Layer, Program
from smashdsl.ops import Slot
from smashdsl.plan import build_plan

PROGRAMS = {
    "resnet": resnet_like(),
    "densenet": densenet_like(),
    "fractal": fractal_like(),
    "banks": random_banks(),
    "signal": signal(),
    "voxels": voxels(),
}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]


def dead_layer() -> Program:
    """Layer 0's bank is replaced before anybody reads it."""
    bank = (Bank("x", 4), Bank("y", 4))
    layers = (
        Layer((0,), "cat", (residual(4),), (1,)),
        Layer((0,), "cat", (conv(4),), (1,), "replace"),
    )
    block = Block(bank, (0,), layers, (1,))
    return Program("dead", (4, 8, 8), None, (), (block,), (GLOBAL_POOL,))


def every_step(network: GraphModule, program: Program) -> dict[int, tuple[int, ...]]:
    """The shape that each step really gives, without the batch. Nothing is computed."""
    shapes = {}

    class Shapes(Interpreter):
        def run_node(self, n: Node) -> object:
            value = super().run_node(n)
            if "step" in n.meta:
                assert value.shape[0] == 2
                shapes[n.meta["step"]] = tuple(value.shape[1:])
            return value

    Shapes(network.to("meta")).run(torch.empty(2, *program.input, device="meta"))
    return shapes


def check_form(program: Program) -> None:
    plan = build_plan(program)
    network = build_module(plan, seed=0)
    network.graph.lint()
    parameters = {name: tuple(p.shape) for name, p in network.named_parameters()}
    assert parameters == {name: slot.shape for name, slot in plan.slots.items()}
    assert sum(p.numel() for p in network.parameters()) == plan.costs.params
    shapes = every_step(network, program)
    assert plan.output in shapes
    assert shapes == {index: plan.steps[index].shape for index in shapes}


def test_parameters_are_the_slots_and_shapes_as_planned(program: Program) -> None:
    check_form(program)


@pytest.mark.parametrize("spec", spec_files(slow=LARGE))
def test_specs_are_built_as_planned(spec: Path) -> None:
    unrestricted = re.sub(r"(?m)^ *require .*$", "", spec.read_text())
    loaded = smashdsl.loads(unrestricted)
    if isinstance(loaded, smashdsl.Program):
        check_form(loaded.ir)
    else:
        for seed in range(3):
            check_form(loaded.sample(seed).ir)


def test_training_reaches_every_parameter(program: Program) -> None:
    network = build_module(build_plan(program), seed=0)
    network(torch.randn(4, *program.input)).square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_a_seed_fixes_the_weights_and_leaves_torch_alone() -> None:
    plan = build_plan(random_banks())
    before = torch.random.get_rng_state()
    first = build_module(plan, seed=7).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(5)
    again = build_module(plan, seed=7).state_dict()
    other = build_module(plan, seed=8).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["stem.conv1.weight"], other["stem.conv1.weight"])


def test_without_a_seed_torch_decides() -> None:
    plan = build_plan(signal())
    torch.manual_seed(1)
    first = build_module(plan).state_dict()["head.linear1.weight"]
    second = build_module(plan).state_dict()["head.linear1.weight"]
    torch.manual_seed(1)
    again = build_module(plan).state_dict()["head.linear1.weight"]
    assert torch.equal(first, again)
    assert not torch.equal(first, second)


def test_initial_values() -> None:
    program = resnet_like(width=32, stages=1)
    state = build_module(build_plan(program), seed=0).state_dict()
    filters = state["blocks.0.layers.0.conv1.weight"]
    assert filters.std().item() == pytest.approx((2 / (32 * 9)) ** 0.5, rel=0.03)
    assert state["blocks.0.layers.0.norm1.weight"].eq(1).all()
    assert state["blocks.0.layers.0.norm1.bias"].eq(0).all()
    assert state["head.norm1.running_var"].eq(1).all()
    assert state["head.linear1.weight"].abs().max() <= 32**-0.5


def test_a_grouped_filter_counts_its_own_outputs() -> None:
    stem = (op("depthwise", kernel=3), conv(64, 1))
    state = build_module(
        build_plan(Program("d", (512, 8, 8), None, stem, (), ())), seed=0
    ).state_dict()
    assert state["stem.depthwise1.weight"].std().item() == pytest.approx((2 / 9) ** 0.5, rel=0.05)


@pytest.mark.parametrize("init", [True, False])
def test_dtype(init: bool) -> None:
    network = build_module(build_plan(random_banks()), init=init, dtype=torch.float64)
    floating = [t for t in network.state_dict().values() if t.is_floating_point()]
    assert {t.dtype for t in floating} == {torch.float64}
    assert network.head.norm1.running_mean.eq(0).all()


def test_dead_layers_keep_their_weights_but_never_run() -> None:
    plan = build_plan(dead_layer())
    network = build_module(plan, seed=0)
    assert set(dict(network.named_parameters())) == set(plan.slots)
    assert "blocks.0.layers.0.conv1.weight" in plan.slots
    called = {node.target for node in network.graph.nodes if node.op == "call_module"}
    assert called == {"blocks.0.layers.1.conv1", "head.global_avg_pool1"}


@pytest.mark.parametrize("program", [dead_layer(), random_banks()], ids=lambda p: p.name)
def test_copies_are_complete_and_in_the_same_order(program: Program) -> None:
    network = build_module(build_plan(program), seed=0).eval()
    twin = copy.deepcopy(network)
    assert list(twin.state_dict()) == list(network.state_dict())
    assert [n for n, _ in twin.named_parameters()] == [n for n, _ in network.named_parameters()]
    x = torch.randn(2, *program.input)
    assert torch.equal(twin(x), network(x))
    first = next(twin.parameters())
    with torch.no_grad():
        first.add_(1)
    assert not torch.equal(first, next(network.parameters()))


def overwriting(network: nn.Module) -> set[str]:
    return {name for name, m in network.named_modules() if isinstance(m, nn.ReLU) and m.inplace}


def test_a_relu_overwrites_only_what_nothing_else_needs() -> None:
    both = Combine("sum", ((RELU,), ()))
    stem = (RELU, conv(4), RELU, RELU, op("tanh"), RELU, conv(4), both, RELU)
    plan = build_plan(Program("relus", (4, 8, 8), None, stem, (), ()))
    assert overwriting(build_module(plan)) == {"stem.relu2", "stem.relu5"}
    assert overwriting(build_module(plan, inplace=False)) == set()


def test_values_can_be_kept() -> None:
    plan = build_plan(resnet_like(stages=1))
    network = build_module(plan, seed=0, inplace=False)
    kept = {}
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_full_backward_hook(lambda *_: None)
            module.register_forward_hook(lambda m, x, y, name=name: kept.update({name: y}))
    x = torch.randn(2, 3, 32, 32)
    out = network(x)
    out.sum().backward()
    assert min(y.min() for y in kept.values()) < 0
    torch.testing.assert_close(build_module(plan, seed=0)(x), out)


def test_channels_last_survives() -> None:
    program = densenet_like()
    network = build_module(build_plan(program), seed=0)
    network.to(memory_format=torch.channels_last).eval()
    x = torch.randn(2, 3, 32, 32).to(memory_format=torch.channels_last)
    formats = []

    class Formats(Interpreter):
        def run_node(self, n: Node) -> object:
            value = super().run_node(n)
            if getattr(value, "ndim", 0) == 4:
                formats.append(value.is_contiguous(memory_format=torch.channels_last))
            return value

    Formats(network).run(x)
    assert len(formats) > 20
    assert all(formats)


def test_an_empty_batch() -> None:
    stem = (conv(8), op("channel_shuffle", groups=2), op("squeeze_excite", reduction=4))
    stem = (*stem, op("self_attention", heads=2))
    network = build_module(
        build_plan(Program("e", (3, 8, 8), None, stem, (), (GLOBAL_POOL,))), seed=0
    )
    assert network(torch.zeros(0, 3, 8, 8)).shape == (0, 8)


def test_nothing_to_compute() -> None:
    network = build_module(build_plan(Program("nothing", (3, 8, 8), None, (), (), ())))
    x = torch.randn(2, 3, 8, 8)
    assert network(x) is x


def test_shake_shares_its_path_with_its_branches() -> None:
    shake = Combine("shake", ((conv(4),), (conv(4), op("tanh"))))
    program = Program("shake", (3, 8, 8), None, (shake,), (), (GLOBAL_POOL,))
    plan = build_plan(program)
    network = build_module(plan, seed=0)
    assert set(dict(network.named_parameters())) == {
        "stem.shake1.0.conv1.weight",
        "stem.shake1.1.conv1.weight",
    }
    x = torch.randn(2, 3, 8, 8)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))


# Registered operations ------------------------------------------------------------------------


class Scale(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight[:, None, None]


@pytest.fixture
def scale() -> Iterator[None]:
    with registered(
        "scale",
        lambda shape, attrs: Scale(shape[0]),
        slots=lambda channels, rank, attrs: (Slot("weight", (channels,)),),
    ):
        yield


@pytest.mark.usefixtures("scale")
def test_a_registered_operation() -> None:
    program = Program("custom", (3, 4, 4), None, (op("scale"),), (), ())
    before = torch.random.get_rng_state()
    network = build_module(build_plan(program), seed=1, dtype=torch.float64)
    assert torch.equal(torch.random.get_rng_state(), before)
    same = build_module(build_plan(program), seed=1, dtype=torch.float64)
    weight = network.get_parameter("stem.scale1.weight")
    assert torch.equal(weight, same.get_parameter("stem.scale1.weight"))
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    torch.testing.assert_close(network(x), x * weight[:, None, None])


def test_a_registered_operation_must_have_the_parameters_it_declares() -> None:
    with registered("liar", lambda shape, attrs: Scale(shape[0])):
        program = Program("custom", (3, 4, 4), None, (op("liar"),), (), ())
        with pytest.raises(ValueError, match=r"'liar' declares the parameters \{\}"):
            build_module(build_plan(program))
