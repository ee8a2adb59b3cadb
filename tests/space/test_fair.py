"""Fair series and extremes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import smashdsl

SPACE = """
space s {
  input 3x8x8
  classes 2
  let units = one_of(4: 0.9, 8: 0.1, 12: 0)
  stem { conv(units, one_of(1, 3, 5)) }
  block {
    banks b[5] of 4
    enter b[0..units // 4 - 1]
    for i in 2..3 { read written -> conv(4, 3, groups=one_of(1, 2, 4)) -> write b[i] }
    read some(2, b[0], b[2], b[3]) -> drop_path(uniform(0.0, 0.5)) -> conv(4, 1) -> write b[4]
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def space(text: str) -> smashdsl.Space:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Space)
    return found


def test_every_option_equally_often_in_a_round() -> None:
    of = space(SPACE)
    genomes = [of.sample(3, number).genome for number in range(12)]
    kernel = next(path for path in genomes[0] if "kernel" in path)
    units = next(path for path in genomes[0] if "units" in path)
    for start in range(0, 12, 3):
        assert {genome[kernel] for genome in genomes[start : start + 3]} == {1, 3, 5}
    for start in range(0, 12, 2):
        assert {genome[units] for genome in genomes[start : start + 2]} == {4, 8}
    reads = next(path for path in genomes[0] if "read" in path)
    counts = Counter(bank for genome in genomes for bank in genome[reads])
    assert set(counts.values()) == {8}
    orders = {tuple(genome[kernel] for genome in genomes[i : i + 3]) for i in range(0, 12, 3)}
    assert len(orders) > 1


def test_intervals_are_covered_evenly() -> None:
    of = space(SPACE)
    path = next(path for path in of.sample(0).genome if "drop" in path or path.endswith("p"))
    values = sorted(of.sample(1, number).genome[path] for number in range(16))
    assert all(i / 32 <= value <= (i + 1) / 32 for i, value in enumerate(values))


def test_a_series_depends_on_seed_and_number_alone(corpus: Path) -> None:
    of = smashdsl.load(corpus / "valid" / "nas_bench_201.smash")
    assert isinstance(of, smashdsl.Space)
    first = [of.sample(0, number).genome for number in (3, 1, 2)]
    assert first == [of.sample(0, number).genome for number in (3, 1, 2)]
    assert first != [of.sample(1, number).genome for number in (3, 1, 2)]
    rounds = [of.sample(7, number).genome for number in range(10)]
    for path in rounds[0]:
        assert sorted(Counter(genome[path] for genome in rounds).values()) == [2] * 5


def test_rejected_programs_give_way_to_random_ones() -> None:
    text = SPACE.replace("  head", "  require params <= 400\n  head", 1)
    of = space(text)
    found = [of.sample(0, number) for number in range(20)]
    assert all(program.costs.params <= 400 for program in found)
    assert len({program.hash for program in found}) > 5


@pytest.mark.parametrize(
    "name", [pytest.param("quickstart", marks=pytest.mark.slow), "nas_bench_macro"]
)
def test_extremes(name: str) -> None:
    of = smashdsl.load(Path(__file__).parents[2] / "specs" / f"{name}.smash")
    assert isinstance(of, smashdsl.Space)
    largest, smallest = of.extreme(True), of.extreme(False)
    sizes = [of.sample(seed).costs.params for seed in range(40)]
    assert smallest.costs.params <= min(sizes)
    assert largest.costs.params >= max(sizes)
    assert of.contains(largest)
    assert of.contains(smallest)
    assert of.extreme(True).hash == largest.hash
