"""Where each entry of a generated filter comes from, against a slow loop."""

from __future__ import annotations

import itertools

import pytest

from smashdsl.hypernet.slicing import entries_of


@pytest.mark.parametrize(
    ("unit", "compression", "units", "channels", "taps"),
    [
        (8, 2, 64, 64, 1),
        (8, 2, 24, 40, 1),
        (8, 2, 8, 8, 1),
        (4, 3, 12, 25, 1),
        (4, 2, 10, 7, 1),
        (1, 1, 3, 5, 1),
        (2, 2, 6, 6, 15),
        (2, 2, 5, 6, 3),
        (2, 1, 4, 3, 6),
    ],
)
def test_every_entry(unit: int, compression: int, units: int, channels: int, taps: int) -> None:
    depth = unit * compression
    slices = -(-channels // depth)
    found = entries_of(units, channels, taps, unit, depth).tolist()
    expected = []
    for o, i, tap in itertools.product(range(units), range(channels), range(taps)):
        position = o // unit * slices + i // depth
        within = ((o % unit) * depth + i % depth) * taps + tap
        expected.append(position * unit * depth * taps + within)
    assert found == expected
    assert len(set(found)) == units * channels * taps
