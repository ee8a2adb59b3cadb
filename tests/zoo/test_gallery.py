"""The zoo as one page."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from smashdsl.zoo.entries import entries, entry
from smashdsl.zoo.figures import figures
from smashdsl.zoo.gallery import gallery

ROWS = [(each, figures()[each.name]) for each in entries()]


@pytest.fixture(scope="module")
def page() -> str:
    return gallery(ROWS)


def card(page: str, name: str) -> str:
    found = re.search(rf'<li id="{name}">.*?</li>', page, re.DOTALL)
    assert found
    return found[0]


def words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", markup)).split())


def test_every_entry_has_a_card_in_its_part(page: str) -> None:
    programs, spaces = page.split('<section id="space"')
    for each, shown in ROWS:
        found = card(programs if each.kind == "program" else spaces, each.name)
        assert shown.thumbnail in found
        assert f"smashdsl zoo copy {each.name}" in words(found)
        assert each.source in words(found).replace(" ,", ",")


def test_what_a_card_says(page: str) -> None:
    network = card(page, "wide_resnet_28_10")
    assert "parameters 36.5M FLOPs 5.24G input 3×32×32 published 36.5M parameters" in words(network)
    assert '<a href="https://arxiv.org/abs/1605.07146">arXiv:1605.07146</a>' in network
    space = words(card(page, "nas_bench_201"))
    assert "parameters 73.3k–1.53M FLOPs 7.78M–220M" in space
    assert "programs 15,625" in space


def test_it_loads_nothing_and_runs_nothing(page: str) -> None:
    assert 'default-src &#x27;none&#x27;; style-src &#x27;unsafe-inline&#x27;"' in page
    assert not re.search(r"<(?:script|img|link|iframe|object|use)\b|src=|url\(|@import", page)


def test_texts_are_escaped() -> None:
    each = replace(entry("gated"), title="<b>&", source="by <i>, arXiv:1234.56789")
    page = gallery([(each, figures()["gated"])])
    assert "<p>&lt;b&gt;&amp;</p>" in page
    assert "by &lt;i&gt;, <a" in page


def test_the_same_rows_give_the_same_page(page: str) -> None:
    assert gallery(ROWS) == page
