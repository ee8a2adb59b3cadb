"""Encodings as heat maps."""

from __future__ import annotations

import random
import re

import pytest
from svg_text import texts

import smashdsl
from smashdsl.backends.render import limits as picture_limits
from smashdsl.backends.render import render_encoding
from smashdsl.backends.render.heat import LABEL, rectangles, spans, text_width
from smashdsl.backends.render.shade import character, shade
from smashdsl.diagnostics.diagnostic import SmashError

NAMES = ["read b[0]", 'write <b> & "c" \\N', "width"]
ROWS = [[1.0, 1.0, -1.0, -1.0], [-1.0, 1.0, 1.0, -1.0], [0.5, 0.5, 0.5, -0.2]]
OWNERS = ["blocks.0.layers.0", "blocks.0.layers.0", "blocks.0.layers.1", "head"]


def test_channels_and_owners_are_labelled():
    shown = texts(render_encoding(NAMES, ROWS, OWNERS, title="one"))
    assert {"one", "3 channels, 4 slices", "read b[0]", "width"} <= set(shown)
    assert "1  blocks.0.layers.0 (2)" in shown
    assert "3  head (1)" in shown
    assert any(text.startswith('write <b> & "c"') for text in shown)


def test_cells_have_their_colours():
    picture = render_encoding(NAMES, ROWS, OWNERS)
    scale = 5
    cells = picture.count("<polygon") - scale - 1
    assert cells == 1 + rectangles(ROWS) == 1 + 4
    assert picture.count(f'fill="{shade(0.5)}"') == 2, "one cell, and its place on the scale"


def test_a_narrow_map_leaves_room_for_its_header():
    def place(text: str) -> float:
        found = re.search(rf'<text [^>]*\bx="([-0-9.]+)"[^>]*>{text}</text>', picture)
        assert found, text
        return float(found[1])

    picture = render_encoding(["c"], [[1.0]], ["o"])
    assert isinstance(picture, str)
    words = "1 channel, 1 slice"
    assert place(words) + text_width(words, LABEL) < place("&#45;1") - text_width("-1", LABEL)


def test_text():
    lines = render_encoding(NAMES, ROWS, OWNERS, format="text").splitlines()
    assert lines[2].endswith(" ██··")
    assert lines[3].endswith(" ·██·")
    assert lines[4].endswith(" 8884")
    assert "0–1  blocks.0.layers.0" in lines
    ascii = render_encoding(NAMES, ROWS, OWNERS, format="text", ascii=True)
    assert ascii.isascii()
    assert "##.." in ascii


@pytest.mark.parametrize("format", ["svg", "png", "pdf", "dot"])
def test_the_same_each_time(format: str):
    first, second = (render_encoding(NAMES, ROWS, OWNERS, format=format) for _ in range(2))
    assert first == second


def test_a_large_map_is_drawn():
    chance = random.Random(0)
    rows = [[chance.choice((-1.0, 1.0)) for _ in range(100)] for _ in range(60)]
    picture = render_encoding([f"c{i}" for i in range(60)], rows, [f"o{i}" for i in range(100)])
    assert picture.count("<polygon") > 1000


def test_limits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(picture_limits, "MOST_RECTANGLES", 2)
    with pytest.raises(SmashError, match="4 rectangles") as raised:
        render_encoding(NAMES, ROWS, OWNERS)
    assert raised.value.diagnostics[0].code == "E830"


@pytest.mark.parametrize(
    "arguments", [(NAMES[:2], ROWS, OWNERS), (NAMES, ROWS, OWNERS[:3]), (NAMES, ROWS[:2], OWNERS)]
)
def test_sizes_must_fit(arguments: tuple[list[str], list[list[float]], list[str]]):
    with pytest.raises(ValueError, match="do not fit"):
        render_encoding(*arguments)


def test_shades_run_from_light_to_dark():
    shades = [shade(v) for v in (-2, -1, -0.5, 0, 0.5, 1, 2)]
    assert shades[0] == shades[1]
    assert shades[-1] == shades[-2]
    assert sorted(shades, reverse=True) == shades
    assert [character(v) for v in (-1, 0, 1)] == ["·", "5", "█"]


def test_neighbours_with_one_owner_share_a_number():
    assert spans(["a", "a", "b", "a"]) == [(0, 2, "a"), (2, 3, "b"), (3, 4, "a")]
    assert spans([]) == []


SPACE = """
space tiny {
  input 3x8x8
  classes 10
  stem { conv(16, 3) }
  block {
    banks b[4] of 8
    repeat 2 {
      let n = one_of(1..2)
      read some(n, written) -> conv(8, 1) -> write some(1, fresh(1), written)
    }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def test_the_encoding_of_a_program():
    program = smashdsl.loads(SPACE).sample(0)
    encoding = program.encode()
    channels, _, width = encoding.tensor.shape[1:]
    text = program.render("encoding", "text")
    lines = text.splitlines()
    assert lines[0].startswith(f"tiny: encoding: {channels} channels, {width} slices")
    names = [channel.name for channel in encoding.layout.table()]
    for channel, (name, line) in enumerate(zip(names, lines[2:], strict=False)):
        highest = encoding.tensor[0, channel].amax(dim=0).tolist()
        assert line == f"{name:<{max(map(len, names))}} {''.join(map(character, highest))}"
    assert "blocks.0.layers.1" in text
