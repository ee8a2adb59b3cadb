"""What the checker proves of a whole space."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from language.texts import checked, facts, findings, only, space, spec, text_of

from smashdsl import SmashError
from smashdsl.backends.summary import summarise_space
from smashdsl.check import domains
from smashdsl.check.check import analyse
from smashdsl.diagnostics.render import render_text

GOLDEN = Path(__file__).parents[1] / "golden" / "check"


@pytest.mark.parametrize(
    ("name", "cost", "bounds"),
    [
        ("nas_bench_201", "params", (73306, 1531546)),
        ("nas_bench_201", "flops", (7783040, 220119680)),
        ("nas_bench_macro", "params", (387882, 2932586)),
    ],
)
def test_bounds_are_exact_where_draws_are_few(
    name: str, cost: str, bounds: tuple[int, int]
) -> None:
    space = spec(name)
    facts_of, _ = analyse(space.definition)
    assert facts_of.proved
    assert facts_of.findings.costs[cost] == bounds


@pytest.mark.parametrize("name", ["nas_bench_macro", "nas_bench_201", "quickstart"])
def test_bounds_hold_for_samples(name: str) -> None:
    space = spec(name)
    costs = analyse(space.definition)[0].findings.costs
    for seed in range(50 if name != "nas_bench_201" else 10):
        found = space.sample(seed).costs
        for cost in ("params", "flops", "activations"):
            low, high = costs[cost]
            assert low <= getattr(found, cost) <= high


RARE = [str(i) for i in range(1, 101)]


@pytest.mark.parametrize(
    ("body", "code", "draw"),
    [
        (f"let n = one_of({', '.join(RARE)}) stem {{ conv(3, 4 if n == 57 else 3) }}",
         "E406", "n = 57"),
        ("let n = one_of(1..99) stem { conv(8, 3, groups=3 if n > 98 else 1) }", "E402", "n = 99"),
        (("stem { conv(4, 3) } block { banks b[4] of 4 let n = one_of(1..100) "
         "read b[0] -> conv(6 if n == 13 else 8, 1) -> write b[1..2] leave b[0] }"),
         "E511", "n = 13"),
        ("let n = one_of(1..100) stem { conv([1, 2][1 if n < 99 else n], 1) }", "E304", "n = "),
        ("let n = one_of(2: 1, 7: 0.001) stem { conv(4 / n, 1) }", "E306", "n = 7"),
    ],
)  # fmt: skip
def test_rare_mistakes_are_found_and_shown_with_their_draw(body: str, code: str, draw: str) -> None:
    found = [d for d in checked(text_of(body, "space")) if d.code.startswith("E")]
    assert [d.code for d in found] == [code]
    assert draw in facts(found[0])


@pytest.mark.parametrize(
    "body",
    [
        "let u = one_of(2, 4, 6) stem { conv(12, 1) -> conv(2 * u, 3, groups=u) }",
        (
            "let n = one_of(1..3) stem { conv(4, 3) } block { banks b[4] of 4 "
            "repeat n { read written -> conv(4, 1) -> write fresh(1) } leave b[0..n] }"
        ),
        "let k = one_of(3, 5) stem { conv(4, k) if k > 3 } require k > 3 or params > 0 and k > 3",
    ],
)
def test_spaces_that_are_fine_need_no_doubt(body: str) -> None:
    assert "W601" not in findings(body, "space")
    assert not [code for code in findings(body, "space") if code.startswith("E")]


LOOP = "repeat %s { read b[0] -> conv(4, 1) -> write some(1, written, fresh(1)) }"
LOOSE = [
    "stem { conv(4 * round(uniform(2, 4)), 3) } block { banks b[4] of 4 " + LOOP % 2 + "}",
    "stem { conv(4, 3) } block { banks b[4] of 4 " + LOOP % "round(uniform(1, 4))" + "}",
    "stem { conv(4, 3) } block { banks b[round(uniform(2, 4))] of 4 " + LOOP % 2 + "}",
]


@pytest.mark.parametrize("body", LOOSE)
def test_numbers_of_intervals_where_whole_ones_are_needed(body: str) -> None:
    """Parts that cannot be walked are doubted, and nothing is said to hold for all programs."""
    assert set(findings(body, "space")) == {"W601"}
    found = space(body)
    summary = summarise_space(found.definition)
    assert (summary.proved, summary.bounds) == (False, {})
    with pytest.raises(SmashError) as caught:
        found.sample().encode()
    assert caught.value.diagnostics[0].code == "E610"


def test_a_number_of_an_interval_among_other_options() -> None:
    body = "stem { conv(4, 3) -> conv(4, one_of(3x3, round(uniform(1, 1.4)))) }"
    assert set(findings(body, "space", "2x8x8")) <= {"W601", "W602"}


def test_a_drawn_number_of_classes() -> None:
    body = "classes one_of(%s) stem { conv(4, 3) } head { global_avg_pool -> linear(%s) }"
    assert findings(body % ("2, 5", "classes"), "space") == []
    assert findings(body % ("2, 5", "2"), "space") == ["E407"]
    assert findings(body % ("0, 5", "classes"), "space") == ["E303"]
    assert summarise_space(space(body % ("2, 5", "classes")).definition).classes is None


@pytest.mark.parametrize("weights", ["", ", weights=generated"])
def test_a_kernel_of_an_interval(weights: str) -> None:
    layer = f"read x -> conv(4, round(uniform(1, 1.4)){weights}) -> write x"
    body = f"stem {{ conv(4, 3) }} block {{ bank x of 4 {layer} }}"
    assert set(findings(body, "space")) <= {"W601", "W602"}


def test_requirements_of_a_space_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted over the whole space, so that nothing is left for what it requires."""
    body = (
        "let e = [one_of(0, 1) for _ in 0..4] stem { repeat 1 + sum(e) { conv(4, 1) } } "
        "require sum(e) <= 3 and max(e) > 0"
    )
    assert findings(body, "space") == []
    monkeypatch.setattr(domains, "BUDGET", 100)
    assert findings(body, "space") == ["W602"]


U = "let u = one_of(4..8) stem { conv(u, 1) } "


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (U + "require params <= 10", "E701"),
        (U + "require params >= 10", "W701"),
        (U + "require u > 3", "W701"),
        (U + "require u > 8", "E701"),
        ("let u = one_of(3: 1, 5: 0) stem { conv(u, 1) }", "W603"),
        (("let a = one_of(1, 2) stem { conv(4, a + 1 if a == 2 else 1) } block { banks b[2] of 4 "
         "read b[0] -> conv(4, 1) -> write b leave b[0] }"), "W501"),
        ("stem { cnv(3, 3) }", "E202"),
        ("stem { conv(4, 3) } require flops <= true", "E302"),
        (U + "require flops <= chance(0.5)", "E302"),
        (U + "require params", "E302"),
        ("op unused { rleu } stem { relu }", "E202"),
        ("op f { relu } op f { gelu } stem { f }", "E203"),
    ],
)  # fmt: skip
def test_findings_of_a_space(body: str, code: str) -> None:
    assert findings(body, "space") == [code]


def test_unknown_names_leave_no_half_program() -> None:
    loop = "for i in 0..1 { if i == x2 { read x -> relu -> write b } read b -> relu -> write x }"
    body = f"stem {{ conv(4, 3) }} block {{ bank x of 4 bank b of 4 {loop} }}"
    assert findings(body) == ["E201"]


def test_several_mistakes_in_one_run_with_suggestions() -> None:
    body = """op never { gleu } let width = 3
      stem { conv(widht, 3) } transition { rleu -> conv(4, 4) } head { globl_avg_pool }"""
    found = checked(text_of(body))
    assert [d.code for d in found][:2] == ["E202", "E201"]
    for name in ("gelu", "width", "relu", "global_avg_pool"):
        assert any(f"did you mean `{name}`?" in facts(d) for d in found), name
    assert only(body.replace("widht", "width").replace("rleu", "relu").replace("gleu", "gelu")
                .replace("globl", "global") + " # head {").code == "E406"  # fmt: skip


# Golden pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.smash")), ids=lambda path: path.stem)
def test_mistakes_read_as_they_did(path: Path) -> None:
    found = checked(path.read_text(), path.name)
    page = "\n".join(render_text(diagnostic, color=False) for diagnostic in found)
    expected = path.with_suffix(".txt")
    if os.environ.get("SMASHDSL_WRITE_GOLDEN"):
        expected.write_text(page)
    assert page == expected.read_text()
