"""Where a space keeps its weights: every program's keys are listed, with shapes that suffice."""

from __future__ import annotations

from pathlib import Path

import pytest

import smashdsl
from smashdsl import Space
from smashdsl.diagnostics.span import Source
from smashdsl.plan import filter_source, is_filter, weight_keys
from smashdsl.syntax.format import format_source

SPECS = Path(__file__).parents[2] / "specs"
SAMPLES = {
    "quickstart": 12,
    "smash_v2": 3,
    "gated": 3,
    "nas_bench_201": 8,
    "nas_bench_macro": 8,
    "odd": 40,
}

# Weights of every source at one place, places that are entered more than once, and slots whose
# largest shape belongs to the smallest argument.
ODD = """
space odd {
  input 2x9x9
  classes 3
  op twice(units) { repeat one_of(1, 2) { conv(units, 3, weights=own, bias=true) -> relu } }
  stem { repeat 1..3 { conv(8, 3) -> norm } }
  block {
    banks b[4] of 8
    repeat 1..3 {
      read attend(some(one_of(1, 2), written))
        -> one_of(norm, conv(8, 3), conv(8, 3x1, weights=generated), depthwise(3, weights=own))
        -> squeeze_excite(one_of(2, 4, 8))
        -> twice(8) if chance(0.5)
        -> conv(8, one_of(1, 3), groups=one_of(1, 2, 4), bias=one_of(true, false))
        -> conv(8, 3, weights=one_of(shared, own, generated, fixed(gabor)))
        -> write some(1, written, fresh(1))
    }
  }
  for stage in 0..one_of(0, 1) {
    transition { conv(8, 3) -> self_attention(2) }
    block { bank x of 8  repeat until depth >= one_of(1, 3) { read x -> twice(8) -> write x } }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def space(name: str) -> Space:
    found = smashdsl.loads(ODD) if name == "odd" else smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    return found


def sole(body: str) -> Space:
    found = smashdsl.loads(f"""
    space s {{ input 4x8 classes 2
      {body}
      head {{ global_avg_pool -> linear(2) }} }}""")
    assert isinstance(found, Space)
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_every_weight_of_every_sample_is_listed(name: str) -> None:
    drawn = space(name)
    layout = drawn.layout
    for seed in range(SAMPLES[name]):
        program = drawn.sample(seed)
        slots, keys = program.plan.slots, weight_keys(program.plan)
        generated = {place.slot for place in program.encode().generated}
        for slot, key in keys.items():
            most = (layout.filters if slot in generated else layout.tensors)[key]
            assert len(most) == len(slots[slot].shape)
            assert all(a <= b for a, b in zip(slots[slot].shape, most, strict=True))
        fixed = {
            f"{step.path}.weight"
            for step in program.plan.steps
            if filter_source(step).startswith("fixed") and is_filter(step.slots[0])
        }
        assert set(slots) == keys.keys() | fixed


@pytest.mark.parametrize("name", ["quickstart", "odd"])
def test_nothing_is_listed_that_no_sample_keeps(name: str) -> None:
    drawn = space(name)
    seen: set[str] = set()
    for seed in range(250):
        seen.update(weight_keys(drawn.sample(seed).plan).values())
    assert seen == drawn.layout.tensors.keys() | drawn.layout.filters.keys()


def test_own_weights_are_numbered_in_their_block_and_section() -> None:
    drawn = sole("""
      stem { repeat 2 { conv(4, 3) } }
      block { bank x of 4
        repeat 2 { read x -> conv(4, 3, weights=own) -> conv(4, 3, weights=shared) -> write x }
        read x -> conv(4, 3, weights=own) -> write x
        read x -> conv(4, 1) -> write x }
    """)
    numbers = [key.rpartition("/")[2] for key in drawn.layout.tensors]
    assert sorted(numbers) == sorted(
        ["conv.weight"] + ["conv#1.weight", "conv#2.weight"] * 2
        + ["conv#1.weight", "linear#1.weight", "linear#1.bias"]
    )  # fmt: skip
    assert [key.rpartition("/")[2] for key in drawn.layout.filters] == ["conv.generated"]
    keys = weight_keys(drawn.sample(0).plan)
    assert len(set(keys.values())) == len(keys) - 1  # the shared filter is met twice


def test_own_weights_of_loops_that_are_not_walked_to_their_end() -> None:
    drawn = sole("""
      block { bank x of 4
        repeat until reads >= 40 * one_of(1, 2) { read x -> conv(4, 3, weights=own) -> write x } }
    """)
    own = [key for key in drawn.layout.tensors if "conv#" in key]
    assert len(own) == 20


def test_generated_filters_are_as_large_as_they_get_and_no_larger() -> None:
    drawn = sole("""
      block { bank x of 4
        read x -> conv(4 * one_of(1, 2, 3), one_of(1, 3, 5), groups=one_of(1, 2)) -> relu
          -> conv(4, 1) -> depthwise(one_of(3, 5), weights=generated)
          -> conv(4, 3, groups=2, weights=generated) -> write x }
    """)
    assert list(drawn.layout.filters.values()) == [(12, 4, 1), (4, 12, 1), (4, 1, 5), (4, 2, 3)]
    assert drawn.layout.kernels == ((1,), (3,), (5,))


def test_operations_that_are_drawn_at_one_place_keep_their_weights_apart() -> None:
    drawn = sole("""
      block { bank x of 4 read x -> one_of(norm, conv(4, 3), depthwise(5)) -> write x }
    """)
    shapes = {key.rpartition("/")[2]: shape for key, shape in drawn.layout.tensors.items()}
    assert shapes["conv.weight"] == (4, 4, 3)
    assert shapes["depthwise.weight"] == (4, 1, 5)
    assert shapes["batch_norm.weight"] == shapes["batch_norm.bias"] == (4,)


PLAIN = """space s {
  input 4x8x8
  classes 3
  op twice(units) { repeat 2 { conv(units, 3, weights=own) -> relu } }
  stem { (conv(8, 3)) -> norm }
  block {
    bank x of 8
    repeat 1..2 { read x -> one_of(norm, conv(8, 3)) -> (twice(8) if chance(0.5)) -> write x }
    read x -> conv(8, 1) -> conv(8, 1) -> write x
  }
  head { global_avg_pool -> linear(classes) }
}
"""
# The same with comments, blanks, other breaks of lines, and no brackets that are not needed.
OTHERWISE = """# a "comment" about conv
  space s { input 4x8x8;classes 3   # and ) another {
  op twice(units,) {
    repeat 2 {
      conv(
        units, 3, weights = own,
      ) -> relu
    }
  }
  stem { conv(8, 3) # of words
    -> norm }
  block { bank x of 8;
    repeat 1 .. 2 { read x -> one_of(norm, conv(8, 3)) -> twice(8) if chance(0.5) -> write x }
    read x -> conv(8, 1)
      -> conv(8, 1) -> write x
  }
  head { global_avg_pool -> linear(classes) }
}"""


def keys_of(found: Space) -> list[set[str]]:
    drawn = [set(weight_keys(found.sample(seed).plan).values()) for seed in range(12)]
    return [found.layout.tensors.keys() | found.layout.filters.keys(), *drawn]


def written(text: str) -> Space:
    found = smashdsl.loads(text)
    assert isinstance(found, Space)
    return found


def test_comments_and_layout_make_no_difference() -> None:
    one, other = written(PLAIN), written(OTHERWISE)
    assert keys_of(one) == keys_of(other)
    formatted = format_source(Source("<text>", OTHERWISE))
    assert formatted != OTHERWISE
    assert keys_of(one) == keys_of(written(formatted))
    assert len(one.layout.filters) == 2, "two places in one line are two"


def test_files_are_told_apart_whatever_their_names(tmp_path: Path) -> None:
    """Two operations that are drawn at one place, from files that differ by their folder alone."""
    used = "op NAME(units) { conv(units, 3) }\n"
    main = 'use "FIRST"\nuse "SECOND"\n' + PLAIN.replace(
        "read x -> conv(8, 1) -> conv(8, 1)", "read x -> one_of(a, b)(8)"
    )
    found = []
    for names in (("a/ops.smash", "b/ops.smash"), ("others/1-first.smash", "second.smash")):
        folder = tmp_path / str(len(found))
        for name, op in zip(names, "ab", strict=True):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(used.replace("NAME", op))
        text = main.replace("FIRST", names[0]).replace("SECOND", names[1])
        (folder / "main.smash").write_text(text)
        space = smashdsl.load(folder / "main.smash")
        assert isinstance(space, Space)
        found.append(keys_of(space))
    assert found[0] == found[1]
    drawn = [key for key in found[0][0] if key.endswith("/conv.weight") and "@" in key]
    assert sorted(key.rpartition("/")[0].rpartition("/")[2] for key in drawn) == ["1@3", "2@3"]
