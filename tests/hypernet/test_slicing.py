"""Where each entry of a generated filter comes from, against a slow loop."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from smashdsl.backends.encoding import Generated
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.hypernet.slicing import filter_of


def place(units: int, channels: int, kernel: tuple[int, ...], depth: int) -> Generated:
    return Generated("stem.conv1.weight", units, channels, kernel, 3, -(-channels // depth))


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
    spot = place(units, channels, kernel, depth)
    rows = -(-units // unit)
    values = torch.arange(rows * spot.slices * unit * depth * taps, dtype=torch.float64)
    values = values.view(rows * spot.slices, unit * depth * taps)
    made = filter_of(values, spot, unit, depth)
    assert made.shape == (units, channels, *kernel)
    scale = math.sqrt(2 / (channels * taps))
    used = set()
    for o, i in itertools.product(range(units), range(channels)):
        for tap, where in enumerate(itertools.product(*map(range, kernel))):
            source = (
                o // unit * spot.slices + i // depth,
                ((o % unit) * depth + i % depth) * taps + tap,
            )
            assert made[(o, i, *where)] == values[source] * scale
            used.add(source)
    assert len(used) == units * channels * taps


def test_a_filter_is_never_truncated() -> None:
    spot = place(12, 16, (1, 1), 8)
    for count in (5, 7):
        with pytest.raises(InternalError, match="does not fit"):
            filter_of(torch.rand(count, 32), spot, 4, 8)
    with pytest.raises(InternalError, match="does not fit"):
        filter_of(torch.rand(6, 16), spot, 4, 4)


def test_output_has_the_variance_of_its_input() -> None:
    """The gain of a filter depends on its width in the released code, which divides by norms."""
    for channels in (16, 100, 400):
        spot = place(64, channels, (1, 1), 16)
        values = torch.randn(8 * spot.slices, 128, generator=torch.Generator().manual_seed(0))
        assert filter_of(values, spot, 8, 16).var() * channels == pytest.approx(2, rel=0.1)
