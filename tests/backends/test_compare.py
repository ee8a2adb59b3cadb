"""What differs between two programs, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smashdsl
from smashdsl.backends.compare import compare
from smashdsl.backends.compare.align import APART, GAP, aligned, banks_text, spans

SPECS = Path(__file__).parents[2] / "specs"
NET = """\
program p {
  input 3x8x8
  classes 4
  stem { conv(16, 3) }
  block {
    banks b[2] of 16
    read b[0] -> relu -> conv(16, 3) -> norm -> write b[1]
    read b -> conv(16, 1) -> write b[0]
    read b[1] -> sum { conv(16, 3) ; conv(16, 5) -> relu } -> write b[1]
  }
  transition { norm -> conv(8, 1) -> avg_pool(2) }
  head { global_avg_pool -> linear(classes) }
}
"""


def differences(*changes: tuple[str, str]) -> list[str]:
    """What is said of the network after some replacements in its text."""
    text = NET
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    comparison = compare(smashdsl.loads(NET).plan, smashdsl.loads(text).plan)
    return [f"{d.where}: {d.what}" for d in comparison.differences]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("stem { conv(16, 3)", "stem { conv(16, 5)", "stem: conv: kernel 3 → 5"),
        ("stem { conv(16, 3)", "stem { conv(16, 3) -> norm -> relu",
         "stem: norm → relu added after conv 3×3, 16"),
        ("stem { conv(16, 3)", "stem { norm -> conv(16, 3)", "stem: norm added at the start"),
        ("transition { norm -> ", "transition { ", "transition 1: norm left out"),
        ("-> avg_pool(2)", "-> max_pool(2)",
         "transition 1: max pool 2×2 instead of avg pool 2×2"),
        ("read b -> conv", "read b[1] -> conv", "block 1: layer 2: reads b[0] no longer"),
        ("read b[0] -> relu", "read sum(b[0]) -> relu",
         "block 1: layer 1: reads by sum instead of cat"),
        ("write b[0]", "write b", "block 1: layer 2: writes b[1] as well"),
        ("conv(16, 1) -> write b[0]", "conv(16, 1) -> write b[0] by max",
         "block 1: layer 2: writes by max instead of add"),
        ("conv(16, 5) -> relu }", "conv(16, 3) -> relu }",
         "block 1: layer 3: branch 2: conv: kernel 5 → 3"),
        ("sum { conv(16, 3) ;", "max { conv(16, 3) ;",
         "block 1: layer 3: max of the branches instead of sum"),
        ("; conv(16, 5) -> relu }", "; conv(16, 5) -> relu ; identity }",
         "block 1: layer 3: another branch: identity"),
        ("    read b -> conv(16, 1) -> write b[0]\n", "", "block 1: layer 2 left out"),
        ("classes 4", "classes 5", "the network: has 5 classes instead of 4"),
        ("3x8x8", "3x16x16", "the network: takes 3×16×16 instead of 3×8×8"),
    ],
)  # fmt: skip
def test_one_change_is_said_in_one_line(old: str, new: str, said: str):
    assert said in differences((old, new))


def test_small_changes_are_said_alone():
    assert differences(("relu -> conv(16, 3)", "relu -> conv(16, 7, dilation=2)")) == [
        "block 1: layer 1: conv: kernel 3 → 7, dilation 1 → 2"
    ]
    assert differences(("read b -> conv", "read b[1] -> gelu -> conv")) == [
        "block 1: layer 2: reads b[0] no longer; gelu added at the start"
    ]


def test_layers_that_change_alike_are_said_together():
    resnet = (SPECS / "resnet20.smash").read_text()
    other = resnet.replace("conv(units, 3)", "conv(units, 5)").replace("repeat 3", "repeat 5")
    comparison = compare(smashdsl.loads(resnet).plan, smashdsl.loads(other).plan)
    assert [f"{d.where}: {d.what}" for d in comparison.differences] == [
        "blocks 1–3: layers 1–3: first conv: kernel 3 → 5; second conv: kernel 3 → 5",
        "blocks 1–3: 2 more layers: now layers 4–5",
    ]


def test_new_and_missing_parts():
    block = "  block {\n    bank x of 32\n    read x -> relu -> write x\n  }\n  transition"
    assert differences(("  transition", block)) == ["block 2: new: 1 layer on 1 bank"]
    transition = "  transition { norm -> conv(8, 1) -> avg_pool(2) }\n"
    assert differences((transition, "")) == ["transition 1: left out"]


def test_names_do_not_matter():
    renamed = (
        NET.replace("b[", "c[").replace("read b ", "read c ").replace("program p", "program q")
    )
    assert compare(smashdsl.loads(NET).plan, smashdsl.loads(renamed).plan).equal
    changed = renamed.replace("conv(16, 1)", "conv(16, 3)")
    comparison = compare(smashdsl.loads(NET).plan, smashdsl.loads(changed).plan)
    assert [d.what for d in comparison.differences] == ["layer 2: conv: kernel 1 → 3"]


def test_costs_say_more_or_less():
    text = NET.replace("stem { conv(16, 3)", "stem { conv(16, 5)")
    before, after = smashdsl.loads(NET), smashdsl.loads(text)
    more = after.costs.params - before.costs.params, after.costs.flops - before.costs.flops
    assert more == (3 * 16 * 16, 3 * 16 * 16 * 64)
    shares = more[0] / before.costs.params, more[1] / before.costs.flops
    assert list(compare(before.plan, after.plan).costs()) == [
        f"+768 parameters (+{shares[0]:.1%})", f"+49,152 multiply-adds (+{shares[1]:.1%})"
    ]  # fmt: skip
    assert next(compare(after.plan, before.plan).costs()).startswith("-768 parameters (-")
    assert not list(compare(before.plan, before.plan).costs())


@pytest.mark.parametrize("name", ["nas_bench_201", "nas_bench_macro", "smash_v2", "quickstart"])
def test_samples_differ_in_words_exactly_when_they_differ(name: str):
    space = smashdsl.load(SPECS / f"{name}.smash")
    samples = [space.sample(seed) for seed in range(3)]
    for a in samples:
        for b in samples:
            comparison = compare(a.plan, b.plan)
            assert comparison.equal == (a.hash == b.hash)
            assert all(d.where and d.what for d in comparison.differences)


letters = st.text("abcd", max_size=7)


@given(letters, letters)
@settings(deadline=None, max_examples=150)
def test_alignment_is_the_cheapest(a: str, b: str):
    def distance(x: str, y: str) -> int:
        return 0 if x == y else 5 if {x, y} <= {"a", "b"} else APART

    pairs = aligned(a, b, distance)
    assert [i for i, _ in pairs if i is not None] == list(range(len(a)))
    assert [j for _, j in pairs if j is not None] == list(range(len(b)))
    cost = sum(GAP if i is None or j is None else distance(a[i], b[j]) for i, j in pairs)
    assert cost == cheapest(a, b, distance)


def cheapest(a: str, b: str, distance: Callable[[str, str], int]) -> int:
    """By trying everything."""
    if not a or not b:
        return GAP * (len(a) + len(b))
    return min(
        cheapest(a[1:], b[1:], distance) + distance(a[0], b[0]),
        cheapest(a[1:], b, distance) + GAP,
        cheapest(a, b[1:], distance) + GAP,
    )


def test_long_sequences_are_paired_one_by_one():
    pairs = aligned(range(0, 4000, 2), range(1, 4003, 2), lambda a, b: int(a != b))
    assert pairs[:2] == [(0, 0), (1, 1)]
    assert pairs[-1] == (None, 2000)


def test_numbers_and_banks_in_ranges():
    assert spans([1, 2, 3, 7]) == "1–3, 7"
    assert banks_text(["x", "b[0]", "b[1]", "b[3]", "c[4]"]) == "x, b[0..1], b[3], c[4]"
