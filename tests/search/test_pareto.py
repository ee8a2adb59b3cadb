"""The Pareto front of score and cost."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from smashdsl.search.pareto import front, picture


def entry(flops: int, score: float) -> Any:
    return SimpleNamespace(flops=flops, score=SimpleNamespace(score=score), hash=f"{flops} {score}")


def test_front() -> None:
    some = [entry(5, 0.9), entry(1, 0.1), entry(3, 0.5), entry(2, 0.5), entry(2, 0.3),
            entry(4, 0.4), entry(0, -math.inf), entry(9, 0.9)]  # fmt: skip
    found = front(cast(Any, some), "flops")
    assert [(each.flops, each.score.score) for each in found] == [(1, 0.1), (2, 0.5), (5, 0.9)]
    assert front([], "flops") == []
    with pytest.raises(ValueError, match="params, flops, depth"):
        front(cast(Any, some), "beauty")


def test_picture(tmp_path: Path) -> None:
    some = [entry(1, 0.1), entry(2, 0.5), entry(3, 0.2)]
    picture(tmp_path / "a.svg", cast(Any, some), "flops", "any")
    picture(tmp_path / "b.svg", cast(Any, some), "flops", "any")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "flops" in (tmp_path / "a.svg").read_text()
