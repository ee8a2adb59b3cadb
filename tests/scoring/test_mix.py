"""The calibrated mix finds what matters, says how sure it is, and is cautious with few networks."""

from __future__ import annotations

import numpy as np
import pytest

from smashdsl.scoring.mix import fit_mix
from smashdsl.studies.agreement import kendall

NAMES = ("score", "params", "depth")


def draw(n: int, seed: int, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Features of quite different scales; the first matters most, the last speaks against."""
    random = np.random.default_rng(seed)
    unit = random.normal(size=(n, 3))
    truth = 0.7 + 0.2 * unit[:, 0] + 0.1 * unit[:, 1] - 0.1 * unit[:, 2]
    return np.exp(unit) * [1, 1e6, 5], truth + noise * random.normal(size=n)


def test_it_finds_what_matters() -> None:
    features, truth = draw(300, 0)
    mix = fit_mix(NAMES, features, truth)
    assert mix.shares == pytest.approx([0.2, 0.1, -0.1], abs=0.03)
    assert mix.offset == pytest.approx(0.7, abs=0.03)
    assert mix.noise == pytest.approx(0.01, rel=0.3)
    later, expected = draw(300, 1, noise=0.0)
    assert kendall(mix.predict(later)[0], expected) > 0.9


def test_it_starts_from_all_features_alike() -> None:
    """Three noisy networks do not overturn what all features say together."""
    random = np.random.default_rng(0)
    taus = []
    for seed in range(20):
        unit = np.random.default_rng(seed).normal(size=(200, 3))
        truth = unit.mean(1)
        noisy = truth[:4] + 0.3 * random.normal(size=4)
        mix = fit_mix(NAMES, unit[:4], noisy, unit)
        if mix.weights[0] > 0:
            taus.append(kendall(mix.predict(unit)[0], truth))
    assert len(taus) > 10
    assert np.median(taus) > 0.8


def test_intervals_hold() -> None:
    inside = []
    for seed in range(40):
        features, truth = draw(60, seed)
        mean, deviation = fit_mix(NAMES, features[:20], truth[:20], features).predict(features[20:])
        inside.append(np.abs(truth[20:] - mean) < 1.96 * deviation)
    assert 0.88 < np.mean(inside) < 0.99


def test_noise_alone_gives_no_weights() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(30, 3))
    even = fit_mix(NAMES, features, np.ones(30))
    assert np.abs(even.shares).max() < 1e-6
    assert even.predict(features)[0] == pytest.approx(1.0)
    wide = fit_mix(NAMES, features, random.normal(size=30))
    assert np.abs(wide.shares).max() < 0.5


def test_features_that_speak_against_are_believed_where_that_is_likely() -> None:
    """In a space of plain chains, deeper networks were worse: the mix has to notice."""
    features, truth = draw(30, 1)
    mix = fit_mix(NAMES[:2], features[:, :2], -truth)
    later, expected = draw(50, 2, noise=0)
    assert max(mix.shares) < 0
    assert kendall(mix.predict(later[:, :2])[0], -expected) > 0.5


def test_a_few_noisy_networks_turn_no_features_round() -> None:
    turned = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        mix = fit_mix(NAMES, random.normal(size=(6, 3)), random.normal(size=6))
        if mix.weights[0] < 1e-3:
            turned.append(np.abs(mix.weights[1:]).max() > 0)
    assert len(turned) > 10
    assert np.mean(turned) < 0.4


def test_units_do_not_matter() -> None:
    features, truth = draw(20, 3)
    later, _ = draw(10, 4)
    mean, deviation = fit_mix(NAMES, features, truth).predict(later)
    other = fit_mix(NAMES, np.log(features) * [1, 10, 3] + 7, 1000 * truth - 5)
    scaled, wide = other.predict(np.log(later) * [1, 10, 3] + 7)
    assert scaled == pytest.approx(1000 * mean - 5, rel=1e-6)
    assert wide == pytest.approx(1000 * deviation, rel=1e-5)


def test_settling_between_measurement_and_prediction() -> None:
    features, truth = draw(20, 5)
    mix = fit_mix(NAMES, features, truth)
    mean, deviation = mix.predict(features)
    exact, sure = mix.settle(features, truth, np.zeros(20))
    assert exact == pytest.approx(truth)
    assert sure == pytest.approx(0)
    vague, unsure = mix.settle(features, truth, np.full(20, 1e6))
    assert vague == pytest.approx(mean, abs=1e-6)
    assert unsure == pytest.approx(deviation, rel=1e-6)
    half, _ = mix.settle(features, truth, deviation)
    assert half == pytest.approx((mean + truth) / 2)


def test_odd_features() -> None:
    features, truth = draw(10, 6)
    features[2, 0], features[5, 1], features[:, 2] = -np.inf, np.nan, 3.0
    mean, deviation = fit_mix(NAMES, features, truth).predict(features)
    assert np.isfinite(mean).all()
    assert np.isfinite(deviation).all()
    with pytest.raises(ValueError, match="3 networks or more"):
        fit_mix(NAMES, features[:2], truth[:2])
    with pytest.raises(ValueError, match="features"):
        fit_mix(NAMES[:2], features, truth)
