"""How many programs a space has."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import smashdsl
from smashdsl import Space

SPECS = Path(__file__).parents[2] / "specs"
TWO = "stem { conv(one_of(1, 2), 3) }"


def space(body: str) -> Space:
    found = smashdsl.loads(
        f"space s {{ input 1x8 {body} head {{ global_avg_pool -> linear(2) }} }}"
    )
    assert isinstance(found, Space)
    return found


@pytest.mark.parametrize(("name", "count"), [("nas_bench_201", 5**6), ("nas_bench_macro", 3**8)])
def test_the_benchmarks_have_their_known_sizes(name: str, count: int) -> None:
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    assert found.size.exact == count
    assert found.size.log10 == pytest.approx(math.log10(count))


def test_options_without_weight_do_not_count() -> None:
    assert space("stem { conv(one_of(4: 1, 8: 0, 12: 2), one_of(3, 5)) }").size.exact == 4


def test_sets_of_banks_count_as_combinations() -> None:
    drawn = space(
        "stem { conv(8, 3) } block { banks b[4] of 2 read some(2, b) -> conv(2, 1) -> write b[0] }"
    )
    assert drawn.size.exact == math.comb(4, 2)


def test_draws_that_depend_on_draws_are_estimated() -> None:
    drawn = space(
        "block { bank x of 1 repeat 1..3 { read x -> conv(1, one_of(3, 5)) -> write x } }"
    )
    assert drawn.size.exact is None
    truth = 2 + 4 + 8
    assert drawn.size.log10 == pytest.approx(math.log10(truth), abs=0.3)
    assert "estimate" in str(drawn.size)


@pytest.mark.parametrize(
    ("body", "truth"),
    [
        (f"{TWO} if channels > 1 {{ transition {{ conv(one_of(1, 2), 1) }} }}", 3),
        ("op a { conv(one_of(2, 4), 3) } op b { relu } let e = one_of(a, b) stem { e }", 3),
        ("let k = one_of(1, 2) let m = [one_of(3, 5) for i in 0..k] stem { conv(4, m[0]) }", 12),
    ],
)  # fmt: skip
def test_what_is_not_the_same_for_all_programs_is_not_called_exact(body: str, truth: int) -> None:
    drawn = space(body)
    assert drawn.size.exact is None
    assert drawn.size.log10 == pytest.approx(math.log10(truth), abs=0.1)


def test_a_drawn_number_of_passes_without_draws_counts_once() -> None:
    drawn = space("block { bank x of 1 repeat 2..4 { read x -> conv(1, 3) -> write x } }")
    assert drawn.size.exact == 3


def test_intervals_count_as_one_way_and_are_mentioned() -> None:
    drawn = space("stem { dropout(uniform(0, 0.5)) -> conv(one_of(2, 4), 3) }")
    assert drawn.size.exact == 2
    assert drawn.size.continuous
