"""The parts that a page is made of."""

from __future__ import annotations

import doctest
import math
import re
from importlib.resources import files

import pytest

from smashdsl.report import trust
from smashdsl.report.chart import Series, figure
from smashdsl.report.training import MOST, curve


def test_examples_hold() -> None:
    failed, tried = doctest.testmod(trust)
    assert tried
    assert not failed


def test_what_is_not_finite_is_not_drawn() -> None:
    values = [1.0, math.nan, math.inf, 2.0]
    drawn = figure(
        "t", "a", "x", "y", [Series("s", [1, 2, 3, 4], values, "points", (), [math.inf] * 4)]
    )
    assert drawn.count("<circle") == 2
    assert not re.search(r"nan|inf\b", drawn)
    assert "nothing to draw" in figure("t", "a", "x", "y", [Series("s", [1], [math.nan])])


def test_a_single_point_can_be_drawn() -> None:
    for kind in ("points", "line", "steps", "dots"):
        assert "nan" not in figure("t", "a", "x", "y", [Series("s", [1], [1], kind)])


@pytest.mark.parametrize("kind", ["line", "steps"])
def test_a_line_of_one_point_is_a_spot_that_can_be_seen(kind: str) -> None:
    style = files("smashdsl.report").joinpath("style.css").read_text()
    width = re.search(r"^\.lone \{ stroke-width: ([\d.]+)", style, re.MULTILINE)
    assert width
    assert float(width[1]) > 5
    for values, alone in (([1.0], True), ([1.0, 2.0], False)):
        drawn = figure("t", "a", "x", "y", [Series("s", values, values, kind)])
        assert ('class="line lone"' in drawn) is alone


def test_points_lie_where_they_should() -> None:
    drawn = figure("t", "a", "x", "y", [Series("s", [1, 10, 1000], [0, 1, 2])], log_x=True)
    x = [float(each) for each in re.findall(r'cx="([\d.]+)"', drawn)]
    y = [float(each) for each in re.findall(r'cy="([\d.]+)"', drawn)]
    assert (x[2] - x[1]) / (x[1] - x[0]) == pytest.approx(2, abs=0.01)
    assert y[0] - y[1] == pytest.approx(y[1] - y[2], abs=0.11)
    assert y[0] > y[1]


def test_long_curves_are_averaged() -> None:
    lines = [{"step": step, "loss": float(step % 2)} for step in range(10 * MOST)]
    x, y = curve([*lines, {"step": 1}, {"step": 2, "loss": None}], "loss")
    assert len(x) == MOST
    assert set(y) == {0.5}
    assert x[0] == 4.5
