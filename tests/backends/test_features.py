"""Encodings besides `c`: shapes, what they tell apart, and what makes no difference to them."""

from __future__ import annotations

import random
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from random_programs import random_program

import smashdsl
from smashdsl.backends.features import adjacency, hashed_paths, paths
from smashdsl.ir import Block, Program, content_hash
from smashdsl.plan import build_plan

SPECS = Path(__file__).parents[2] / "specs"
SAMPLES = 60
OPS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


def space(name: str = "nas_bench_201_small") -> smashdsl.Space:
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, smashdsl.Space)
    return found


@pytest.fixture(scope="module")
def cells() -> list[smashdsl.Program]:
    """Different cells of NAS-Bench-201."""
    of, rng = space(), random.Random(0)
    genomes = {tuple(rng.choices(OPS, k=6)) for _ in range(SAMPLES)}
    return [
        of.rebuild({f"edge[{i}]": op for i, op in enumerate(genome)}) for genome in sorted(genomes)
    ]


def test_one_hot_of_nas_bench_201(cells: list[smashdsl.Program]) -> None:
    found = [program.one_hot() for program in cells]
    assert {tuple(names) for _, names in found} == {
        tuple(f"edge[{i}] = {op}" for i in range(6) for op in OPS)
    }
    assert all(x.shape == (30,) and x.dtype == np.float32 and x.sum() == 6 for x, _ in found)
    assert len({x.tobytes() for x, _ in found}) == len(cells)


def test_one_hot_of_numbers_and_sets() -> None:
    of = smashdsl.loads("""space s { input 3x8x8  classes 4  stem { conv(8, 3) }
      block { bank x of 8  banks b[3] of 8
        read x -> dropout(uniform(0.1, 0.5)) -> conv(8, one_of(1, 3)) -> write some(1, b) }
      head { global_avg_pool -> linear(classes) } }""")
    assert isinstance(of, smashdsl.Space)
    program = of.sample(3)
    x, names = program.one_hot()
    assert len(x) == len(names) == 1 + 2 + 3
    share = names.index("block[0].layer[0].p")
    assert x[share] == pytest.approx((program.genome["block[0].layer[0].p"] - 0.1) / 0.4)
    assert sum(x[i] for i, name in enumerate(names) if "b[" in name) == 1


def test_spaces_with_other_draws_have_no_one_hot() -> None:
    with pytest.raises(smashdsl.SmashError, match="E988"):
        space("quickstart").sample().one_hot()


def test_adjacency_tells_cells_apart(cells: list[smashdsl.Program]) -> None:
    found = [program.adjacency() for program in cells]
    for program, (matrix, ops) in zip(cells, found, strict=True):
        steps = len(program.plan.steps)
        assert matrix.shape == (steps, steps)
        assert len(ops) == steps
        assert not np.tril(matrix).any()  # a step reads earlier ones
        assert matrix.sum() == sum(len(step.inputs) for step in program.plan.steps)
    assert len({(matrix.tobytes(), *ops) for matrix, ops in found}) == len(cells)


def test_adjacency_names_operations() -> None:
    matrix, ops = smashdsl.load(SPECS / "resnet20.smash").adjacency()
    assert ops[:4] == ["input", "conv(16, 3)", "batch_norm", "relu"]
    assert ops.count("sum") == 9
    assert matrix[0, 1] == 1


def test_a_value_read_twice_counts_twice() -> None:
    text = "program p { input 3x8x8 head { sum { identity ; identity } -> global_avg_pool } }"
    matrix, ops = smashdsl.loads(text).adjacency()
    assert ops == ["input", "sum", "global_avg_pool"]
    assert matrix.tolist() == [[0, 2, 0], [0, 0, 1], [0, 0, 0]]


def test_a_value_read_very_often_is_not_lost() -> None:
    often = " ; ".join(["identity"] * 256)
    program = smashdsl.loads(f"""program p {{
      input 4x8x8
      stem {{ sum {{ {often} }} }}
      head {{ global_avg_pool }}
    }}""")
    assert isinstance(program, smashdsl.Program)
    matrix, _ = program.adjacency()
    assert matrix.dtype == np.uint8
    assert matrix[0].max() == 255


def test_wrong_use(cells: list[smashdsl.Program]) -> None:
    with pytest.raises(ValueError, match="longest"):
        cells[0].paths(longest=0)
    for size in (0, -3):
        with pytest.raises(ValueError, match="size"):
            hashed_paths(cells[0].paths(), size)


def test_paths_of_a_cell() -> None:
    """Four paths lead through a cell; none through `none` counts."""
    ops = ("nor_conv_1x1", "skip_connect", "avg_pool_3x3", "none", "nor_conv_3x3", "skip_connect")
    program = space().rebuild({f"edge[{i}]": op for i, op in enumerate(ops)})
    conv = "relu -> conv({}, {}) -> batch_norm".format
    found = program.paths()
    assert {name: n for name, n in found.items() if name.startswith("block[0]")} == {
        "block[0]: identity": 1,
        f"block[0]: {conv(16, 1)} -> {conv(16, 3)}": 1,
        f"block[0]: {conv(16, 1)} -> avg_pool(3, stride=1)": 1,
    }
    cells = len(program.ir.blocks)  # three ways through each, and two through each reduction
    assert sum(n for name, n in program.paths(whole=True).items()) == 3**cells * 2 * 2
    short = program.paths(longest=3)
    assert set(short) < set(found)
    assert all(name.count(" -> ") < 3 for name in short)


@pytest.mark.parametrize("seed", range(20))
def test_names_and_the_order_of_banks_make_no_difference(seed: int) -> None:
    program = random_program(seed)
    shuffled = relabelled(program, random.Random(seed))
    before, after = build_plan(program), build_plan(shuffled)
    assert content_hash(program) == content_hash(shuffled)
    assert paths(before, longest=6) == paths(after, longest=6)
    assert adjacency(before)[1] == adjacency(after)[1]
    assert np.array_equal(adjacency(before)[0], adjacency(after)[0])


def relabelled(program: Program, rng: random.Random) -> Program:
    """The same network with its banks declared in another order, under other names."""
    body = []
    for part in program.body:
        if isinstance(part, Block):
            order = list(range(len(part.banks)))
            rng.shuffle(order)
            place = {old: new for new, old in enumerate(order)}

            def moved(banks: tuple[int, ...], place: dict[int, int] = place) -> tuple[int, ...]:
                return tuple(place[i] for i in banks)

            part = replace(
                part, banks=tuple(replace(part.banks[i], name=f"bank{i}") for i in order),
                enter=moved(part.enter), leave=moved(part.leave),
                layers=tuple(
                    replace(each, reads=moved(each.reads), writes=moved(each.writes))
                    for each in part.layers
                ),
            )  # fmt: skip
        body.append(part)
    return replace(program, name="other", body=tuple(body))


def test_hashed_paths(cells: list[smashdsl.Program]) -> None:
    vectors = [hashed_paths(program.paths(), 256) for program in cells]
    for program, vector in zip(cells, vectors, strict=True):
        assert vector.shape == (256,)
        assert vector.sum() == sum(program.paths().values())
    assert len({vector.tobytes() for vector in vectors}) == len({
        tuple(program.paths().items()) for program in cells
    })  # fmt: skip


def test_hashes_tell_cells_apart(cells: list[smashdsl.Program]) -> None:
    assert len({program.hash for program in cells}) == len(cells)
    assert all(len(bytes.fromhex(program.hash)) == 32 for program in cells)


def test_paths_that_are_many_and_long_are_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "repeat 60 { read x -> conv(4, 3) -> write x }"
    program = smashdsl.loads(f"""program p {{ input 4x8x8 block {{ bank x of 4 {layers} }}
      head {{ global_avg_pool }} }}""")
    kept = sum(len(path.split(" -> ")) for path in program.paths(whole=True))
    module = import_module("smashdsl.backends.features.paths")
    monkeypatch.setattr(module, "MOST_WRITTEN", 10 * kept)
    with pytest.raises(smashdsl.SmashError, match="many and long"):
        program.paths(whole=True)
    assert program.paths(longest=2)


def test_too_many_paths_and_steps() -> None:
    layers = "repeat 16 { read x -> sum { conv(4, 1) ; conv(4, 3) } -> relu -> write x }"
    text = f"""program p {{ input 4x8x8 block {{ bank x of 4 {layers} }}
      head {{ global_avg_pool }} }}"""
    program = smashdsl.loads(text)
    with pytest.raises(smashdsl.SmashError, match="E996"):
        program.paths()
    assert len(program.paths(longest=4)) < 100
    long = text.replace("repeat 16", "repeat 1200")
    with pytest.raises(smashdsl.SmashError, match="E996"):
        smashdsl.loads(long).adjacency()
