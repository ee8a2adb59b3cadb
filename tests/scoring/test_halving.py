"""Who is worth more images: estimates from few images, and how many they cost."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from smashdsl.scoring.halving import ROUND, ROUNDS, SHARE, estimate, most, survivors
from smashdsl.scoring.value import Value

STAGES = (200, 4000)
STATISTICS = 200


def likelihoods(programs: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Of networks that differ little, on images that differ much, in a few ways."""
    random = np.random.default_rng(seed)
    images = random.normal(size=(4, STAGES[-1]))
    taste = random.normal((3, 0, 0, 0), (0.5, 0.2, 0.2, 0.2), (programs, 4))
    noise = random.normal(0, 0.05, (programs, STAGES[-1]))
    return (taste @ images + noise + random.normal(0, 0.02, (programs, 1)) - 9).astype(np.float32)


def value(row: npt.NDArray[np.float32], stage: int) -> Value:
    return Value.mean_of(row[: STAGES[stage]], 0, STAGES[stage] + (stage + 1) * STATISTICS)


def halved(rows: npt.NDArray[np.float32], keep: int) -> list[int]:
    """Who goes on, in order."""
    first = [value(row, 0) for row in rows]
    later: dict[int, Value] = {}
    while chosen := survivors(first, later, keep, STAGES, 0, len(rows)):
        assert not set(chosen) & set(later)
        later |= {place: value(rows[place], 1) for place in chosen}
    return list(later)


def test_those_known_better_tell_how_hard_the_first_images_were() -> None:
    rows = likelihoods(60)
    truth = rows.mean(1)
    first = [value(row, 0) for row in rows]
    found = estimate(first[8:], [(first[n], value(rows[n], 1)) for n in range(8)])
    plain = np.array([each.score for each in first[8:]])

    def spread(errors: npt.NDArray[np.float64]) -> float:
        return float((errors - errors.mean()).std())

    assert spread(found.score - truth[8:]) < spread(plain - truth[8:]) / 3
    errors = (found.score - truth[8:]) / found.stderr
    assert np.abs(errors.mean()) < 1
    assert np.abs(errors).max() < 5


def test_nobody_known_leaves_the_means() -> None:
    first = [value(row, 0) for row in likelihoods(5)]
    found = estimate(first, [])
    assert found.score.tolist() == [each.score for each in first]
    assert found.stderr.tolist() == [each.stderr for each in first]


@pytest.mark.parametrize("seed", range(5))
def test_the_best_go_on(seed: int) -> None:
    rows = likelihoods(100, seed)
    best = set(np.argsort(-rows.mean(1))[:5].tolist())
    going = halved(rows, 5)
    assert len(best & set(going)) >= 4
    images = len(rows) * (STAGES[0] + STATISTICS) + len(going) * (
        STAGES[1] - STAGES[0] + STATISTICS
    )
    assert images <= SHARE * len(rows) * (STAGES[1] + STATISTICS)


def test_whom_the_best_beat_stays() -> None:
    rows = likelihoods(100)
    rows[20:] -= 5
    assert max(halved(rows, 3)) < 20


def test_as_many_as_are_looked_for_go_on_however_few_images_there_are() -> None:
    first = [value(row, 0) for row in likelihoods(40)]
    assert most(first, 10, STAGES, 0, 40) == math.ceil(1.25 * 10)
    assert len(halved(likelihoods(3), 10)) == 3


def test_a_few_rounds_do_for_many_programs() -> None:
    rows = likelihoods(400)
    first = [value(row, 0) for row in rows]
    limit = most(first, 3, STAGES, 0, 400)
    assert limit > ROUND * ROUNDS
    later: dict[int, Value] = {}
    for _ in range(ROUNDS):
        chosen = survivors(first, later, 3, STAGES, 0, 400)
        later |= {place: value(rows[place], 1) for place in chosen}
    assert len(later) <= limit
    assert not survivors(first, later, 3, STAGES, 0, 400)


def test_networks_without_finite_outputs_come_last() -> None:
    rows = likelihoods(30)
    rows[:10] = -np.inf
    assert min(halved(rows, 5)) >= 10
    assert sorted(halved(rows[:12], 12)) == list(range(12))


def test_equal_networks_are_no_trouble() -> None:
    rows = np.repeat(likelihoods(1), 20, axis=0)
    assert halved(rows, 3)[:ROUND] == list(range(ROUND))


def test_values_that_are_no_averages_go_by_their_scores() -> None:
    scores = [Value(float(n)) for n in range(20)]
    assert survivors(scores, {}, 3, (0, 10), 0, 20) == [19, 18, 17, 16]
