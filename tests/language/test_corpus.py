"""The programs that the design page fixes: what is valid, and what is wrong where."""

from __future__ import annotations

from pathlib import Path

import pytest
from language.texts import SPECS, checked, facts, spec
from zoo.specs import spec_files

import smashdsl
from smashdsl import Program
from smashdsl.elaborate.draws import RandomChooser
from smashdsl.elaborate.run import elaborate

VALID = (
    "densenet_bc", "fractalnet", "gated", "nas_bench_201", "nas_bench_macro", "resnet20",
    "smash_v2", "voxel_resnet",
)  # fmt: skip
SPACES = ("nas_bench_101", "nas_bench_201", "nas_bench_macro", "quickstart", "smash_v2")
WARNINGS = {
    "nas_bench_101": ["W602"],  # channels depend on all edges at once
    "nas_bench_201": ["W701"],  # its requirement states what every cell meets
    "smash_default": ["W601"],  # how many banks are written, and to how many, is too much at once
}
ANALYSED_LONG = {"darts_like", "smash_default", "trans_nas_bench_101_macro"}

# File, then per error: place and facts that its text must hold.
INVALID: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {
    "draw_in_program": [(8, 32, ("a program may not draw", "`space`", "one value"))],
    "groups_do_not_divide": [(9, 64, ("16 groups", "24", "units = 24", "groups = 16"))],
    "keyword_as_name": [(7, 10, ("`read`", "keyword", "bank"))],
    "layer_changes_resolution": [(8, 23, ("32x32", "16x16", "transition"))],
    "never_satisfied": [(11, 11, ("never", "parameters"))],
    "reads_empty_bank": [(8, 10, ("`b[1]`", "empty", "no layer before"))],
    "typos": [
        (5, 10, ("`cnv`", "`conv`")),
        (8, 15, ("`rleu`", "`relu`")),
        (10, 10, ("`global_average_pool`", "`global_avg_pool`")),
    ],
    "unclosed_block": [(6, 9, ("never closed",))],
    "uneven_division": [(5, 18, ("17 / 2", "not whole", "`//`"))],
    "write_does_not_fit": [(8, 43, ("24 channels", "x (16)", "16"))],
}


@pytest.mark.parametrize("name", VALID)
def test_specs_are_the_corpus(corpus: Path, name: str) -> None:
    """So what is tested of the one holds of the other."""
    written = (corpus / "valid" / f"{name}.smash").read_bytes()
    assert written == (SPECS / f"{name}.smash").read_bytes()


@pytest.mark.parametrize("path", spec_files(slow=ANALYSED_LONG))
def test_specs_have_no_mistakes(path: Path) -> None:
    found = checked(path.read_text(), str(path))
    assert [diagnostic.code for diagnostic in found] == WARNINGS.get(path.stem, [])


def assert_planned(program: Program) -> None:
    assert program.plan.steps[-1].shape == (program.ir.classes,)
    assert program.costs.params > 0


@pytest.mark.parametrize("name", ["densenet_bc", "fractalnet", "resnet20", "voxel_resnet"])
def test_programs_are_planned(name: str) -> None:
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Program)
    assert_planned(found)


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("seed", [0, 1])
def test_samples_are_planned(name: str, seed: int) -> None:
    assert_planned(spec(name).sample(seed))


def test_draws_of_a_space_that_rejects_most_are_planned() -> None:
    gated = spec("gated")
    for seed in range(3):
        assert_planned(Program(elaborate(gated.definition, RandomChooser(seed)), gated))


@pytest.mark.slow
def test_a_sample_of_a_space_that_rejects_most_is_planned() -> None:
    assert_planned(spec("gated").sample(0))


def test_every_corpus_program_has_an_expectation(corpus: Path) -> None:
    assert {path.stem for path in corpus.glob("valid/*.smash")} == set(VALID)
    assert {path.stem for path in corpus.glob("invalid/*.smash")} == set(INVALID)


@pytest.mark.parametrize("name", INVALID)
def test_invalid_programs_are_refused_as_they_ask(corpus: Path, name: str) -> None:
    path = corpus / "invalid" / f"{name}.smash"
    found = checked(path.read_text(), str(path))
    assert len(found) == len(INVALID[name])
    for diagnostic, (line, column, words) in zip(found, INVALID[name], strict=True):
        assert diagnostic.span is not None
        assert (diagnostic.span.line, diagnostic.span.column) == (line, column)
        assert diagnostic.code.startswith("E")
        said = facts(diagnostic)
        assert [word for word in words if word not in said] == []
