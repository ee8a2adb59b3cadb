"""Sizes as lists, whose numbers may be drawn one by one."""

from __future__ import annotations

import pytest
from language.texts import facts, findings, only, program, space, stem

import smashdsl
from smashdsl import Program
from smashdsl.check.check import analyse

TWO = "2x8x8"
DRAWN = "stem { conv(4, [one_of(3, 5), one_of(1, 3)], dilation=[one_of(1, 2), 1]) }"


def test_a_list_is_a_shape() -> None:
    by_list = program("stem { conv(4, [3, 1 + 4]) -> max_pool([2, 1]) }", TWO)
    assert by_list.hash == program("stem { conv(4, 3x5) -> max_pool(2x1) }", TWO).hash
    assert stem("conv(4, [3, 3])", TWO) == stem("conv(4, 3)", TWO)
    assert stem("conv(4, [7])") == ["conv(4, 7)"]


def test_its_numbers_are_drawn_apart() -> None:
    drawn = space(DRAWN, TWO)
    found = {str(drawn.sample(seed).ir.stem[0].attrs["kernel"]) for seed in range(30)}
    assert found == {"3", "(3, 1)", "(5, 1)", "(5, 3)"}
    low, high = analyse(drawn.definition)[0].findings.costs["params"]
    head = 4 * 2 + 2
    assert (low, high) == (4 * 2 * 3 * 1 + head, 4 * 2 * 5 * 3 + head)


def test_what_was_drawn_is_found_again() -> None:
    drawn = space(DRAWN, TWO)
    for seed in range(4):
        sampled = drawn.sample(seed)
        bare = "\n".join(line for line in sampled.text.splitlines() if not line.startswith("#"))
        again = smashdsl.loads(bare)
        assert isinstance(again, Program)
        assert drawn.genome_of(again) == sampled.genome
        assert drawn.decode(sampled.encode().tensor).hash == sampled.hash


@pytest.mark.parametrize(
    ("text", "code", "fact"),
    [
        ("conv(4, [3, 0])", "E303", "whole number of at least 1"),
        ("conv(4, [3, [5]])", "E303", "whole number"),
        ("conv(4, [3, 5, 7])", "E404", "3 dimensions"),
        ("conv(4, [])", "E404", "0 dimensions"),
        ("conv([4, 4], 3)", "E303", "`units`"),
    ],
)
def test_lists_that_are_no_sizes(text: str, code: str, fact: str) -> None:
    found = only(f"stem {{ {text} }}", input=TWO)
    assert found.code == code
    assert fact in facts(found)


def test_an_error_names_the_draw() -> None:
    found = only("let k = one_of(3, 4)  stem { conv(4, [k, 3]) }", "space", TWO)
    assert found.code == "E406"
    assert "k = 4" in facts(found)
    assert findings("stem { conv(4, [one_of(3, 5), 0]) }", "space", TWO) == ["E303"]
