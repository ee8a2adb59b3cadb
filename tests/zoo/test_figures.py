"""The figures that the package ships are those of the files."""

from __future__ import annotations

import pytest
from zoo.specs import SPECS

from smashdsl.zoo.entries import entries, entry
from smashdsl.zoo.figures import FILE, digest, figures, figures_text, measure
from smashdsl.zoo.numbers import amounts, short

STALE = "run `python -m smashdsl.zoo.generate specs docs/zoo`"
PROGRAMS = [each.name for each in entries() if each.kind == "program"]
SPACES = [each.name for each in entries() if each.kind == "space"]
QUICK = {"nas_bench_201_small", "nas_bench_macro", "trans_nas_bench_101_micro", "voxel_space"}


def test_figures_are_of_these_texts() -> None:
    measured = {name: found.digest for name, found in figures().items()}
    assert measured == {each.name: digest(each) for each in entries()}, STALE


@pytest.mark.parametrize("name", PROGRAMS)
def test_figures_of_programs(name: str) -> None:
    assert measure(entry(name)) == figures()[name], STALE


@pytest.mark.parametrize(
    "name", [pytest.param(s, marks=[] if s in QUICK else [pytest.mark.slow]) for s in SPACES]
)
def test_figures_of_spaces(name: str) -> None:
    assert measure(entry(name)) == figures()[name], STALE


def test_the_file_is_as_written() -> None:
    rows = [(each, figures()[each.name]) for each in entries()]
    assert figures_text(rows) == (SPECS / FILE).read_text()


def test_sizes_of_benchmarks_are_those_published() -> None:
    for name in ("nas_bench_201", "nas_bench_macro", "trans_nas_bench_101_micro"):
        assert entry(name).published == f"{int(figures()[name].programs):,} programs"
    assert round(int(figures()["darts_like"].programs), -18) == 10**18


def test_numbers_are_short() -> None:
    assert [short(n) for n in (0, 999, 1000, 9_999, 999_499, 999_999, 36_479_194, 3 * 10**12)] == [
        "0", "999", "1.00k", "10.0k", "999k", "1.00M", "36.5M", "3.00T",
    ]  # fmt: skip
    assert amounts((5, 5)) == "5"
    assert amounts((5, 2000)) == "5–2.00k"
    assert amounts(None) == "?"
