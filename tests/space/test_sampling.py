"""Sampling under requirements: rejection, its error, and repair."""

from __future__ import annotations

import pytest

import smashdsl
from smashdsl import SmashError, Space
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.run import elaborate

CHAIN = """
space chain {{
  input 1x8
  block {{ bank x of 1
    repeat 4 {{ read x -> conv(1, one_of({options})) -> write x }} }}
  head {{ global_avg_pool -> linear(2) }}
  require {condition}
}}
"""
ODD = ", ".join(str(k) for k in range(1, 80, 2))


def chain(condition: str, options: str = ODD) -> Space:
    found = smashdsl.loads(CHAIN.format(options=options, condition=condition))
    assert isinstance(found, Space)
    return found


def test_samples_meet_the_requirement() -> None:
    space = chain("params <= 120")
    for seed in range(10):
        program = space.sample(seed)
        assert program.costs.params <= 120
        assert not program.repaired


def test_giving_up_early_changes_nothing() -> None:
    """A sample that is abandoned half-way is one that would have been rejected."""
    space = chain("params <= 80 and flops <= 700")
    for seed in range(5):
        program = space.sample(seed)
        attempt = 0
        while elaborate(space.definition, RandomChooser(seed, attempt)).unmet is not None:
            attempt += 1
        plain = elaborate(space.definition, RandomChooser(seed, attempt))
        assert dict(plain.program.genome) == dict(program.genome)


def test_a_rare_program_is_found_by_repair_and_says_so() -> None:
    space = chain("params <= 8")
    program = space.sample(0)
    assert program.costs.params == 8
    assert program.repaired
    assert space.sample(0).hash == program.hash


def test_the_error_says_which_requirement_failed_how_often_and_how_near_it_came() -> None:
    space = chain("depth >= 2\n  require params <= 7", options="3, 5")
    with pytest.raises(SmashError) as caught:
        space.sample(0)
    (error,) = caught.value.diagnostics
    assert error.code == "E702"
    told = [note.message for note in error.notes]
    assert "`require params <= 7` failed 1,000 of 1,000 times" in told
    assert "the nearest: `params` was 16, and must be <= 7" in told


def test_lower_bounds_are_repaired_too() -> None:
    space = chain("params >= 316")
    assert space.sample(3).costs.params >= 316


@pytest.mark.parametrize(("condition", "least"), [("params <= 120", 1), ("params <= 8", 1001)])
def test_every_attempt_is_told(condition: str, least: int) -> None:
    tried: list[int] = []
    plain = chain(condition).sample(0)
    assert chain(condition).sample(0, tried=lambda: tried.append(1)).hash == plain.hash
    assert least <= len(tried) <= 2000
