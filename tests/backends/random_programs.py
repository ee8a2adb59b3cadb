"""Random small programs that use everything the IR can say."""

from __future__ import annotations

import random

from programs import conv, op

from smashdsl.ir import Bank, Block, Chain, Combine, Group, Layer, Op, Program, Transition
from smashdsl.ops import find_op

Shape = tuple[int, ...]
GROUPS = ("residual", "four_convs", "class", "sum", "mb3_k3", "naïve gate", "3x3", "Conv")
RULES = ("add", "add", "replace", "mul", "max", "mean")


def random_program(seed: int) -> Program:
    """A valid program with inputs of one to three dimensions."""
    rng = random.Random(seed)
    rank = rng.choice((1, 2, 2, 2, 3))
    shape: Shape = (3, *([7] * rank))
    stem = _chain(rng, shape, 8, stages=rng.randrange(3))
    shape = (8, *shape[1:])
    body: list[Block | Transition] = []
    for _ in range(rng.randrange(1, 5)):
        if rng.random() < 0.4:
            channels = rng.choice((8, 16))
            body.append(Transition(_chain(rng, shape, channels, stages=rng.randrange(3))))
            shape = (channels, *shape[1:])
        else:
            block = _block(rng, shape)
            body.append(block)
            shape = (sum(block.banks[i].size for i in block.leave), *shape[1:])
    head = (op("global_avg_pool"), op("linear", units=5, bias=rng.random() < 0.7))
    return Program("random", (3, *([7] * rank)), 5, stem, tuple(body), head)


def _block(rng: random.Random, shape: Shape) -> Block:
    size = rng.choice([s for s in (4, 8) if shape[0] % s == 0])
    count = shape[0] // size + rng.randrange(1, 4)
    family = rng.choice(("b", "lambda", "x", "y"))
    banks = [Bank(f"{family}[{i}]", size) for i in range(count)]
    if rng.random() < 0.3:
        banks[-1] = Bank("x", size * rng.choice((1, 2)))
    enter = tuple(range(shape[0] // size))
    if any(banks[i].size != size for i in enter):
        banks[-1] = Bank("x", size)
    held = list(enter)
    layers = []
    for _ in range(rng.randrange(7)):
        layer = _layer(rng, banks, held, shape[1:], size)
        layers.append(layer)
        held.extend(i for i in layer.writes if i not in held)
    repeat = rng.choice((1, 1, 2, 3))
    leave = tuple(sorted(rng.sample(held, rng.randrange(1, len(held) + 1))))
    return Block(tuple(banks), enter, tuple(layers) * repeat, leave)


def _layer(rng: random.Random, banks: list[Bank], held: list[int], spatial: Shape,
           size: int) -> Layer:  # fmt: skip
    reads = tuple(rng.sample(held, rng.randrange(1, len(held) + 1)))
    equal = len({banks[i].size for i in reads}) == 1
    reduce = rng.choice(("cat", "sum", "mean", "max", "mul", "attend")) if equal else "cat"
    channels = sum(banks[i].size for i in reads) if reduce == "cat" else banks[reads[0]].size
    even = [i for i, bank in enumerate(banks) if bank.size == size]
    rule = rng.choice(RULES)
    if rng.random() < 0.2:
        target = rng.randrange(len(banks))
        stages = _chain(rng, (channels, *spatial), banks[target].size, keep=True)
        return Layer(reads, reduce, stages, (target,), rule)
    writes = tuple(rng.sample(even, rng.randrange(1, len(even) + 1)))
    width = size * rng.randrange(1, len(writes) + 1)
    if channels == width and rng.random() < 0.3:
        return Layer(reads, reduce, (op("identity"),), writes, rule)
    return Layer(reads, reduce, _chain(rng, (channels, *spatial), width, keep=True), writes, rule)


def _chain(rng: random.Random, shape: Shape, channels: int, *, stages: int = 2,
           keep: bool = True, depth: int = 0) -> Chain:  # fmt: skip
    """Stages that end with so many channels."""
    chain: list[Op | Combine | Group] = [_small(rng, shape) for _ in range(stages)]
    if depth < 2 and rng.random() < 0.4:
        chain.append(_combine(rng, shape, channels, depth))
    elif shape[0] != channels or rng.random() < 0.7:
        chain.append(_convolution(rng, shape, channels))
    chain += [_small(rng, (channels, *shape[1:])) for _ in range(rng.randrange(2))]
    if rng.random() < 0.5 and chain:
        return (Group(rng.choice(GROUPS), tuple(chain)),)
    return tuple(chain)


def _combine(rng: random.Random, shape: Shape, channels: int, depth: int) -> Combine:
    rule = rng.choice(("sum", "mean", "max", "mul", "cat", "shake"))
    if rule == "cat":
        parts = (channels // 2, channels - channels // 2)
        return Combine(rule, tuple(_chain(rng, shape, c, depth=depth + 1) for c in parts))
    branches = [_chain(rng, shape, channels, depth=depth + 1) for _ in range(rng.choice((2, 3)))]
    if shape[0] == channels and rng.random() < 0.4:
        branches.append(())
    return Combine(rule, tuple(branches))


def _convolution(rng: random.Random, shape: Shape, channels: int) -> Op:
    rank = len(shape) - 1
    kernel = rng.choice((1, 3, 5, tuple(rng.choice((1, 3, 5)) for _ in range(rank))))
    dilation = rng.choice((1, 1, 2, tuple(rng.choice((1, 2)) for _ in range(rank))))
    groups = rng.choice([g for g in (1, 2, 4) if shape[0] % g == 0 == channels % g])
    origin = "fixed(gabor)" if rng.random() < 0.1 else None
    return conv(channels, kernel, dilation=dilation, groups=groups, origin=origin,
                bias=rng.random() < 0.2)  # fmt: skip


def _small(rng: random.Random, shape: Shape) -> Op:
    """An operation that keeps the shape.

    Never `group_norm`: torch's crashes in `backward` on a channels-last input without gradient,
    which `zero` gives it.
    """
    even = [g for g in (1, 2, 3, 4) if shape[0] % g == 0]
    choices = [
        op("norm"), op("norm"), op("layer_norm"),
        op("relu"), op("relu6"), op("leaky_relu", slope=rng.choice((0.01, 0.2))), op("gelu"),
        op("silu"), op("tanh"), op("sigmoid"), op("identity"),
        op("avg_pool", kernel=3, stride=1), op("max_pool", kernel=rng.choice((3, 5)), stride=1),
        op("dropout", p=0.25), op("drop_path", p=0.5),
        op("squeeze_excite", reduction=rng.choice((2, 16))),
        op("shift", distance=rng.choice([1, 2])),
        op("layer_scale", init=rng.choice([0.5, 1.0])),
        op("channel_shuffle", groups=rng.choice(even)),
        op("self_attention", heads=rng.choice(even)),
        op("depthwise", kernel=3, dilation=rng.choice((1, 2))),
    ]  # fmt: skip
    if rng.random() < 0.05:
        return op("zero")
    chosen = rng.choice(choices)
    assert find_op(chosen.name) is not None
    return chosen
