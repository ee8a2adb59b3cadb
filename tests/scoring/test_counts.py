"""What is counted, and which steps are on a path from the input to the output."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import smashdsl
from smashdsl.scoring import counts
from smashdsl.scoring.live import live_paths
from tests.hypernet.spaces import MIXED, TINY, space


def program(body: str) -> smashdsl.Program:
    found = smashdsl.loads(f"program p {{ input 3x8x8 classes 2 {body} }}")
    assert isinstance(found, smashdsl.Program)
    return found


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_counts_are_the_plans_costs(text: str) -> None:
    for seed in range(3):
        made = space(text).sample(seed)
        costs = made.plan.costs
        assert counts.params(made).score == costs.params
        assert counts.flops(made).score == costs.flops
        assert counts.depth(made).score == costs.depth
        assert counts.live_params(made).score == costs.params  # nothing ends before the output


UNREAD = "read b[0] -> conv(4, 3) -> write b[1] leave b[0]"
HEAD = "head { global_avg_pool -> linear(2) }"
CONV, LINEAR = 3 * 4 * 9, 2 * 4 + 2


@pytest.mark.parametrize(
    ("body", "alive"),
    [
        (f"stem {{ conv(4, 3) }} {HEAD}", CONV + LINEAR),
        (f"stem {{ conv(4, 3) -> zero }} {HEAD}", 0),
        (f"stem {{ zero -> conv(4, 3) }} {HEAD}", 0),
        (f"stem {{ sum {{ conv(4, 3) ; conv(4, 3) -> zero }} }} {HEAD}", CONV + LINEAR),
        (f"stem {{ sum {{ conv(4, 3) ; zero -> conv(4, 3) }} }} {HEAD}", CONV + LINEAR),
        (f"stem {{ cat {{ conv(2, 3) ; zero -> conv(2, 3) -> norm }} }} {HEAD}",
         CONV // 2 + LINEAR),
        # A gate that is shut, one that is half open, and one that its bias opens.
        (f"stem {{ mul {{ conv(4, 3) ; conv(4, 3) -> zero -> tanh }} }} {HEAD}", 0),
        (f"stem {{ mul {{ conv(4, 3) ; conv(4, 3) -> zero -> sigmoid }} }} {HEAD}", CONV + LINEAR),
        (f"stem {{ mul {{ conv(4, 3) ; zero -> conv(4, 3, bias=true) }} }} {HEAD}", CONV + LINEAR),
        (f"stem {{ mul {{ conv(4, 3) ; zero -> conv(4, 3) }} }} {HEAD}", 0),
        # What no one reads.
        (f"stem {{ conv(4, 3) }} block {{ banks b[2] of 4 enter b[0] {UNREAD} }} {HEAD}",
         CONV + LINEAR),
        # A bank to which zeros are added still holds what it held.
        (f"stem {{ conv(4, 3) }} block {{ bank x of 4 read x -> zero -> write x }} {HEAD}",
         CONV + LINEAR),
    ],
)  # fmt: skip
def test_live_params(body: str, alive: int) -> None:
    assert counts.live_params(program(body)).score == alive


def test_every_step_of_a_live_chain_is_live() -> None:
    made = program(f"stem {{ conv(4, 3) -> norm -> relu }} {HEAD}")
    assert live_paths(made.plan) == {step.index for step in made.plan.steps}


def cell(arch: str) -> list[tuple[int, int, str]]:
    """The edges of a cell that are not `none`: from, to, operation."""
    nodes = [part.strip("|").split("|") for part in arch.split("|+|")]
    edges = [
        (int(edge[-1]), node, edge[:-2]) for node, part in enumerate(nodes, 1) for edge in part
    ]
    return [edge for edge in edges if edge[2] != "none"]


def live_edges(arch: str) -> list[str]:
    """The operations of a cell that lie on a path from node 0 to node 3."""
    reached, reaching = {0}, {3}
    edges = cell(arch)
    for start, end, _ in edges:  # in the order of their ends
        reached |= {end} if start in reached else set()
    for start, end, _ in sorted(edges, reverse=True):
        reaching |= {start} if end in reaching else set()
    return [op for start, end, op in edges if start in reached and end in reaching]


def expected(arch: str) -> int:
    """The parameters of the network of a cell without those of dead edges."""
    kernels = [9 if op == "nor_conv_3x3" else 1 for op in live_edges(arch) if "conv" in op]
    cells = sum(5 * (c * c * k + 2 * c) for c in (16, 32, 64) for k in kernels)
    reductions = sum(c * 2 * c * 9 + 4 * c * c * 9 + 8 * c + c * 2 * c for c in (16, 32))
    rest = 3 * 16 * 9 + 2 * 16 + reductions + 2 * 64 + 64 * 10 + 10
    return cells + rest if live_edges(arch) else 0


def programs(shared_data: Path, every: int) -> Iterator[tuple[dict[str, str], smashdsl.Program]]:
    table = shared_data / "data" / "arch-benchmarks" / "nasbench201" / "dev.csv"
    cells = smashdsl.load(Path(__file__).parents[2] / "specs" / "nas_bench_201.smash")
    assert isinstance(cells, smashdsl.Space)
    with table.open(newline="") as file:
        for row in list(csv.DictReader(file))[::every]:
            ops = [edge.split("~")[0] for edge in row["arch"].replace("+", "").split("|") if edge]
            yield row, cells.rebuild({f"edge[{i}]": op for i, op in enumerate(ops)})


def test_dead_branches_of_a_cell(shared_data: Path) -> None:
    for row, made in programs(shared_data, 150):
        assert counts.live_params(made).score == expected(row["arch"]), row["arch"]


@pytest.mark.slow
def test_what_counting_is_worth(shared_data: Path) -> None:
    """Over all rows: .613, where dead convolutions count as well .575."""
    rows = list(programs(shared_data, 1))
    truth = [float(row["cifar10-test"]) for row, _ in rows]
    for count, known in ((counts.live_params, 0.613), (counts.params, 0.5745)):
        scores = [count(made).score for _, made in rows]
        assert tau(scores, truth) == pytest.approx(known, abs=5e-4)


def tau(xs: list[float], ys: list[float]) -> float:
    """Kendall's tau-b."""
    x, y = (np.sign(np.subtract.outer(values, values)) for values in (xs, ys))
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))
