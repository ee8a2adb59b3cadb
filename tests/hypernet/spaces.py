"""Small spaces for these tests."""

from __future__ import annotations

import smashdsl

TINY = """
space tiny {
  input 1x8x8
  classes 10
  op layer(units, kernel) { norm -> relu -> conv(units, 1) -> norm -> relu -> conv(units, kernel) }
  stem { conv(8, 3) }
  for stage in 0..1 {
    if stage > 0 { transition { norm -> relu -> conv(8, 1) -> avg_pool(2) } }
    block {
      banks b[4] of 4
      repeat 1..3 {
        read some(one_of(1..count(written)), written)
          -> layer(4 * one_of(1, 2), one_of(3, 5))
          -> write some(2, written, fresh(1))
      }
    }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""

# Shallow enough to learn something in a second.
SHALLOW = """
space shallow {
  input 1x8x8
  classes 10
  stem { conv(16, 3, stride=2) -> norm -> relu }
  block {
    banks b[3] of 16
    repeat 1..2 {
      read some(one_of(1..count(written)), written)
        -> conv(16, 1) -> norm -> relu
        -> write some(1, written, fresh(1))
    }
  }
  head { global_avg_pool -> linear(classes) }
}
"""

# Every source of weights, attention over banks and within a layer, groups, and widths in the head.
MIXED = """
space mixed {
  input 1x8x8
  classes 10
  encoding { unit = 4  compression = 2 }
  stem { repeat 2 { conv(8, 3) -> relu } }
  block {
    banks b[4] of 8
    let wide = 4 * one_of(1, 2)
    repeat 2..4 {
      read attend(some(one_of(1..count(written)), written))
        -> conv(8, one_of(1, 3), weights=generated, bias=true)
        -> conv(wide, 3, weights=own) -> group_norm(2)
        -> depthwise(one_of(3, 5))
        -> self_attention(heads=2)
        -> squeeze_excite(4)
        -> conv(8, 3, weights=fixed(gabor))
        -> write some(1, written, fresh(1))
    }
  }
  head { norm -> relu -> conv(8 * one_of(1, 2), 1) -> dropout(0.1) -> global_avg_pool
         -> linear(classes) }
}
"""


# Every source of weights at several kernel sizes and widths; `{input}` has one to three dimensions.
SOURCES = """
space sources {
  input {input}
  classes 4
  encoding { unit = 4  compression = 2 }
  stem { conv(8, 3) }
  block {
    banks b[4] of 4
    repeat 2..3 {
      let wide = 4 * one_of(1, 2)
      let k = one_of(1, 3, 5)
      read some(one_of(1..count(written)), written)
        -> conv(wide, k, weights=generated) -> norm -> relu
        -> conv(wide, k, weights=shared) -> norm -> relu
        -> conv(wide, k, weights=own) -> norm -> relu
        -> conv(4, k, weights=fixed(gabor)) -> norm
        -> write some(1, written, fresh(1))
    }
  }
  transition { norm -> relu -> conv(8, 1) -> max_pool(2) }
  block {
    bank x of 8
    read x -> depthwise(one_of(3, 5)) -> norm -> relu -> conv(8, 1) -> write x
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
INPUTS = {1: "2x16", 2: "2x8x8", 3: "2x6x6x6"}


def sources(rank: int) -> smashdsl.Space:
    return space(SOURCES.replace("{input}", INPUTS[rank]))


def space(text: str) -> smashdsl.Space:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Space)
    return found
