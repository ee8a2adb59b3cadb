"""The encoding tensor: its layout, that it says everything, and that it can be read back."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import smashdsl
from smashdsl import SmashError, Space
from smashdsl.plan import filter_source

SPECS = Path(__file__).parents[2] / "specs"
SPACES = ("nas_bench_201", "nas_bench_macro", "quickstart", "smash_v2")

ODD = """
op maybe(units) { let h = one_of(1, 2); conv(h * units, 1) -> relu -> conv(units, 3) }
space odd {
  input 2x12
  classes 3
  let drop = uniform(0, 0.5)
  let deep = chance(0.5)
  let w = 8 * one_of(1, 2)
  stem { conv(w, 3) -> one_of(relu, gelu: 2) }
  if deep { transition { conv(channels, 3) -> dropout(drop) } }
  block {
    bank x of channels
    banks b[one_of(2, 3)] of w
    for i in 0..count(b) - 1 {
      read x, b[0..i-1] -> one_of(maybe(w), conv(w, 3, groups=one_of(1, 2))) -> write b[i]
    }
    repeat 0..2 { read mean(b) -> conv(w, 1, weights=generated) -> write b[0] by replace }
    leave x, b[0]
  }
  head { global_avg_pool -> dropout(log_uniform(0.01, 0.5)) -> linear(classes) }
}
"""


def space(name: str) -> Space:
    found = smashdsl.loads(ODD) if name == "odd" else smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    return found


@pytest.mark.parametrize("name", [*SPACES, "odd"])
def test_decoding_gives_the_program_back(name: str) -> None:
    drawn = space(name)
    for seed in range(3 if name == "smash_v2" else 12):
        program = drawn.sample(seed)
        back = drawn.decode(program.encode().tensor)
        assert back.hash == program.hash
        assert back.genome == program.genome


@pytest.mark.parametrize("name", ["nas_bench_macro", "odd"])
def test_different_programs_have_different_encodings(name: str) -> None:
    drawn = space(name)
    seen: dict[bytes, str] = {}
    for seed in range(40):
        program = drawn.sample(seed)
        tensor = program.encode().tensor
        key = bytes(str(tuple(tensor.shape)), "ascii") + tensor.numpy().tobytes()
        assert seen.setdefault(key, program.hash) == program.hash


@pytest.mark.parametrize("name", [*SPACES, "odd"])
def test_shape_entries_and_generated_filters(name: str) -> None:
    drawn = space(name)
    program = drawn.sample(1)
    encoding = program.encode()
    layout = encoding.layout
    one, channels, rows, width = encoding.tensor.shape
    assert (one, channels, rows) == (1, layout.channels, layout.rows)
    assert encoding.tensor.dtype == torch.float32
    assert encoding.tensor.abs().max() <= 1
    slots = program.plan.slots
    wanted = [f"{s.path}.weight" for s in program.plan.steps if filter_source(s) == "generated"]
    wanted = [slot for slot in wanted if slot in slots]
    assert [g.slot for g in encoding.generated] == wanted
    taken = [False] * width
    for filter_ in encoding.generated:
        assert slots[filter_.slot].shape == (filter_.units, filter_.channels, *filter_.kernel)
        assert filter_.slices == math.ceil(filter_.channels / (layout.unit * layout.compression))
        assert filter_.units <= rows * layout.unit
        for i in range(filter_.start, filter_.start + filter_.slices):
            assert not taken[i]
            taken[i] = True


def test_every_channel_is_named_once() -> None:
    table = list(space("smash_v2").layout.table())
    assert [channel.index for channel in table] == list(range(space("smash_v2").layout.channels))
    assert len({channel.name for channel in table}) == len(table)
    assert all(channel.meaning for channel in table)


def test_rows_below_a_filter_stay_off() -> None:
    encoding = space("smash_v2").sample(0).encode()
    for filter_ in encoding.generated:
        rows = math.ceil(filter_.units / encoding.unit)
        below = encoding.tensor[0, :, rows:, filter_.start]
        assert (below == -1).all()
        assert (encoding.tensor[0, :, rows - 1, filter_.start] == 1).any()


def test_layer_channels_say_what_is_read_and_written() -> None:
    program = space("nas_bench_201").sample(4)
    encoding = program.encode()
    layers = [layer for block in program.ir.blocks for layer in block.layers]
    owners = [s for s in encoding.stretches if s.owner.startswith("blocks.")]
    assert len(owners) >= len(layers)
    first = owners[0]
    column = encoding.tensor[0, :, 0, first.start]
    layout = encoding.layout
    assert {i for i in range(layout.banks) if column[layout.read(i)] == 1} == set(layers[0].reads)
    assert {i for i in range(layout.banks) if column[layout.write(i)] == 1} == set(layers[0].writes)


def test_numbers_of_an_interval_come_back_exactly() -> None:
    drawn = smashdsl.loads("""
    space s { input 1x8
      let p = uniform(0.1, 0.7)
      let q = log_uniform(0.001, 0.9)
      head { dropout(p) -> dropout(q) -> global_avg_pool -> linear(2) } }
    """)
    assert isinstance(drawn, Space)
    for seed in range(50):
        program = drawn.sample(seed)
        assert drawn.decode(program.encode().tensor).genome == program.genome


def test_printed_programs_have_the_same_encoding() -> None:
    drawn = space("quickstart")
    program = drawn.sample(5)
    read = smashdsl.loads(program.text)
    assert isinstance(read, smashdsl.Program)
    assert torch.equal(drawn.adopt(read).encode().tensor, program.encode().tensor)


@pytest.mark.parametrize("change", ["width", "channels", "option"])
def test_a_tensor_that_encodes_nothing_is_refused(change: str) -> None:
    drawn = space("nas_bench_macro")
    tensor = drawn.sample(0).encode().tensor
    if change == "width":
        tensor = tensor[..., :-1]
    elif change == "channels":
        tensor = tensor[:, :-1]
    else:
        tensor = torch.full_like(tensor, -1)
    with pytest.raises(SmashError) as caught:
        drawn.decode(tensor)
    assert caught.value.diagnostics[0].code == "E608"


def test_too_many_rows_are_refused() -> None:
    drawn = smashdsl.loads("""
    space s { input 1x8 encoding { unit = 1 }
      stem { conv(9000, 1, weights=generated) } head { global_avg_pool -> linear(2) } }
    """)
    assert isinstance(drawn, Space)
    with pytest.raises(SmashError) as caught:
        drawn.layout  # noqa: B018
    assert caught.value.diagnostics[0].code == "E607"


def test_too_many_entries_are_refused() -> None:
    drawn = smashdsl.loads("""
    space s { input 1x8 encoding { unit = 1 }
      stem { conv(4000, 1) -> conv(4000, 1, weights=generated) }
      head { global_avg_pool -> linear(2) } }
    """)
    assert isinstance(drawn, Space)
    with pytest.raises(SmashError) as caught:
        drawn.sample().encode().tensor  # noqa: B018
    assert caught.value.diagnostics[0].code == "E607"


@pytest.mark.parametrize(
    "body",
    [
        "read x -> relu -> write x",
        "repeat (2 * one_of(1, 2))..6 { read x -> conv(8, one_of(1, 3)) -> write x }",
        """read x -> sum { (conv(8, 3) if chance(0.5)) -> relu ;
                           identity if min(one_of(1..8), 4) > 2 } -> write x""",
    ],
    ids=["no draws", "draws within a range", "draws within conditions of branches"],
)
def test_draws_are_named_in_the_analysis_as_in_samples(body: str) -> None:
    drawn = smashdsl.loads(f"""
    space s {{ input 1x8 stem {{ conv(8, 3) }} block {{ bank x of 8 {body} }}
      head {{ global_avg_pool -> linear(2) }} }}
    """)
    assert isinstance(drawn, Space)
    for seed in range(20):
        program = drawn.sample(seed)
        assert drawn.decode(program.encode().tensor).genome == program.genome


@pytest.mark.parametrize("least", [1, 0])
def test_draws_of_different_kinds_on_one_path_have_no_channels(least: int) -> None:
    drawn = smashdsl.loads(f"""
    space s {{ input 1x8 let n = one_of(1, 2) let m = n if n > {least} else 2
      let u = one_of(v in 1..m weight uniform(1, 2)) stem {{ conv(u, 3) }}
      head {{ global_avg_pool -> linear(2) }} }}
    """)
    assert isinstance(drawn, Space)
    one, two = (next(p for p in map(drawn.sample, range(20)) if p.genome["n"] == n) for n in (1, 2))
    assert drawn.decode(two.encode().tensor).genome == two.genome
    if least == 1:
        assert drawn.decode(one.encode().tensor).genome == one.genome
        return
    with pytest.raises(SmashError) as caught:
        one.encode()
    assert caught.value.diagnostics[0].code == "E610"
