"""Spaces with data that fit them, and odd networks."""

from __future__ import annotations

from functools import cache

import numpy as np

import smashdsl
from smashdsl.scoring.scorer import Context
from smashdsl.training.data import Dataset, from_arrays
from tests.hypernet.spaces import MIXED, TINY, sources, space

SHAPES = {"1-D": (2, 16), "2-D": (2, 8, 8), "3-D": (2, 6, 6, 6)}


def noise(shape: tuple[int, ...], classes: int, count: int = 120, seed: int = 0) -> Dataset:
    """Random images without a pattern."""
    images = np.random.default_rng(seed).normal(size=(count, *shape))
    return from_arrays(images, np.arange(count) % classes, channels="first", name="noise")


NAMES = ("tiny", "mixed", *SHAPES)


@cache
def context(name: str) -> Context:
    """A context by name."""
    if name in SHAPES:
        rank = list(SHAPES).index(name) + 1
        return Context(sources(rank), noise(SHAPES[name], 4))
    return Context(space(TINY if name == "tiny" else MIXED), noise((1, 8, 8), 10))


# Networks whose output ignores the input, or is too large, and such without usual parts.
ODD = {
    "cell of zeros": "stem { conv(4, 3) -> norm } block { banks b[2] of 4 enter b[0] "
                     "read b[0] -> zero -> write b[1] leave b[1] } "
                     "head { norm -> relu -> global_avg_pool -> linear(3) }",
    "zeros at the end": "stem { conv(4, 3) -> norm -> relu } "
                        "head { global_avg_pool -> linear(3) -> zero }",
    "no weights": "stem { relu } head { global_avg_pool }",
    "no activation": "stem { conv(4, 3) } head { global_avg_pool -> linear(3) }",
    "gate of zeros": "stem { conv(4, 3) -> mul { relu ; zero } } "
                     "head { global_avg_pool -> linear(3) }",
    "overflow": "stem { conv(4, 3) -> relu repeat 200 { sum { identity ; identity } } } "
                "head { global_avg_pool -> linear(3) }",
}  # fmt: skip


def odd(name: str) -> smashdsl.Program:
    """A network on `3x8x8` with three outputs."""
    found = smashdsl.loads(f"program odd {{ input 3x8x8 classes 3 {ODD[name]} }}")
    assert isinstance(found, smashdsl.Program)
    return found
