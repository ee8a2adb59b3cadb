"""Generated filters of every kind of convolution, wherever it stands."""

from __future__ import annotations

import pytest

import smashdsl
from smashdsl import Space
from smashdsl.plan import generated_filter

INPUTS = {1: "4x12", 2: "4x6x6", 3: "4x4x4x4"}

# A generated filter in every section; larger and uneven kernels, strides, groups, one per channel.
EVERYWHERE = """
space everywhere {
  input SHAPE
  classes 3
  op wide(units, groups) {
    repeat 1..2 { conv(units, one_of(1, 3, 5), groups=groups, weights=generated) -> relu }
  }
  stem { conv(8 * one_of(1, 2), UNEVEN, groups=one_of(1, 2, 4), bias=true, weights=generated) }
  transition { depthwise(one_of(3, 5), stride=2, weights=generated) }
  block {
    bank x of channels
    repeat 1..2 {
      read x -> depthwise(3, dilation=2, weights=one_of(generated, shared, own))
        -> wide(channels, one_of(1, 2, channels)) -> conv(channels, 1)
        -> write x
    }
  }
  transition { conv(16, 3, stride=2, weights=one_of(generated, own)) }
  head { wide(8, one_of(1, 8)) -> global_avg_pool -> linear(classes) }
}
"""


def everywhere(rank: int) -> Space:
    uneven = "x".join(["3", "5", "1"][:rank])
    text = EVERYWHERE.replace("SHAPE", INPUTS[rank]).replace("UNEVEN", uneven)
    found = smashdsl.loads(text)
    assert isinstance(found, Space)
    return found


@pytest.mark.parametrize("rank", INPUTS)
def test_every_generated_filter_is_encoded_with_its_true_depth(rank: int) -> None:
    drawn = everywhere(rank)
    layout = drawn.layout
    for seed in range(25):
        program = drawn.sample(seed)
        encoding, slots = program.encode(), program.plan.slots
        wanted = [s.path for s in program.plan.steps if generated_filter(s) is not None]
        assert [place.slot for place in encoding.generated] == [f"{p}.weight" for p in wanted]
        for place in encoding.generated:
            assert (place.units, place.channels, *place.kernel) == slots[place.slot].shape
            assert place.slices == -(-place.channels // layout.depth)
            assert place.kernel in layout.kernels
            assert place.units <= layout.rows * layout.unit
        ends = [place.start + place.slices for place in encoding.generated]
        starts = [place.start for place in encoding.generated]
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
        assert ends[-1] <= encoding.tensor.shape[3]


@pytest.mark.parametrize("rank", INPUTS)
def test_encodings_with_generated_filters_are_read_back(rank: int) -> None:
    drawn = everywhere(rank)
    seen: dict[bytes, str] = {}
    for seed in range(25):
        program = drawn.sample(seed)
        tensor = program.encode().tensor
        assert drawn.decode(tensor).genome == program.genome
        key = str(tuple(tensor.shape)).encode() + tensor.numpy().tobytes()
        assert seen.setdefault(key, program.hash) == program.hash


@pytest.mark.parametrize(
    ("stage", "channels"),
    [("conv(16, 3)", 12), ("conv(12, 3, groups=3)", 4), ("depthwise(5)", 1)],
)
def test_channels_of_a_filter_are_those_of_one_group(stage: str, channels: int) -> None:
    stage = stage.replace(")", ", weights=generated)")
    program = smashdsl.loads(f"""
    program p {{ input 12x8 encoding {{ unit = 4 }} stem {{ {stage} }}
      head {{ global_avg_pool -> linear(2) }} }}""")
    assert isinstance(program, smashdsl.Program)
    (place,) = program.encode().generated
    assert (place.channels, place.slices) == (channels, -(-channels // 4))


def test_kernels_that_are_never_generated_are_not_in_the_layout() -> None:
    drawn = smashdsl.loads("""
    space s { input 4x8x8 stem { conv(8, 3) }
      block { bank x of 8 read x -> conv(8, one_of(1, 3, 5)) -> write x }
      head { global_avg_pool -> linear(2) } }""")
    assert isinstance(drawn, Space)
    assert drawn.layout.kernels == ((1, 1),)
