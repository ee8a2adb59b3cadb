"""Each operation's module against its definition, written out in another way."""

from __future__ import annotations

import math

import pytest
import torch
from programs import NORM, conv, op
from torch import Tensor

from smashdsl.backends.module import build_module
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.ir import Bank, Block, Chain, Combine, Layer, Program
from smashdsl.plan import build_plan

SPATIAL = [(7,), (6, 7), (5, 6, 5)]


def network(chain: Chain, shape: tuple[int, ...], seed: int = 0) -> torch.fx.GraphModule:
    plan = build_plan(Program("ops", shape, None, chain, (), ()))
    module = build_module(plan, seed=seed, dtype=torch.float64)
    x = torch.zeros(2, *shape, dtype=torch.float64)
    assert tuple(module(x).shape) == (2, *plan.steps[plan.output].shape)
    return module


def inputs(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def windows(x: Tensor, kernel: int, stride: int, dilation: int, padding: int) -> Tensor:
    """All windows of the padded input, `(batch, channels, *out, kernel**rank)`, padding as NaN."""
    rank = x.ndim - 2
    padded = torch.nn.functional.pad(x, [padding] * 2 * rank, value=math.nan)
    for dim in range(2, x.ndim):
        padded = padded.unfold(dim, dilation * (kernel - 1) + 1, stride)
    for dim in range(2 + rank, 2 + 2 * rank):
        padded = padded.index_select(dim, torch.arange(0, padded.shape[dim], dilation))
    return padded.flatten(2 + rank)


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("stride", "dilation", "groups"), [(1, 1, 1), (2, 1, 2), (1, 2, 1), (3, 1, 4)]
)
def test_conv(
    spatial: tuple[int, ...], padding: str, stride: int, dilation: int, groups: int
) -> None:
    stage = conv(8, 3, stride=stride, dilation=dilation, groups=groups, padding=padding, bias=True)
    module = network((stage,), (4, *spatial))
    with torch.no_grad():
        module.get_parameter("stem.conv1.bias").copy_(inputs(8))
    x = inputs(2, 4, *spatial)
    seen = windows(x, 3, stride, dilation, dilation if padding == "same" else 0).nan_to_num()
    seen = seen.unflatten(1, (groups, -1))
    weight = module.get_parameter("stem.conv1.weight").flatten(2).unflatten(0, (groups, -1))
    want = torch.einsum("bgi...k,goik->bgo...", seen, weight).flatten(1, 2)
    want += module.get_parameter("stem.conv1.bias").reshape(8, *(1,) * len(spatial))
    torch.testing.assert_close(module(x), want)


def test_conv_of_a_different_size_per_dimension() -> None:
    module = network((conv(2, (3, 5), stride=(2, 1), dilation=(1, 2)),), (1, 9, 9))
    layer = module.get_submodule("stem.conv1")
    assert (layer.kernel_size, layer.stride, layer.padding) == ((3, 5), (2, 1), (1, 4))
    assert layer.bias is None


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
def test_depthwise(spatial: tuple[int, ...]) -> None:
    module = network((op("depthwise", kernel=3),), (3, *spatial))
    x = inputs(2, 3, *spatial)
    weight = module.get_parameter("stem.depthwise1.weight").flatten(1)
    want = torch.einsum("bc...k,ck->bc...", windows(x, 3, 1, 1, 1).nan_to_num(), weight)
    torch.testing.assert_close(module(x), want)


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
@pytest.mark.parametrize(("kernel", "stride"), [(2, None), (3, 1), (3, 2), (2, 3)])
def test_pools(spatial: tuple[int, ...], kernel: int, stride: int | None) -> None:
    padding = 1 if stride and stride < kernel else 0
    x = inputs(2, 3, *spatial) - 5
    seen = windows(x, kernel, stride or kernel, 1, padding)
    average = network((op("avg_pool", kernel=kernel, stride=stride),), (3, *spatial))
    torch.testing.assert_close(average(x), seen.nanmean(-1))
    maximum = network((op("max_pool", kernel=kernel, stride=stride),), (3, *spatial))
    torch.testing.assert_close(maximum(x), seen.nan_to_num(-math.inf).amax(-1))


@pytest.mark.parametrize("spatial", [(), *SPATIAL], ids=len)
def test_norms(spatial: tuple[int, ...]) -> None:
    x = inputs(4, 6, *spatial) * 3 + 2
    positions = tuple(range(2, x.ndim))
    for stage, dims in ((NORM, (0, *positions)), (op("layer_norm"), (1,))):
        variance, mean = torch.var_mean(x, dims, correction=0, keepdim=True)
        torch.testing.assert_close(
            network((stage,), x.shape[1:])(x), (x - mean) / (variance + 1e-5).sqrt()
        )
    grouped = x.unflatten(1, (2, 3))
    variance, mean = torch.var_mean(
        grouped, (2, *(d + 1 for d in positions)), correction=0, keepdim=True
    )
    want = ((grouped - mean) / (variance + 1e-5).sqrt()).flatten(1, 2)
    torch.testing.assert_close(network((op("group_norm", groups=2),), x.shape[1:])(x), want)


def test_layer_norm_scales_and_shifts_channels() -> None:
    module = network((op("layer_norm"),), (3, 2, 2))
    x = inputs(2, 3, 2, 2)
    plain = module(x)
    weight, bias = inputs(3), inputs(6)[3:]
    module.load_state_dict({"stem.layer_norm1.weight": weight, "stem.layer_norm1.bias": bias})
    want = plain * weight[:, None, None] + bias[:, None, None]
    torch.testing.assert_close(module(x), want)


def test_activations() -> None:
    x = inputs(2, 3, 4, 4) * 5
    wanted = [
        (op("relu"), x.clamp(min=0)),
        (op("relu6"), x.clamp(0, 6)),
        (op("leaky_relu", slope=0.2), torch.where(x > 0, x, 0.2 * x)),
        (op("gelu"), x * (1 + torch.erf(x / math.sqrt(2))) / 2),
        (op("silu"), x / (1 + torch.exp(-x))),
        (op("tanh"), 2 / (1 + torch.exp(-2 * x)) - 1),
        (op("sigmoid"), 1 / (1 + torch.exp(-x))),
        (op("zero"), torch.zeros(2, 3, 4, 4, dtype=torch.float64)),
        (op("identity"), x),
    ]
    for stage, want in wanted:
        torch.testing.assert_close(network((stage,), (3, 4, 4))(x), want, msg=stage.name)


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
def test_global_avg_pool_and_linear(spatial: tuple[int, ...]) -> None:
    module = network((op("global_avg_pool"), op("linear", units=5)), (3, *spatial))
    x = inputs(2, 3, *spatial)
    weight, bias = (module.get_parameter(f"stem.linear1.{name}") for name in ("weight", "bias"))
    torch.testing.assert_close(module(x), x.flatten(2).mean(2) @ weight.T + bias)


@pytest.mark.parametrize("spatial", [(), *SPATIAL], ids=len)
def test_channel_shuffle(spatial: tuple[int, ...]) -> None:
    x = inputs(2, 6, *spatial)
    want = x[:, [0, 2, 4, 1, 3, 5]]
    assert torch.equal(network((op("channel_shuffle", groups=3),), x.shape[1:])(x), want)


@pytest.mark.parametrize("spatial", [(), *SPATIAL], ids=len)
def test_take(spatial: tuple[int, ...]) -> None:
    x = inputs(2, 6, *spatial)
    taken = network((op("take", units=3, after=2),), x.shape[1:])
    assert torch.equal(taken(x), x[:, 2:5])


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
def test_shift(spatial: tuple[int, ...]) -> None:
    x = inputs(2, 3, *spatial)
    want = torch.zeros_like(x)
    kept = tuple(slice(0, -1) for _ in spatial)
    want[(..., *kept)] = x[(..., *(slice(1, None) for _ in spatial))]
    assert torch.equal(network((op("shift", distance=1),), x.shape[1:])(x), want)


@pytest.mark.parametrize("spatial", [(), *SPATIAL], ids=len)
def test_layer_scale(spatial: tuple[int, ...]) -> None:
    module = network((op("layer_scale", init=0.25),), (3, *spatial))
    x = inputs(2, 3, *spatial)
    torch.testing.assert_close(module(x), x / 4)
    module.load_state_dict({"stem.layer_scale1.weight": torch.tensor([1.0, 2.0, 3.0])})
    want = torch.stack([x[:, i] * (i + 1) for i in range(3)], 1)
    torch.testing.assert_close(module(x), want)


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
def test_squeeze_excite(spatial: tuple[int, ...]) -> None:
    module = network((op("squeeze_excite", reduction=4),), (8, *spatial))
    squeeze, excite = (
        module.get_submodule(f"stem.squeeze_excite1.{n}") for n in ("squeeze", "excite")
    )
    assert squeeze.weight.shape == (2, 8)
    x = inputs(3, 8, *spatial)
    for example, out in zip(x, module(x), strict=True):
        hidden = (squeeze.weight @ example.flatten(1).mean(1) + squeeze.bias).clamp(min=0)
        scale = torch.sigmoid(excite.weight @ hidden + excite.bias)
        torch.testing.assert_close(
            out, torch.stack([c * s for c, s in zip(example, scale, strict=True)])
        )


@pytest.mark.parametrize("spatial", SPATIAL, ids=len)
def test_self_attention(spatial: tuple[int, ...]) -> None:
    module = network((op("self_attention", heads=2),), (6, *spatial))
    qkv, proj = (module.get_submodule(f"stem.self_attention1.{n}") for n in ("qkv", "proj"))
    x = inputs(2, 6, *spatial)
    for example, out in zip(x, module(x), strict=True):
        query, key, value = (qkv.weight @ example.flatten(1) + qkv.bias[:, None]).split(6)
        heads = []
        for head in (slice(0, 3), slice(3, 6)):
            weights = (query[head].T @ key[head] / math.sqrt(3)).softmax(1)
            heads.append(value[head] @ weights.T)
        want = proj.weight @ torch.cat(heads) + proj.bias[:, None]
        torch.testing.assert_close(out.flatten(1), want)


# Chance ---------------------------------------------------------------------------------------


def test_drop_path_drops_whole_examples() -> None:
    module = network((op("drop_path", p=0.25),), (2, 3))
    x = inputs(4000, 2, 3)
    torch.manual_seed(0)
    factors = (module(x) / x).flatten(1)
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors))
    kept = factors[:, 0] != 0
    torch.testing.assert_close(factors[kept], torch.full_like(factors[kept], 4 / 3))
    assert kept.double().mean().item() == pytest.approx(0.75, abs=0.03)
    assert torch.equal(module.eval()(x), x)


@pytest.mark.parametrize("name", ["drop_path", "dropout"])
def test_dropping_everything_or_nothing(name: str) -> None:
    x = inputs(5, 2, 3)
    assert torch.equal(network((op(name, p=1.0),), (2, 3))(x), torch.zeros_like(x))
    assert torch.equal(network((op(name, p=0.0),), (2, 3))(x), x)


def test_shake_is_a_random_convex_combination() -> None:
    shake = Combine("shake", ((), (op("tanh"),), (op("sigmoid"),)))
    module = network((shake,), (2, 5))
    x = inputs(3, 2, 5)
    values = torch.stack([x, x.tanh(), x.sigmoid()]).flatten(1).T
    drawn = []
    for _ in range(20):
        out = module(x).flatten()
        found = torch.linalg.lstsq(values, out[:, None]).solution[:, 0]
        torch.testing.assert_close(values @ found, out)
        drawn.append(found)
    coefficients = torch.stack(drawn)
    assert (coefficients > 0).all()
    torch.testing.assert_close(coefficients.sum(1), torch.ones(20, dtype=torch.float64))
    assert coefficients.std(0).min() > 0.05
    torch.testing.assert_close(module.eval()(x).flatten(), values.mean(1))


# Combinations ---------------------------------------------------------------------------------

COMBINE = {
    "sum": lambda values: values.sum(0),
    "mean": lambda values: values.mean(0),
    "max": lambda values: values.amax(0),
    "mul": lambda values: values.prod(0),
    "cat": lambda values: torch.cat(list(values), 1),
}


@pytest.mark.parametrize("rule", COMBINE)
def test_combine(rule: str) -> None:
    stage = Combine(rule, ((), (op("tanh"),), (op("sigmoid"),)))
    x = inputs(3, 2, 5)
    want = COMBINE[rule](torch.stack([x, x.tanh(), x.sigmoid()]))
    torch.testing.assert_close(network((stage,), (2, 5))(x), want)


def block_of_three(layer: Layer) -> Program:
    """Banks of two channels that hold the input's; the layer's stages may use a fourth."""
    banks = tuple(Bank(name, 2) for name in "abcd")
    return Program("block", (6, 5), None, (), (Block(banks, (0, 1, 2), (layer,), (0, 1, 2)),), ())


@pytest.mark.parametrize("rule", ["add", "replace", "mul", "max", "mean"])
def test_writing(rule: str) -> None:
    module = build_module(build_plan(block_of_three(Layer((0,), "cat", (op("tanh"),), (1,), rule))))
    x = inputs(2, 6, 5).float()
    a, b, c = x.split(2, 1)
    y = a.tanh()
    new = {"add": b + y, "replace": y, "mul": b * y, "max": b.maximum(y), "mean": (b + y) / 2}[rule]
    torch.testing.assert_close(module(x), torch.cat([a, new, c], 1))


def test_dealing_starts_again_at_the_first_channel() -> None:
    layer = Layer((0, 1), "cat", (op("tanh"),), (2, 0, 1), "replace")
    module = build_module(build_plan(block_of_three(layer)))
    x = inputs(2, 6, 5).float()
    first, second = x[:, :4].tanh().split(2, 1)
    torch.testing.assert_close(module(x), torch.cat([second, first, first], 1))


@pytest.mark.parametrize("rule", [*(r for r in COMBINE if r != "cat"), "attend"])
def test_reading(rule: str) -> None:
    layer = Layer((0, 2, 1), rule, (), (0,), "replace")
    plan = build_plan(block_of_three(layer))
    module = build_module(plan, dtype=torch.float64)
    x = inputs(2, 6, 5)
    a, b, c = x.split(2, 1)
    values = torch.stack([a, c, b])
    if rule == "attend":
        scores = module.get_parameter("blocks.0.layers.0.read.scores")
        assert torch.equal(scores, torch.zeros(3, dtype=torch.float64))
        torch.testing.assert_close(module(x)[:, :2], values.mean(0))
        with torch.no_grad():
            scores.copy_(torch.tensor([1.0, 2.0, 4.0]).log())
        want = (a + 2 * c + 4 * b) / 7
    else:
        want = COMBINE[rule](values)
    torch.testing.assert_close(module(x), torch.cat([want, b, c], 1))


def test_zero_passes_on_neither_values_nor_gradients() -> None:
    stage = Combine("sum", ((conv(2, 1), op("zero")), (conv(2, 1),)))
    module = network((stage,), (2, 4, 4))
    x = inputs(1, 2, 4, 4)
    with torch.no_grad():
        module.get_parameter("stem.sum1.0.conv1.weight").fill_(math.inf)
    module(x).sum().backward()
    assert module.get_parameter("stem.sum1.0.conv1.weight").grad is None
    assert module.get_parameter("stem.sum1.1.conv1.weight").grad.isfinite().all()


# Fixed filters --------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [(5,), (3, 5), (3, 3, 3)], ids=len)
def test_gabor_filters(kernel: tuple[int, ...]) -> None:
    bank = gabor_bank((12, 4, *kernel))
    assert torch.equal(bank, gabor_bank((12, 4, *kernel)))
    torch.testing.assert_close(bank.flatten(2).sum(2), torch.zeros(12, 4, dtype=torch.float64))
    energy = bank.flatten(1).square().sum(1)
    torch.testing.assert_close(energy, torch.full((12,), 2.0, dtype=torch.float64))
    directions = bank.flatten(0, 1).flatten(1)
    directions = directions / directions.norm(dim=1, keepdim=True)
    rank = torch.linalg.matrix_rank(directions, atol=0.05).item()
    assert rank == math.prod(kernel) - 1


def test_gabor_filters_in_four_dimensions() -> None:
    with pytest.raises(ValueError, match="one to three dimensions, not 4"):
        gabor_bank((1, 1, 3, 3, 3, 3))


@pytest.mark.parametrize("init", [True, False])
def test_a_fixed_filter_is_not_trained(init: bool) -> None:
    stage = conv(8, 5, bias=True, origin="fixed(gabor)")
    program = Program("fixed", (3, 8, 8), None, (stage, conv(4, 1)), (), ())
    module = build_module(build_plan(program), seed=0, init=init, dtype=torch.float64)
    weight = module.get_parameter("stem.conv1.weight")
    assert torch.equal(weight, gabor_bank((8, 3, 5, 5)))
    trained = {name for name, p in module.named_parameters() if p.requires_grad}
    assert trained == {"stem.conv1.bias", "stem.conv2.weight"}
    module(inputs(1, 3, 8, 8)).sum().backward()
    assert weight.grad is None
