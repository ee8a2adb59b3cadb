"""Where each entry of a generated filter comes from, against a slow loop."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import pytest
import torch

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.hypernet.slicing import cut_filter


@dataclass(frozen=True)
class Place:
    units: int
    channels: int
    kernel: tuple[int, ...]
    start: int
    slices: int


def place(units: int, channels: int, kernel: tuple[int, ...], start: int, depth: int) -> Place:
    return Place(units, channels, kernel, start, -(-channels // depth))


@pytest.mark.parametrize(
    ("unit", "compression", "units", "channels", "kernel"),
    [
        (8, 2, 64, 64, (1, 1)),
        (8, 2, 24, 40, (1, 1)),
        (8, 2, 8, 8, (1, 1)),
        (4, 1, 12, 20, (1, 1)),
        (4, 3, 12, 25, (1, 1)),
        (4, 2, 10, 7, (1, 1)),
        (1, 1, 3, 5, (1, 1)),
        (2, 2, 6, 6, (3, 5)),
        (2, 2, 5, 6, (3,)),
        (2, 1, 4, 3, (1, 2, 3)),
    ],
)
def test_every_entry(unit: int, compression: int, units: int, channels: int,
                     kernel: tuple[int, ...]) -> None:  # fmt: skip
    depth, taps = unit * compression, math.prod(kernel)
    spot = place(units, channels, kernel, 3, depth)
    rows, width = -(-units // unit) + 1, 3 + spot.slices + 2
    values = torch.arange(unit * depth * taps * rows * width, dtype=torch.float64)
    values = values.view(unit * depth * taps, rows, width)
    made = cut_filter(values, spot, unit, compression)
    assert made.shape == (units, channels, *kernel)
    scale = math.sqrt(2 / (channels * taps))
    used = set()
    for o, i in itertools.product(range(units), range(channels)):
        for tap, where in enumerate(itertools.product(*map(range, kernel))):
            source = (
                ((o % unit) * depth + i % depth) * taps + tap,
                o // unit,
                spot.start + i // depth,
            )
            assert made[(o, i, *where)] == values[source] * scale
            used.add(source)
    assert len(used) == units * channels * taps


def test_filters_next_to_each_other_share_nothing() -> None:
    values = torch.rand(4 * 8, 3, 5)
    one = cut_filter(values, place(12, 16, (1, 1), 0, 8), 4, 2) * math.sqrt(16 / 2)
    two = cut_filter(values, place(12, 24, (1, 1), 2, 8), 4, 2) * math.sqrt(24 / 2)
    together = torch.cat([one, two], 1).flatten()
    assert together.sum() == pytest.approx(values.sum().item(), rel=1e-5)
    assert len(together) == values.numel()


def test_a_filter_is_never_truncated() -> None:
    values = torch.rand(4 * 8, 3, 5)
    for spot in (Place(16, 8, (1, 1), 0, 1), Place(12, 9, (1, 1), 0, 1)):
        with pytest.raises(InternalError, match="does not fit"):
            cut_filter(values, spot, 4, 2)
    with pytest.raises(RuntimeError):
        cut_filter(values, Place(12, 40, (1, 1), 1, 5), 4, 2)


def test_output_has_the_variance_of_its_input() -> None:
    values = torch.randn(64 * 2, 8, 30, generator=torch.Generator().manual_seed(0))
    for channels in (16, 100, 400):
        made = cut_filter(values, place(64, channels, (1, 1), 1, 16), 8, 2)
        assert made.var() * channels == pytest.approx(2, rel=0.1)
