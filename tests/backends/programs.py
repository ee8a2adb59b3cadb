"""Small programs built by hand, shared by the back ends' tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smashdsl.ir import Bank, Block, Chain, Combine, Group, Layer, Op, Program, Transition
from smashdsl.ops import find_op, register_op, unregister_op


def op(op_name: str, *, origin: str | None = None, **attrs: Any) -> Op:
    """An operation with the table's defaults filled in; `origin` is its `weights=`."""
    spec = find_op(op_name)
    assert spec is not None, op_name
    full = {p.name: p.default for p in spec.parameters if p.name != "weights"}
    unknown = set(attrs) - set(full)
    assert not unknown, unknown
    return Op(spec.name, {**full, **attrs}, weights=origin)


@contextmanager
def registered(
    name: str, module: Callable[..., Any] = lambda shape, attrs: None, **facts: Any
) -> Iterator[None]:
    """There is an operation of this name, which keeps shapes, until the `with` ends."""
    register_op(name, shape=lambda shape, attrs: shape, module=module, **facts)
    try:
        yield
    finally:
        unregister_op(name)


def conv(units: int, kernel: int | tuple[int, ...] = 3, **attrs: Any) -> Op:
    return op("conv", units=units, kernel=kernel, **attrs)


NORM, RELU, GLOBAL_POOL, IDENTITY = op("norm"), op("relu"), op("global_avg_pool"), op("identity")


def residual(units: int) -> Group:
    stages = (NORM, RELU, conv(units, 3), NORM, RELU, conv(units, 3))
    return Group("residual", stages)


def head(classes: int = 10) -> Chain:
    return (NORM, RELU, GLOBAL_POOL, op("linear", units=classes))


def resnet_like(
    width: int = 16,
    layers: int = 3,
    stages: int = 3,
    input_shape: tuple[int, ...] = (3, 32, 32),
    name: str = "resnet",
) -> Program:
    """One bank per block, which every layer reads and adds to; widths double between blocks."""
    body: list[Block | Transition] = []
    for stage in range(stages):
        channels = width * 2**stage
        if stage:
            body.append(Transition((conv(channels, 1), op("avg_pool", kernel=2))))
        layer = Layer((0,), "cat", (residual(channels),), (0,))
        body.append(Block((Bank("x", channels),), (0,), (layer,) * layers, (0,)))
    return Program(name, input_shape, 10, (conv(width, 3),), tuple(body), head())


def densenet_like(growth: int = 12, layers: int = 4, stages: int = 2) -> Program:
    """Every layer reads all earlier banks and writes a new one."""
    bottleneck = Group("bottleneck", (NORM, RELU, conv(4 * growth, 1), NORM, RELU, conv(growth, 3)))
    body: list[Block | Transition] = []
    channels = 2 * growth
    for stage in range(stages):
        if stage:
            channels //= 2
            body.append(Transition((NORM, RELU, conv(channels, 1), op("avg_pool", kernel=2))))
        banks = (Bank("x", channels), *(Bank(f"b[{i}]", growth) for i in range(layers)))
        steps = tuple(
            Layer(tuple(range(i + 1)), "cat", (bottleneck,), (i + 1,)) for i in range(layers)
        )
        body.append(Block(banks, (0,), steps, tuple(range(layers + 1))))
        channels += layers * growth
    return Program("densenet", (3, 32, 32), 10, (conv(2 * growth, 3),), tuple(body), head())


def fractal_like(width: int = 32, columns: int = 3, stages: int = 2) -> Program:
    """Column c runs a convolution every 2**c steps; columns that end together are averaged."""
    body: list[Block | Transition] = []
    for stage in range(stages):
        units = width * 2**stage
        entering = 3 if stage == 0 else units // 2
        banks = (Bank("x", entering), *(Bank(f"col[{c}]", units) for c in range(columns)))
        body.append(Block(banks, (0,), _fractal_layers(units, columns), (1,)))
        body.append(Transition((op("max_pool", kernel=2),)))
    return Program(
        "fractal", (3, 32, 32), 10, (), tuple(body), (GLOBAL_POOL, op("linear", units=10))
    )


def _fractal_layers(units: int, columns: int) -> tuple[Layer, ...]:
    unit = Group("unit", (conv(units, 3), NORM, RELU))
    layers: list[Layer] = []
    for d in range(1, 2 ** (columns - 1) + 1):
        ending = tuple(c + 1 for c in range(columns) if d % 2**c == 0)
        for bank in ending:
            if d == 2 ** (bank - 1):
                layers.append(Layer((0,), "cat", (unit,), (bank,)))
            else:
                layers.append(Layer((bank,), "cat", (unit,), (bank,), "replace"))
        if d % 2 == 0:
            layers.append(Layer(ending, "mean", (IDENTITY,), ending, "replace"))
    return tuple(layers)


def four_convs(units: int, squeeze: int, groups: int = 1) -> Group:
    """The four-convolution operation of SMASH."""

    def branch(first: int, second: int) -> Chain:
        return (
            RELU,
            conv(units, first, dilation=2, groups=groups, origin="shared"),
            RELU,
            conv(units, second, origin="shared"),
        )

    stages = (
        conv(squeeze, 1, origin="generated"),
        RELU,
        Combine("sum", (branch(3, 5), branch(5, 3))),
    )
    return Group("four_convs", stages)


def random_banks(size: int = 8) -> Program:
    """Eight banks, wide reads, writes that deal out, wrap around and add."""
    banks = tuple(Bank(f"b[{i}]", size) for i in range(8))
    layers = (
        Layer((0, 1), "cat", (four_convs(2 * size, 2 * size, groups=2),), (2, 3)),
        Layer((3, 0, 2), "cat", (four_convs(2 * size, size),), (1, 4, 2, 5)),
        Layer((4, 5), "sum", (four_convs(size, size),), (6, 7, 0)),
        Layer(
            (7, 6, 1),
            "attend",
            (Combine("mul", ((conv(size, 3), op("tanh")), (conv(size, 3), op("sigmoid")))),),
            (5,),
            "mul",
        ),
    )
    block = Block(banks, (0, 1), layers, tuple(range(8)))
    return Program("random_banks", (3, 32, 32), 10, (conv(2 * size, 7),), (block,), head())


def signal() -> Program:
    """A one-dimensional network with a strided convolution and every kind of pool."""
    stem = (conv(8, 5, stride=2, bias=True), op("max_pool", kernel=3, stride=1))
    transition = Transition((op("avg_pool", kernel=2), conv(16, 3, dilation=2)))
    layer = Layer((0,), "cat", (NORM, op("gelu"), op("depthwise", kernel=3)), (0,))
    blocks = (
        Block((Bank("x", 8),), (0,), (layer, layer), (0,)),
        transition,
        Block((Bank("x", 16),), (0,), (layer,), (0,)),
    )
    return Program("signal", (3, 128), 5, stem, blocks, head(5))


def voxels() -> Program:
    """A three-dimensional residual network."""
    return resnet_like(width=4, layers=2, stages=2, input_shape=(1, 16, 16, 16), name="voxels")
