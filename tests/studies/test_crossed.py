"""Mixes that are judged on what they do not know."""

from __future__ import annotations

import numpy as np

from smashdsl.studies.agreement import agreement
from smashdsl.studies.crossed import crossed


def made(n: int, noise: float, seed: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray]:
    random = np.random.default_rng(seed)
    parts = random.normal(size=(2, n))
    truth = parts.sum(0) + noise * random.normal(size=n)
    return {"one": parts[0], "other": parts[1]}, truth


def tau(values: np.ndarray, truth: np.ndarray) -> float:
    return agreement(values, truth).kendall.value


def test_a_mix_finds_what_its_parts_do_not() -> None:
    scores, truth = made(100, 0.3)
    mixed = crossed(scores, truth)
    assert mixed is not None
    alone = max(tau(values, truth) for values in scores.values())
    assert tau(mixed, truth) > alone + 0.2


def test_what_is_known_of_a_network_does_not_help_it() -> None:
    """Features without meaning, as many as there are networks to learn from, foresee nothing."""
    random = np.random.default_rng(0)
    taus = []
    for seed in range(20):
        scores = {str(number): random.normal(size=100) for number in range(20)}
        truth = random.normal(size=100)
        mixed = crossed(scores, truth, seed)
        assert mixed is not None
        taus.append(tau(mixed, truth))
    assert abs(np.mean(taus)) < 0.05
    truth = np.full(100, 0.0)
    truth[7] = 100.0  # only the mixes that do not know this network count for it
    scores = {"mark": np.eye(100)[7], "noise": random.normal(size=100)}
    mixed = crossed(scores, truth)
    without = crossed(scores, np.where(np.arange(100) == 7, 0.0, truth))
    assert mixed is not None
    assert without is not None
    assert mixed[7] == without[7]


def test_too_few_networks_give_no_mix() -> None:
    scores, truth = made(14, 0.1)
    assert crossed(scores, truth) is None
    assert crossed(*made(15, 0.1)) is not None


def test_diverged_networks_are_not_learned_from() -> None:
    scores, truth = made(60, 0.1)
    truth[3] = -np.inf
    mixed = crossed(scores, truth)
    assert mixed is not None
    assert np.isfinite(mixed).all()
