"""Whether all programs of a space make the same draws."""

from __future__ import annotations

from pathlib import Path

import pytest

import smashdsl
from smashdsl import Space
from smashdsl.check.fixed import varying_place
from smashdsl.space.fixed import fixed_draws

SPECS = Path(__file__).parents[2] / "specs"
LAYER = "read x -> conv(8, one_of(1, 3)) -> write x"
BLOCK = f"block {{ bank x of 8 {LAYER} }}"
STEM = "stem { conv(8, 3) }"
FIXED = {
    "no draw": STEM,
    "draws": "stem { conv(one_of(2, 4), 3) -> dropout(uniform(0, 0.5)) }",
    "a condition that draws do not decide": "stem { conv(one_of(2, 4), 3) } "
    "if channels > 8 { transition { conv(one_of(1, 2), 3) } }",
    "passes": f"{STEM} block {{ bank x of 8 repeat 3 {{ {LAYER} }} }}",
    "a drawn number of passes without draws": f"{STEM} block {{ bank x of 8 "
    f"repeat 1..3 {{ read x -> conv(8, 3) -> write x }} }} {BLOCK}",
    "a set of banks": f"{STEM} block {{ banks b[4] of 2 read some(2, b) -> conv(2, 1) "
    "-> write some(1, b) }",
    "empty banks": f"{STEM} block {{ banks b[6] of 2 enter b[0..3] read b[0] -> conv(2, 1) "
    "-> write some(1, fresh(2)) }",
    "an operation": "op a { relu } op b { tanh } stem { conv(4, 3) -> one_of(a, b) }",
    "draws of an operation": "op a(u) { conv(u, one_of(1, 3)) } stem { a(4) -> a(one_of(4, 8)) }",
    "an item of a list": "let k = one_of(0, 1) let m = [one_of(3, 5), 3] stem { conv(4, m[k]) }",
    "training": f"train {{ lr = one_of(0.1, 0.2) }} {STEM}",
}
VARYING = {
    "options": "let k = one_of(1, 2) stem { conv(one_of(1..k), 3) }",
    "options by channels": "stem { conv(one_of(8, 16), 3) -> conv(8, 3) } "
    "block { bank x of 8 read x -> conv(one_of(1..2) * 8, 3) -> conv(8, one_of(1, 3)) "
    "-> write x } if one_of(0, 1) == 1 { transition { conv(one_of(2, 4), 3) } }",
    "options by what is written": f"{STEM} block {{ banks b[4] of 2 let u = one_of(1, 2) "
    "enter b[0..3] read b[0] -> conv(2, 1) -> write b[0] "
    "read some(u, b) -> conv(2, 1) -> write b[1] }",
    "weights": "let k = one_of(0, 1) stem { conv(one_of(2: k, 4: 1), 3) }",
    "weights by a formula": "let k = one_of(0, 1) "
    "stem { conv(one_of(u in 1..4 weight 1 + k * u), 3) }",
    "an interval": "let k = uniform(0.1, 0.5) stem { conv(4, 3) -> dropout(uniform(0, k)) }",
    "a probability": "let k = uniform(0, 1) stem { conv(4, 3) -> (relu if chance(k)) }",
    "a branch": "let k = one_of(0, 1)\nif k == 1 { transition { conv(one_of(1, 2), 3) } }",
    "a branch by channels": "stem { conv(one_of(8, 16), 3) } "
    "if channels == 8 { transition { conv(one_of(4, 8), 3) } }",
    "a stage that may be there": "let k = one_of(false, true) "
    "stem { conv(4, 3) -> (conv(one_of(2, 4), 3) if k) }",
    "a branch of a sum": "let k = one_of(false, true) "
    "stem { conv(4, 3) -> sum { identity; conv(4, one_of(1, 3)) if k } }",
    "either value": "let k = one_of(1, 2) let m = one_of(3, 5) if k == 1 else 3 "
    "stem { conv(4, m) }",
    "the second operand": "let k = chance(0.5) and chance(0.5) stem { conv(4 if k else 8, 3) }",
    "a list": "let k = one_of(1, 2) let m = [one_of(3, 5) for i in 0..k] stem { conv(4, m[0]) }",
    "draws of an operation that is drawn": "op a { conv(4, one_of(1, 3)) } op b { relu } "
    "let e = one_of(a, b) stem { conv(4, 3) -> e }",
    "passes": f"{STEM} block {{ bank x of 8 repeat 1..3 {{ {LAYER} }} }}",
    "a path by the number of layers": f"{STEM} block {{ bank x of 8 "
    f"repeat 1..3 {{ read x -> conv(8, 3) -> write x }} {LAYER} }}",
    "a path by the number of blocks": f"let k = one_of(0, 1) {STEM} "
    f"if k == 1 {{ block {{ bank x of 8 read x -> conv(8, 3) -> write x }} }} {BLOCK}",
    "a path by the number of transitions": f"{STEM} repeat 1..2 {{ transition {{ relu }} }} "
    "transition { conv(8, one_of(1, 3)) }",
    "passes until": f"{STEM} block {{ bank x of 8 let n = one_of(2, 3) "
    f"repeat until depth >= n {{ {LAYER} }} }}",
    "a size of a set": f"{STEM} block {{ banks b[4] of 2 let n = one_of(2, 3) "
    "read some(n, b) -> conv(2, 1) -> write b[0] }",
    "members of a set": f"{STEM} block {{ banks b[6] of 2 enter b[0..3] "
    "read b[0] -> conv(2, 1) -> write some(1, fresh(2)) "
    "read some(1, written) -> conv(2, 1) -> write b[0] }",
    "names of banks": f"{STEM} block {{ let n = one_of(2, 4) banks b[n] of 8 / n "
    "read some(1, b) -> conv(8 / n, 1) -> write b[0] }",
}


def space(body: str) -> Space:
    text = f"space s {{ input 1x8x8 classes 2 {body} head {{ global_avg_pool -> linear(2) }} }}"
    found = smashdsl.loads(text)
    assert isinstance(found, Space)
    return found


def structures(drawn: Space) -> list[object]:
    """What 80 programs draw from, as different lists of paths and options."""
    found: list[object] = []
    for seed in range(80):
        draws = drawn.sample(seed).made.draws
        structure = {path: draw.options for path, draw in draws.items()}
        if structure not in found:
            found.append(structure)
    return found


@pytest.mark.parametrize("name", FIXED)
def test_the_same_draws_are_known_to_be_the_same(name: str) -> None:
    drawn = space(FIXED[name])
    assert [fixed_draws(drawn.definition)] == structures(drawn)


@pytest.mark.parametrize("name", VARYING)
def test_other_draws_are_found_by_the_analysis_alone(name: str) -> None:
    """Samples would show it, too; the analysis must not need them."""
    drawn = space(VARYING[name])
    assert len(structures(drawn)) > 1
    assert varying_place(drawn.definition) is not None
    assert fixed_draws(drawn.definition) is None


def test_the_place_is_that_of_a_draw_that_varies() -> None:
    place = varying_place(space(VARYING["a stage that may be there"]).definition)
    assert place is not None
    assert place.text == "one_of(2, 4)"


@pytest.mark.parametrize(
    ("name", "count"),
    [("nas_bench_201", 6), ("nas_bench_macro", 8), ("quickstart", 0), ("gated", 0)],
)
def test_the_spaces_of_the_project(name: str, count: int) -> None:
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    draws = fixed_draws(found.definition)
    assert len(draws or ()) == count
