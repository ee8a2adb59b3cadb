"""Which draws make a program: found again from its text alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import smashdsl
from smashdsl import Program, SmashError, Space

SPECS = Path(__file__).parents[2] / "specs"


def load_space(name: str) -> Space:
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    return found


def without_genome(program: Program) -> Program:
    """The same program, as if a person had written it."""
    text = "\n".join(line for line in program.text.splitlines() if not line.startswith("# genome"))
    read = smashdsl.loads(text)
    assert isinstance(read, Program)
    return read


@pytest.mark.parametrize("name", ["nas_bench_201", "nas_bench_macro", "quickstart"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_sample_is_found_again(name: str, seed: int) -> None:
    space = load_space(name)
    program = space.sample(seed)
    genome = space.genome_of(without_genome(program))
    assert space.rebuild(genome).hash == program.hash


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_large_sample_is_found_again(seed: int) -> None:
    space = load_space("smash_v2")
    program = space.sample(seed)
    genome = space.genome_of(without_genome(program))
    assert space.rebuild(genome).hash == program.hash


def test_a_genome_in_a_comment_is_believed_only_if_it_fits() -> None:
    space = load_space("nas_bench_macro")
    program = space.sample(3)
    other = space.sample(4)
    comment = next(line for line in other.text.splitlines() if line.startswith("# genome"))
    lied = smashdsl.loads(without_genome(program).text + comment + "\n")
    assert isinstance(lied, Program)
    assert space.rebuild(space.genome_of(lied)).hash == program.hash


SMALL = """
space small {
  input 1x8
  stem { conv(8, 3) }
  block {
    bank x of 8
    let k = one_of(3, 5)
    repeat 1..3 { read x -> conv(8, k) -> write x by one_of(add, replace) }
  }
  head { global_avg_pool -> linear(2) }
}
"""


def program_with(layers: str, stem: str = "conv(8, 3)", head: str = "linear(2)") -> Program:
    found = smashdsl.loads(f"""
    program p {{
      input 1x8
      stem {{ {stem} }}
      block {{ bank y of 8 {layers} }}
      head {{ global_avg_pool -> {head} }}
    }}""")
    assert isinstance(found, Program)
    return found


@pytest.fixture(scope="module")
def small() -> Space:
    found = smashdsl.loads(SMALL)
    assert isinstance(found, Space)
    return found


def test_a_program_written_by_hand_is_found(small: Space) -> None:
    program = program_with("""
      read y -> conv(8, 5) -> write y by replace
      read y -> conv(8, 5) -> write y
    """)
    assert small.contains(program)
    genome = small.genome_of(program)
    assert genome["block[0].repeat"] == 2
    assert genome["block[0].k"] == 5
    assert genome["block[0].layer[0].by"] == "replace"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (program_with("read y -> conv(8, 7) -> write y"), "`kernel` of `conv` is 7"),
        (program_with("read y -> conv(8, 3) -> relu -> write y"), "operations in a row"),
        (program_with("read y -> conv(8, 3) -> write y by max"), "writes"),
        (program_with("read y -> conv(8, 3) -> write y\n" * 4), "layers"),
        (
            program_with("read y -> conv(8, 3) -> write y\nread y -> conv(8, 5) -> write y"),
            "kernel",
        ),
        (program_with("read y -> conv(8, 3) -> write y", stem="conv(8, 5)"), "kernel"),
        (program_with("read y -> conv(8, 3) -> write y", head="linear(3)"), "units"),
    ],
)
def test_a_program_outside_gets_a_reason(small: Space, program: Program, reason: str) -> None:
    assert not small.contains(program)
    with pytest.raises(SmashError) as caught:
        small.genome_of(program)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E609"
    assert reason in diagnostic.notes[0].message


def test_a_number_that_decides_a_loop_is_found() -> None:
    space = smashdsl.loads("""
    space s { input 1x8
      block { bank x of 1
        let spend = uniform(2, 9)
        repeat until reads >= spend / 2 + 1 { read x -> conv(1, 3) -> write x } }
      head { global_avg_pool -> linear(2) } }
    """)
    assert isinstance(space, Space)
    for seed in range(10):
        program = space.sample(seed)
        genome = space.genome_of(without_genome(program))
        assert space.rebuild(genome).hash == program.hash


def test_a_number_that_is_an_argument_is_found() -> None:
    space = smashdsl.loads("""
    space s { input 1x8
      let p = uniform(0, 0.5)
      head { dropout(p) -> global_avg_pool -> dropout(0.8 - p) -> linear(2) } }
    """)
    assert isinstance(space, Space)
    program = space.sample(7)
    genome = space.genome_of(without_genome(program))
    assert genome["p"] == pytest.approx(program.genome["p"], abs=1e-12)
