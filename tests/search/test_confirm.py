"""Choosing among programs that were trained, and what the search was worth."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import smashdsl
from smashdsl.search import confirm
from smashdsl.search.candidate import features_of
from smashdsl.search.confirm import Trained, choose, gain

SPACE = """
space tiny {
  input 1x8x8
  classes 10
  stem { conv(one_of(4, 8, 16), one_of(1, 3)) -> norm -> relu }
  head { global_avg_pool -> linear(classes) }
}
"""


def trained(
    number: int, reached: float, *, score: float = 0.0, best: bool = True, control: bool = False,
    seconds: float = 1.0, stderr: float = 0.01, promises: tuple[float, float] = (0.0, 0.0),
) -> Trained:  # fmt: skip
    of = smashdsl.loads(SPACE)
    assert isinstance(of, smashdsl.Space)
    entry = cast(Any, SimpleNamespace(score=SimpleNamespace(score=score)))
    return Trained(
        entry, of.sample(number), *promises, reached, stderr, 0.5, best, control, seconds
    )


def test_a_measurement_that_is_sure_decides() -> None:
    some = [trained(i, -0.1 * i, stderr=1e-6) for i in (3, 1, 2, 0)]
    found = choose(some)
    assert [each.reached for each in found.trained] == pytest.approx([0, -0.1, -0.2, -0.3])
    assert found.worth == pytest.approx([0, -0.1, -0.2, -0.3], abs=1e-4)


def test_a_doubtful_one_is_drawn_to_what_its_score_says() -> None:
    random = np.random.default_rng(0)
    some = [
        trained(i, score + 0.01 * random.normal(), score=score, stderr=0.01)
        for i, score in enumerate(np.linspace(-1, 0, 12))
    ]
    lucky = trained(12, 0.1, score=-0.8, stderr=3.0)
    found = choose([*some, lucky])
    assert found.trained[0] is not lucky
    assert found.mix is not None
    assert found.mix.shares[0] > 0
    worth = found.worth[[each is lucky for each in found.trained].index(True)]
    assert worth < -0.2


def test_few_are_taken_as_measured_and_failures_come_last() -> None:
    found = choose([trained(0, -math.inf), trained(1, -0.5), trained(2, -0.2)])
    assert found.mix is None
    assert [each.reached for each in found.trained] == [-0.2, -0.5, -math.inf]
    assert found.worth[:2] == (-0.2, -0.5)
    with pytest.raises(ValueError, match="nothing was trained"):
        choose([])


def test_gain_over_random_at_equal_cost() -> None:
    reached = [-0.5, -0.4, -0.6, -0.5]
    controls = [trained(i, r, best=False, control=True) for i, r in enumerate(reached)]
    best = [trained(9, -0.2), trained(10, -0.3)]
    found = gain([*controls, *best], seconds=10)
    assert found is not None
    assert found.random == pytest.approx(-0.5)
    assert found.trained == 4 + 12
    draws = np.random.default_rng(0).normal(-0.5, found.spread, (20_000, 16)).max(1).mean()
    assert found.expected == pytest.approx(draws, abs=0.005)
    assert found.gain == pytest.approx(-0.2 - found.expected)
    assert found.low < found.gain < found.high
    assert found.controls == 4
    free = gain([*controls, *best], seconds=0)
    assert free is not None
    assert free.trained == 6
    assert free.expected < found.expected
    assert gain(controls, 1) is None
    assert gain([*best, controls[0]], 1) is None


def test_one_that_is_both_counts_once() -> None:
    both = trained(0, -0.3, control=True)
    found = gain([both, trained(1, -0.5, best=False, control=True)], seconds=0)
    assert found is not None
    assert found.trained == 2
    assert found.best == -0.3


@pytest.mark.parametrize("n", [2, 3, 8])
def test_the_interval_of_a_gain_is_what_it_says(n: int) -> None:
    """The truth (here 0 less the best of ten standard normal ones) lies in 95 % of intervals."""
    random, stderr = np.random.default_rng(0), 0.1
    control, best = trained(0, 0, best=False, control=True), trained(1, 0, stderr=stderr)
    inside = 0
    for _ in range(600):
        some = [replace(control, reached=float(each) - 99) for each in random.normal(size=n)]
        top = replace(best, reached=float(random.normal(0, stderr)) - 99)
        found = gain([*some, top], seconds=10.0 - n - 1)
        assert found is not None
        assert found.trained == 10
        inside += found.low < -1.5388 < found.high
    assert 0.92 < inside / 600 < 0.98


@pytest.mark.parametrize(("n", "best", "more"), [
    (3, -0.5, True), (3, 50.0, False), (3, -50.0, False), (8, -0.5, False),
])  # fmt: skip
def test_more_random_programs_are_asked_for_where_they_would_help(
    n: int, best: float, more: bool
) -> None:
    controls = [trained(i, -0.5 + i / 100, best=False, control=True) for i in range(n)]
    found = gain([*controls, trained(9, best)], seconds=0)
    assert found is not None
    assert found.wants_more is more


def test_nothing_is_expected_to_be_certain_of_all_answers() -> None:
    controls = [trained(i, -1.0 - i, best=False, control=True) for i in range(3)]
    found = gain([*controls, trained(9, -0.5)], seconds=100)
    assert found is not None
    assert found.expected == 0
    assert found.gain == -0.5
    assert found.low <= found.gain


def test_expected_maximum() -> None:
    random = np.random.default_rng(0)
    for n in (2, 3, 5, 30):
        simulated = random.normal(size=(40_000, n)).max(1).mean()
        assert confirm._expected_maximum(n) == pytest.approx(simulated, abs=0.02)
    assert confirm._expected_maximum(1) == 0


def test_what_a_program_promises_counts() -> None:
    """Where training cannot tell programs apart, the mix does."""
    promises = [(float(i), float(i)) for i in range(8)]
    some = [trained(0, 0.1 * i, promises=promises[i], stderr=10.0) for i in range(8)]
    assert features_of(some)[:, 4].tolist() == list(range(8))
    found = choose(some)
    assert found.trained[0].expressivity == 7
    assert found.mix is not None
    assert found.mix.names[-2:] == ("expressivity", "trainability")
    assert found.mix.shares[-1] > 0
