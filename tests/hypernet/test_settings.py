"""Settings that make no sense are refused when they are made."""

from __future__ import annotations

import math
from typing import Any

import pytest

from smashdsl.hypernet.settings import OneShotSettings


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"steps": 0}, "at least 1 step, not 0"),
        ({"batch_size": 0}, "at least 1 batch_size"),
        ({"archs_per_step": 0}, "at least 1 archs_per_step"),
        ({"replicas": -1}, "at least 1 replicas"),
        ({"workers": -1}, "workers cannot be negative"),
        ({"probes": -1}, "probes cannot be negative"),
        ({"proposals": "best"}, "one of uniform, fair, sandwich, not 'best'"),
        ({"control": "x"}, "one of none, shared, unconditional, not 'x'"),
        ({"on_nan": "pray"}, "one of stop, skip, not 'pray'"),
        ({"proposals": "sandwich", "archs_per_step": 2}, "at least 3 architectures"),
        ({"average": 1.0}, "at least 0 and below 1"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and at most 1e+30"),
        ({"learning_rate": 1e38}, "learning_rate must be above 0 and at most 1e+30"),
        ({"learning_rate": math.nan}, "learning_rate must be above 0 and at most 1e+30"),
        ({"hypernet_rate": math.inf}, "hypernet_rate must be above 0 and at most 1e+30"),
        ({"clip": -1.0}, "clip must be above 0"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0"),
        ({"filter_decay": math.nan}, "filter_decay must be at least 0"),
        ({"warmup": 1.5}, "warmup must be at least 0 and at most 1"),
        ({"label_smoothing": -0.5}, "label_smoothing must be at least 0"),
    ],
)
def test_refused(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        OneShotSettings(**changes)
    assert part in str(error.value)


def test_accepted() -> None:
    OneShotSettings()
    OneShotSettings(proposals="sandwich", archs_per_step=3, average=0.999, warmup=0.0)
    OneShotSettings(learning_rate=1e30, workers=0, probes=0, probe_every=0, filter_decay=1.0)
