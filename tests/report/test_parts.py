"""The parts that a page is made of."""

from __future__ import annotations

import doctest
import math
import re

import pytest

import smashdsl
from smashdsl.report import markup, numbers, trust
from smashdsl.report.chart import Series, figure
from smashdsl.report.markup import Html, tag
from smashdsl.report.numbers import log_ticks, ticks
from smashdsl.report.thumbnail import MOST_COLUMNS, MOST_LANES, thumbnail
from smashdsl.report.training import MOST, curve


@pytest.mark.parametrize("module", [markup, numbers, trust])
def test_examples_hold(module: object) -> None:
    failed, tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried
    assert not failed


def test_only_markup_is_not_escaped() -> None:
    made = tag("p", '<script>"', [Html("<b>ok</b>"), None, "a\x00b"], title='"><x', hidden=True)
    assert made == (
        '<p title="&quot;&gt;&lt;x" hidden>&lt;script&gt;&quot;<b>ok</b>a�b</p>'
    )  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1e-7, 3e-7), (5, 5), (1e9, 3e9), (-3, -2.9)])
def test_ticks_are_within_and_few(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 1 <= len(found) <= 7
    assert all(low <= each <= high for each in found)


def test_ticks_of_logarithms() -> None:
    assert log_ticks(900, 1_200_000) == [1e3, 1e4, 1e5, 1e6]
    assert log_ticks(2_000, 60_000) == [3e3, 1e4, 3e4]


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


LONG = """\
program long {
  input 3x8x8
  classes 4
  stem { conv(8, 3) }
  block {
    bank x of 8
    banks b[100] of 1
    read x -> conv(108, 1) -> write x, b
    repeat 300 { read x, b -> conv(8, 3) -> write x }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def test_a_picture_stays_small() -> None:
    program = smashdsl.loads(LONG)
    assert isinstance(program, smashdsl.Program)
    drawn = thumbnail(program.ir)
    assert len(drawn) < 16 * MOST_COLUMNS * MOST_LANES + 4000
    assert "blocks: 1, banks: 101, layers: 301" in drawn


def test_a_network_without_blocks_has_a_picture() -> None:
    program = smashdsl.loads(
        "program p { input 1x4x4 classes 2 stem { conv(2, 3) -> relu } "
        "head { global_avg_pool -> linear(classes) } }"
    )
    assert isinstance(program, smashdsl.Program)
    assert thumbnail(program.ir).startswith("<svg")
