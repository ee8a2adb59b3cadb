"""Draws: how often they are made, what they are called, what they may give."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from language.texts import facts, findings, space, spec

from smashdsl import SmashError, Space

GOLDEN = Path(__file__).parents[1] / "golden" / "samples.json"
SPACES = ("nas_bench_201", "nas_bench_macro", "quickstart", "smash_v2")
BLOCK = "stem { conv(4, 3) } block { banks b[4] of 4 %s }"


def paths(body: str, items: str = "") -> list[str]:
    return list(space(body, items=items).sample(0).genome)


# Scopes and paths -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let k = one_of(3, 5) stem { conv(2, k) -> conv(2, k) }", ["k"]),
        ("stem { conv(one_of(1, 2), one_of(1, 3)) }", ["stem.units", "stem.kernel"]),
        ("let e = [one_of(1, 3) for _ in 0..2]", ["e[0]", "e[1]", "e[2]"]),
        ("let e = [[one_of(1, 3), one_of(1, 3)] for _ in 0..1]",
         ["e[0][0]", "e[0][1]", "e[1][0]", "e[1][1]"]),
        ("repeat 2 { block { bank x of 2 let k = one_of(1, 3) read x -> conv(2, k) -> write x } }",
         ["block[0].k", "block[1].k"]),
        ("for layer in 0..1 { let chosen = one_of(1, 3) transition { conv(2, chosen) } }",
         ["layer[0].chosen", "layer[1].chosen"]),
        (BLOCK % "for i in 0..1 { let u = one_of(1, 3) read b[0] -> conv(4, u) -> write b[0] }",
         ["block[0].i[0].u", "block[0].i[1].u"]),
        (BLOCK % "read b[0] -> conv(4, one_of(1, 3)) -> conv(4, one_of(1, 3)) -> write b[0]",
         ["block[0].layer[0].kernel", "block[0].layer[0].kernel#2"]),
        (BLOCK % "repeat 2..2 { read b[0] -> relu -> write some(1, b) }",
         ["block[0].repeat", "block[0].layer[0].write", "block[0].layer[1].write"]),
        ("op f { let k = one_of(1, 3) conv(2, k) } stem { f -> f }", ["stem.f.k", "stem.f.k#2"]),
    ],
)  # fmt: skip
def test_a_draw_is_made_once_per_scope_and_has_a_path(body: str, expected: list[str]) -> None:
    assert paths(body) == expected


def test_paths_in_the_spaces() -> None:
    assert "block[0].layer[1].kernel[2]" in spec("smash_v2").sample(0).genome
    assert list(spec("nas_bench_201").sample(0).genome) == [f"edge[{i}]" for i in range(6)]
    assert "layer[3].chosen" in spec("nas_bench_macro").sample(0).genome


def test_a_draw_of_the_file_is_one_for_all_uses() -> None:
    body = "stem { conv(4, k) } transition { conv(2, k) }"
    assert paths(body, items="let k = one_of(1, 3)") == ["k"]


# What is drawn ----------------------------------------------------------------------------------


def drawn(expression: str, seeds: int = 300) -> Counter[object]:
    made = space(f"let v = {expression} stem {{ relu }}")
    return Counter(made.sample(seed).genome["v"] for seed in range(seeds))


def test_options_without_weight_are_never_drawn() -> None:
    assert set(drawn("one_of(3: 0, 5: 0.5, 7: 1)")) == {5, 7}


def test_weights_are_relative() -> None:
    found = drawn("one_of(3: 1, 5: 3, 7: 6)", 2000)
    assert [found[k] / 2000 for k in (3, 5, 7)] == pytest.approx([0.1, 0.3, 0.6], abs=0.035)


def test_weights_may_depend_on_the_option() -> None:
    found = drawn("one_of(u in 1..3 weight u)", 1200)
    assert [found[k] / 1200 for k in (1, 2, 3)] == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=0.05)


def test_numbers_of_an_interval_lie_on_its_grid() -> None:
    for value in drawn("uniform(0.5, 2.5)", 100):
        assert isinstance(value, float)
        assert 0.5 <= value <= 2.5
        assert (value - 0.5) / 2e-6 == pytest.approx(round((value - 0.5) / 2e-6), abs=1e-4)
    found = [v for v in drawn("log_uniform(0.01, 100)", 300) if isinstance(v, float)]
    assert 0.01 <= min(found) <= max(found) <= 100
    assert all(float(f"{value:.6g}") == value for value in found)
    assert sum(value < 1 for value in found) / len(found) == pytest.approx(0.5, abs=0.1)


def test_chance_gives_truth_as_often_as_it_says() -> None:
    found = drawn("chance(0.2)", 1200)
    assert set(found) == {True, False}
    assert found[True] / 1200 == pytest.approx(0.2, abs=0.04)


def test_some_gives_distinct_members_or_all() -> None:
    body = BLOCK % "read b[0] -> conv(4, 1) -> write b read some(%s, b) -> conv(4, 1) -> write b[0]"
    few, many = space(body % 3), space(body % 9)
    picked = [tuple(few.sample(seed).genome["block[0].layer[1].read"]) for seed in range(60)]
    assert all(len(set(names)) == 3 for names in picked)
    assert len(set(picked)) == 4
    assert many.sample(0).genome["block[0].layer[1].read"] == [f"b[{i}]" for i in range(4)]


@pytest.mark.parametrize(
    ("draw", "code"),
    [("one_of([])", "E602"), ("one_of(3: 0, 5: 0)", "E602"), ("one_of(u in 3..1)", "E602"),
     ("uniform(2, 1)", "E603"), ("log_uniform(0, 1)", "E603"), ("chance(2)", "E603"),
     ("one_of(3: -1, 5: 1)", "E603")],
)  # fmt: skip
def test_draws_that_cannot_be_made(draw: str, code: str) -> None:
    assert findings(f"let v = {draw} stem {{ relu }}", "space") == [code]


# Genomes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPACES)
def test_genomes_are_json_and_make_their_program_again(name: str) -> None:
    found = spec(name)
    program = found.sample(1)
    genome = json.loads(json.dumps(program.genome))
    assert genome == program.genome
    assert found.rebuild(genome).hash == program.hash


@pytest.mark.parametrize(
    ("change", "code"),
    [({"k": 4}, "E605"), ({"k": None}, "E605"), ({"more": 1}, "E604"), ({"b": 32}, "E703")],
)
def test_genomes_that_do_not_fit(change: dict[str, object], code: str) -> None:
    made = space(
        "let k = one_of(3, 5) let b = one_of(2, 32) stem { conv(b, k) } require params < 200"
    )
    genome = {"k": 3, "b": 2}
    assert made.rebuild(genome).costs.params < 200
    with pytest.raises(SmashError) as caught:
        made.rebuild({**genome, **change})
    assert caught.value.diagnostics[0].code == code
    with pytest.raises(SmashError) as caught:
        made.rebuild({"k": 3})
    assert caught.value.diagnostics[0].code == "E604"


def test_a_requirement_rejects() -> None:
    made = space("let u = one_of(1..20) stem { conv(u, 1) } require params <= 20 and u > 2")
    assert {made.sample(seed).genome["u"] for seed in range(60)} == {3, 4}


def test_a_requirement_that_fails_a_thousand_times_says_how() -> None:
    made = space("let u = one_of(4..90) stem { conv(u, 1) } require params <= 10 require u > 3")
    with pytest.raises(SmashError) as caught:
        made.sample(0)
    found = caught.value.diagnostics[0]
    assert found.code == "E702"
    assert "1,000" in found.message
    assert "`require params <= 10` failed 1,000 of 1,000 times" in facts(found)
    assert "the nearest: `params` was 18" in facts(found)


# The same everywhere ----------------------------------------------------------------------------


def hashes() -> dict[str, str]:
    """Content hashes of samples, by space and seed."""
    return {
        f"{name}/{seed}": found.sample(seed).hash
        for name, found in ((name, spec(name)) for name in SPACES)
        for seed in range(3)
    }


def test_a_seed_and_a_file_give_one_program() -> None:
    made = hashes()
    if os.environ.get("SMASHDSL_WRITE_GOLDEN"):
        GOLDEN.write_text(json.dumps(made, indent=2) + "\n")
    assert made == json.loads(GOLDEN.read_text())


def test_hashes_do_not_depend_on_the_process() -> None:
    code = "import sys; from language.test_draws import spec; "
    code += "print(*(spec(n).sample(0).hash for n in ('quickstart', 'nas_bench_201')))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4321",
        "PYTHONPATH": os.pathsep.join(str(Path(__file__).parents[n]) for n in (1, 2)),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    golden = json.loads(GOLDEN.read_text())
    assert done.stdout.split() == [golden["quickstart/0"], golden["nas_bench_201/0"]]


# Around a program -------------------------------------------------------------------------------

FEW = (
    "let k = one_of(1, 3, 5) stem { conv(8, k) } block { banks b[2] of 4 %s } require params < 600"
)
SMALL = FEW % "repeat 1..3 { read b -> conv(4, one_of(1, 3)) -> write b }"


@pytest.mark.parametrize("made", [space(SMALL), spec("nas_bench_macro")], ids=["small", "macro"])
def test_mutants_differ_and_stay_in_the_space(made: Space) -> None:
    parent = made.sample(0)
    for seed in range(6):
        child = made.mutate(parent, seed)
        assert child.hash != parent.hash
        assert made.rebuild(child.genome).hash == child.hash
        assert made.mutate(parent, seed).hash == child.hash


def test_neighbours_differ_in_one_draw_and_from_each_other() -> None:
    made = space("let k = one_of(1, 3, 5) let u = one_of(2: 1, 4: 1, 8: 0) stem { conv(u, k) }")
    parent = made.sample(0)
    near = list(made.neighbours(parent))
    assert len({program.hash for program in near} | {parent.hash}) == len(near) + 1 == 4
    for program in near:
        changed = [path for path in parent.genome if program.genome[path] != parent.genome[path]]
        assert len(changed) == 1


def test_neighbours_meet_the_requirements() -> None:
    made = space(SMALL)
    near = list(made.neighbours(made.sample(0)))
    assert near
    assert all(program.costs.params < 400 for program in near)
    assert all(made.contains(program) for program in near)
    assert all(a.hash != b.hash for a, b in pairwise(near))
