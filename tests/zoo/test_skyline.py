"""A network as a line of bars."""

from __future__ import annotations

import pytest

import smashdsl
from smashdsl.zoo.skyline import MOST, SIGNS, drawn, skyline


def of(stem: str, *, side: int = 32) -> str:
    text = f"""program p {{
  input 3x{side}x{side}
  classes 10
  stem {{ {stem} }}
  head {{ global_avg_pool -> linear(classes) }}
}}"""
    return skyline(smashdsl.loads(text).plan)


def test_a_sign_says_how_many_channels_a_convolution_reads():
    assert of(
        "conv(16, 3) -> conv(31, 3) -> conv(32, 1) -> relu -> conv(2048, 1) -> conv(4, 1)"
    ) == ("01127")


def test_resolutions_stand_apart():
    stem = "conv(64, 3) -> conv(64, 3, stride=2) -> conv(8, 3) -> max_pool(2) -> conv(8, 1)"
    assert of(stem) == "0 33 0"


def test_neighbours_share_a_sign_where_there_are_many():
    wide = " -> ".join(["conv(16, 1)"] * 40 + ["conv(512, 1)"] * 40)
    line = of(wide, side=4)
    assert line == "1" * (MOST // 2) + "6" * (MOST // 2)
    assert of(f"{wide} -> avg_pool(2) -> {wide}", side=4).count(" ") == 1


def test_nothing_to_show():
    assert of("relu") == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", None, "no such encoding"])
def test_digits_where_there_are_no_bars(encoding: str | None):
    assert drawn("01 7", encoding) == "01 7"


def test_bars():
    assert drawn("01 7", "utf-8") == f"{SIGNS[0]}{SIGNS[1]} {SIGNS[7]}"
