"""Programs without what changes nothing: what is left, and that it computes the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from programs import conv, head, op, random_banks, resnet_like
from random_programs import random_program
from torch import Tensor, nn

import smashdsl
from smashdsl.backends.formats.weights import passed_weights
from smashdsl.backends.module import build_module
from smashdsl.ir import Bank, Block, Chain, Combine, Group, Layer, Op, Program, Transition
from smashdsl.passes import simplified
from smashdsl.plan import build_plan

SPECS = Path(__file__).parents[2] / "specs"
ZERO = op("zero")


def program(*layers: Layer, leave: tuple[int, ...] = (1,), banks: int = 4) -> Program:
    """A block of banks of 8 channels, of which the input fills the first."""
    block = Block(tuple(Bank(f"b[{i}]", 8) for i in range(banks)), (0,), layers, leave)
    return Program("p", (3, 8, 8), 10, (conv(8, 3),), (block,), head())


def layer(read: int | tuple[int, ...], stages: Chain, write: int, rule: str = "add",
          reduce: str = "cat") -> Layer:  # fmt: skip
    reads = (read,) if isinstance(read, int) else read
    return Layer(reads, reduce, stages, (write,), rule)


CONV = (op("relu"), conv(8, 3))


def only_block(found: Program) -> Block:
    (block,) = found.blocks
    return block


def test_layers_that_add_zeros_and_those_that_nothing_needs_are_left_out() -> None:
    found = simplified(
        program(
            layer(0, CONV, 1),
            layer(0, (ZERO,), 1),  # adds zeros
            layer(0, CONV, 2),  # never read
            layer(2, CONV, 2, "replace"),  # nor this
            layer(1, CONV, 1),
        )
    )
    block = only_block(found.program)
    assert block.layers == (layer(0, CONV, 1), layer(1, CONV, 1))
    assert [bank.name for bank in block.banks] == ["b[0]", "b[1]"]
    assert found.changed
    assert found.paths["blocks.0.layers.1.conv1"] == "blocks.0.layers.4.conv1"


def test_what_is_added_to_zeros_takes_their_place() -> None:
    found = simplified(program(layer(0, (ZERO,), 1), layer(0, CONV, 1), layer(0, CONV, 1)))
    assert only_block(found.program).layers == (layer(0, CONV, 1), layer(0, CONV, 1))


def test_zeros_that_are_read_stay() -> None:
    given = program(layer(0, (ZERO,), 1), layer((0, 1), (conv(8, 1),), 2), leave=(2, 1), banks=3)
    assert simplified(given).program == given
    assert not simplified(given).changed


def test_zeros_stay_zeros_on_their_way() -> None:
    pooled = (op("avg_pool", kernel=3, stride=1), op("relu"))
    found = simplified(
        program(layer(0, (ZERO,), 1), layer(1, pooled, 2), layer(0, CONV, 3), layer(2, pooled, 3),
                leave=(3,))
    )  # fmt: skip
    assert only_block(found.program).layers == (layer(0, CONV, 1),)
    biased = (conv(8, 1, bias=True),)
    given = program(layer(0, (ZERO,), 1), layer(1, biased, 2), leave=(2,))
    assert len(only_block(simplified(given).program).layers) == 2


def test_sums_do_not_read_zeros() -> None:
    read = layer((0, 1, 2), CONV, 3, reduce="sum")
    found = simplified(program(layer(0, (ZERO,), 1), layer(0, CONV, 2), read, leave=(3,)))
    assert only_block(found.program).layers[-1] == layer((0, 1), CONV, 2, reduce="sum")
    read = layer((0, 1), CONV, 2, reduce="sum")
    found = simplified(program(layer(0, (ZERO,), 1), read, leave=(2,)))
    assert only_block(found.program).layers == (layer(0, CONV, 1),)


def test_zeros_that_draw_random_numbers_stay() -> None:
    """Otherwise what follows would draw others."""
    given = program(layer(0, CONV, 1), layer(0, (op("dropout", p=0.5), ZERO), 1), banks=2)
    assert simplified(given).program == given


def test_branches() -> None:
    def chain(*branches: Chain, rule: str = "sum") -> Program:
        return replace(resnet_like(), stem=(conv(16, 3), Combine(rule, branches)))

    def stem(given: Program) -> Chain:
        return simplified(given).program.stem[1:]

    relu, tanh = (op("relu"),), (op("tanh"),)
    assert stem(chain(relu, (ZERO,), tanh)) == (Combine("sum", (relu, tanh)),)
    assert stem(chain(relu, (ZERO,))) == relu
    assert stem(chain((ZERO,), (ZERO,))) == (ZERO,)
    assert stem(chain((op("identity"),), relu)) == (Combine("sum", ((), relu)),)
    for rule in ("max", "mean", "mul"):
        assert stem(chain(relu, (ZERO,), rule=rule)) == (Combine(rule, (relu, (ZERO,))),)
    assert stem(chain(relu, rule="shake")) == (Combine("shake", (relu,)),)


def test_parts_that_do_nothing() -> None:
    body = resnet_like(layers=1, stages=1).body
    nothing = (op("identity"), op("dropout", p=0.0), Group("named", (op("identity"),)))
    idle = Block((Bank("x", 16),), (0,), (Layer((0,), "cat", (ZERO,), (0,)),), (0,))
    given = replace(resnet_like(layers=1, stages=1), body=(Transition(nothing), idle, *body))
    found = simplified(given)
    assert found.program.body == body
    assert found.paths["blocks.0.layers.0.conv1"] == "blocks.1.layers.0.conv1"
    assert simplified(found.program).program == found.program


def trained(given: Program) -> nn.Module:
    """Its network, with statistics and scales that make a difference."""
    network = build_module(build_plan(given), seed=0, inplace=False)
    generator = torch.Generator().manual_seed(1)
    for tensor in network.state_dict().values():
        if tensor.ndim == 1:
            tensor.uniform_(0.5, 1.5, generator=generator)
    return network


def run(network: nn.Module, x: Tensor, training: bool) -> Tensor:
    torch.manual_seed(2)
    network.zero_grad()
    y = network.train(training)(x)
    (y * torch.linspace(-1, 1, y.numel()).reshape(y.shape)).sum().backward()
    return y.detach()


def assert_same_function(given: Program) -> bool:
    """Outputs and gradients are equal bit for bit; gives whether anything was left out."""
    before, found = trained(given), simplified(given)
    after = build_module(build_plan(found.program), init=False, inplace=False)
    x = torch.randn(2, *given.input, generator=torch.Generator().manual_seed(3))
    for training in (False, True):
        after.load_state_dict(passed_weights(found, before.state_dict()))
        expected, actual = run(before, x, training), run(after, x, training)
        assert torch.equal(actual, expected)
        gradients = {name: p.grad for name, p in before.named_parameters() if p.grad is not None}
        kept = passed_weights(found, gradients)
        for name, parameter in after.named_parameters():
            assert (parameter.grad is None) == (name not in kept), name
            assert parameter.grad is None or torch.equal(parameter.grad, kept[name]), name
        assert sum(g.count_nonzero() for g in gradients.values()) == sum(
            g.count_nonzero() for g in kept.values()
        )
    return found.changed


def test_random_programs_compute_the_same() -> None:
    changed = [assert_same_function(random_program(seed)) for seed in (3, 4, 8, 9)]
    assert changed == [True, True, True, False]


def assert_samples_compute_the_same(name: str, seeds: tuple[int, ...]) -> None:
    space = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(space, smashdsl.Space)
    for seed in seeds:
        assert_same_function(space.sample(seed).ir)


@pytest.mark.parametrize("name", ["nas_bench_201_small", "quickstart"])
def test_samples_of_spaces_compute_the_same(name: str) -> None:
    assert_samples_compute_the_same(name, (0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nas_bench_201", "gated", "nas_bench_macro_small", "smash_v2"])
def test_samples_of_large_spaces_compute_the_same(name: str) -> None:
    assert_samples_compute_the_same(name, (2,))


def test_nothing_of_the_origin_is_lost() -> None:
    """Names of ops and where weights come from stay, so that the exported text reads well."""
    given = random_banks()
    assert simplified(given).program == given
    fixed = Op("conv", conv(8, 3).attrs, weights="fixed(gabor)")
    given = replace(resnet_like(width=8), stem=(op("identity"), fixed))
    assert simplified(given).program.stem[0].weights == "fixed(gabor)"
