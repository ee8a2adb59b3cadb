"""Going through all programs of a space."""

from __future__ import annotations

import pytest

import smashdsl
from smashdsl import Space
from smashdsl.ir import content_hash
from smashdsl.space.enumeration import programs

BANKS = "stem { conv(4, 1) } block { banks b[4] of 1"


def genomes(body: str, most: int = 1000) -> list[str]:
    text = f"space s {{ input 1x8 {body} head {{ global_avg_pool -> linear(2) }} }}"
    space = smashdsl.loads(text)
    assert isinstance(space, Space)
    found = list(programs(space.definition, most))
    for made in found:
        assert content_hash(space.rebuild(made.program.genome).ir) == content_hash(made.program)
    return [str(made.program.genome) for made in found]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("", 1),
        ("stem { conv(one_of(1, 2), one_of(1, 3, 5)) }", 6),
        ("stem { conv(one_of(4: 1, 8: 0, 12: 2), one_of(3, 5)) }", 4),
        ("block { bank x of 1 repeat 1..3 { read x -> conv(1, one_of(3, 5)) -> write x } }", 14),
        (f"{BANKS} read some(one_of(1..4), b) -> conv(1, 1) -> write b[0] }}", 15),
        ("stem { dropout(uniform(0, 0.5)) -> conv(one_of(2, 4), 3) }", 2),
        ("stem { conv(one_of(1..9), 3) } require params <= 30", 5),
    ],
)  # fmt: skip
def test_every_way_to_make_the_draws_comes_once(body: str, count: int):
    found = genomes(body)
    assert len(set(found)) == len(found) == count


def test_only_so_many_are_looked_at():
    assert len(genomes("stem { conv(one_of(1..9), one_of(1, 3, 5)) }", 10)) == 10
    assert len(genomes("stem { conv(one_of(1..9), 3) } require params <= 30", 3)) == 3
