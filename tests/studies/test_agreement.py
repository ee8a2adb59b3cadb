"""Rank correlations: values known from elsewhere, and intervals that hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from smashdsl.studies.agreement import agreement, difference


def test_small_cases_by_hand() -> None:
    found = agreement([1, 2, 3, 4], [1, 3, 2, 4])
    assert found.kendall.value == pytest.approx(4 / 6)
    assert found.spearman.value == pytest.approx(0.8)
    assert found.kendall.n == 4
    assert found.top_half.n == 2
    assert math.isnan(found.top_half.value)
    assert str(found.top_half) == "–"


def test_perfect_and_reversed() -> None:
    values = np.arange(50.0)
    assert agreement(values, values**3).kendall.value == pytest.approx(1)
    assert agreement(-values, values).spearman.value == pytest.approx(-1)
    assert math.isnan(agreement(np.ones(50), values).kendall.value)


def test_a_score_that_failed_is_the_worst() -> None:
    truth = np.arange(6.0)
    assert agreement([-math.inf, 1, 2, 3, 4, 5], truth).kendall.value == pytest.approx(1)
    assert agreement([math.nan, 1, 2, 3, 4, 5], truth).kendall.value == pytest.approx(1)


def test_the_better_half_is_the_better_half() -> None:
    truth = np.arange(40.0)
    score = np.where(truth < 20, -truth, truth + 100)
    found = agreement(score, truth)
    assert found.top_half.value == pytest.approx(1)
    assert found.top_half.n == 20
    assert found.kendall.value < 0.8


def test_pairs_of_equal_cost() -> None:
    random = np.random.default_rng(0)
    cost, truth, score = random.uniform(1, 3, 30), random.normal(size=30), random.normal(size=30)
    signs = [
        np.sign((score[i] - score[j]) * (truth[i] - truth[j]))
        for i, j in itertools.combinations(range(30), 2)
        if max(cost[i], cost[j]) <= 1.1 * min(cost[i], cost[j])
    ]
    assert 10 < len(signs) < 200
    assert agreement(score, truth, cost).equal_cost.value == pytest.approx(np.mean(signs))
    only_cost = agreement(cost, cost + 0.001 * truth, cost)
    assert only_cost.equal_cost.value > 0.9
    assert agreement(score, truth).equal_cost.n == 30
    assert math.isnan(agreement(score, truth).equal_cost.value)


def test_intervals_hold() -> None:
    """For normal values with correlation r, tau is 2/pi asin(r)."""
    r, inside = 0.6, 0
    expected = 2 / math.pi * math.asin(r)
    for seed in range(40):
        random = np.random.default_rng(seed)
        truth = random.normal(size=60)
        score = r * truth + math.sqrt(1 - r * r) * random.normal(size=60)
        tau = agreement(score, truth).kendall
        inside += tau.low <= expected <= tau.high
    assert inside >= 33


def test_a_difference_is_paired() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=100)
    weak = truth + 2 * random.normal(size=100)
    better = weak + 0.5 * truth
    gain = difference(better, weak, truth)
    assert gain.low > 0
    apart = agreement(better, truth).kendall, agreement(weak, truth).kendall
    assert apart[0].low < apart[1].high
    none = difference(weak, weak, truth)
    assert (none.value, none.low, none.high) == (0, 0, 0)


def test_the_same_each_time() -> None:
    random = np.random.default_rng(1)
    truth, score = random.normal(size=30), random.normal(size=30)
    assert agreement(score, truth) == agreement(score, truth, None)
    assert agreement(score, truth, seed=1) != agreement(score, truth, seed=2)


@pytest.mark.parametrize(("n", "known"), [(9, False), (10, True)])
def test_few_networks_have_no_interval(n: int, known: bool) -> None:
    truth = np.arange(n, dtype=float)
    tau = agreement(truth, truth).kendall
    assert tau.value == 1
    assert math.isnan(tau.low) is not known
    assert ("too few" in str(tau)) is not known
    gain = difference(truth, -truth, truth)
    assert gain.value == 2
    assert math.isnan(gain.high) is not known
