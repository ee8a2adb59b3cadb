"""What a few trained networks say of others."""

from __future__ import annotations

import numpy as np
import pytest

from smashdsl.scoring.ridge import expected


@pytest.mark.parametrize("sign", [1, -1])
def test_either_direction_is_learned(sign: int) -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 5))
    truth = sign * features[:, 2]
    known = [3, 14, 15, 26, 35, 48]
    found = expected(features, known, truth[known])
    assert np.corrcoef(found, truth)[0, 1] > 0.5


def test_it_is_ridge_regression_on_normal_ranks() -> None:
    """By a general solver, with the offset as a weight without a prior."""
    from smashdsl.scoring.mix import normal_ranks

    random = np.random.default_rng(1)
    features, known = random.normal(size=(30, 3)), [1, 2, 7, 20]
    reached = random.normal(size=4)
    ranks = normal_ranks(features, np.sort(features, axis=0))
    design = np.column_stack([np.ones(30), ranks])
    prior = np.diag([0.0, *[np.sqrt(3.0)] * 3])
    weights, *_ = np.linalg.lstsq(
        np.vstack([design[known], prior]), np.concatenate([reached, np.zeros(4)]), rcond=None
    )
    assert expected(features, known, reached) == pytest.approx(design @ weights)


def test_monotone_changes_and_units_change_nothing() -> None:
    random = np.random.default_rng(2)
    features, known = random.normal(size=(20, 2)), [0, 5, 9]
    reached = random.normal(size=3)
    found = expected(features, known, reached)
    assert expected(np.exp(features), known, reached) == pytest.approx(found)
    assert expected(features, known, 10 * reached) == pytest.approx(10 * found)
    assert expected(features, known, [2.0, 2.0, 2.0]) == pytest.approx(np.full(20, 2.0))
    odd = np.where(features < -1, np.nan, features)
    assert np.isfinite(expected(odd, known, reached)).all()
