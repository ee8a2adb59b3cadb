"""Parts of web pages."""

from __future__ import annotations

import base64
import doctest
import hashlib
import re
from xml.etree import ElementTree

import pytest

import smashdsl
from smashdsl.backends.web import markup, numbers
from smashdsl.backends.web.document import document
from smashdsl.backends.web.markup import Html, tag
from smashdsl.backends.web.numbers import log_ticks, ticks
from smashdsl.backends.web.thumbnail import (
    HEIGHT,
    MOST_COLUMNS,
    MOST_LANES,
    THUMBNAIL_CSS,
    WIDTH,
    picture_file,
    thumbnail,
)


@pytest.mark.parametrize("module", [markup, numbers])
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


def test_a_network_without_blocks_has_a_picture_of_its_chains() -> None:
    program = smashdsl.loads(
        "program p { input 1x4x4 classes 2 stem { conv(2, 3) -> relu -> avg_pool(2) } "
        "head { global_avg_pool -> linear(classes) } }"
    )
    assert isinstance(program, smashdsl.Program)
    drawn = thumbnail(program.ir)
    assert "blocks: 0, banks: 0, layers: 5" in drawn
    assert drawn.count('class="lane"') == 2
    assert {"k-conv", "k-activation", "k-pool", "k-linear"} <= set(re.findall(r"k-\w+", drawn))


def test_a_picture_stands_alone_as_a_file() -> None:
    program = smashdsl.loads(LONG)
    assert isinstance(program, smashdsl.Program)
    root = ElementTree.fromstring(picture_file(thumbnail(program.ir)))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == (str(WIDTH), str(HEIGHT))
    assert root[0].text == THUMBNAIL_CSS


def test_a_page_runs_no_script_but_its_own() -> None:
    page = document("a < b", tag("p", "text"), style=".x { y: z; }", script="1 < 2")
    assert "<title>a &lt; b</title>" in page
    digest = base64.b64encode(hashlib.sha256(b"1 < 2").digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in page
    assert page.endswith("<p>text</p><script>1 < 2</script></body></html>\n")
    assert page.index("--page:") < page.index(".x { y: z; }")
    assert "script" not in document("t", tag("p", "text"))
