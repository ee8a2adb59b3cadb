"""Settings, on their way through JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from smashdsl.search.settings import RankSettings, SearchSettings, preset, restored


def through_json(settings: Any) -> Any:
    return json.loads(json.dumps(dataclasses.asdict(settings)))


@pytest.mark.parametrize("data", ["digits", "some/folder"])
def test_settings_survive_json(data: str):
    settings = preset(data).seeded(7)
    assert restored(SearchSettings, through_json(settings)) == settings
    assert settings.train.seed == settings.fit.seed == 7


def test_a_whole_number_may_stand_for_a_real_one():
    data = through_json(SearchSettings())
    data["fit"]["warmup"] = 1
    found = restored(SearchSettings, data).fit.warmup
    assert found == 1.0
    assert isinstance(found, float)


@pytest.mark.parametrize(
    "broken",
    [
        {"random": 1},
        {"random": 1, "proposed": 1, "keep": 1, "more": 1},
        {"random": "1", "proposed": 1, "keep": 1},
        {"random": True, "proposed": 1, "keep": 1},
        {"random": 1.5, "proposed": 1, "keep": 1},
        [1, 2, 3],
        None,
    ],
)
def test_other_data_are_refused(broken: Any):
    with pytest.raises(ValueError, match=r"\w"):
        restored(RankSettings, broken)
