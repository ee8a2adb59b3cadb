"""Where each entry of generated filters is among the values, against a slow loop."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import smashdsl
from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.slicing import runs_of
from tests.hypernet.spaces import MIXED, TINY, sources, space


@pytest.mark.parametrize(
    ("unit", "depth", "units", "length"),
    [
        (8, 1, 64, 4),
        (8, 16, 64, 64),
        (8, 16, 24, 40),
        (8, 16, 8, 8),
        (4, 12, 12, 25),
        (4, 8, 10, 7),
        (1, 1, 3, 5),
        (2, 60, 6, 90),
        (2, 6, 5, 9),
    ],
)
def test_every_run(unit: int, depth: int, units: int, length: int) -> None:
    rows, slices = -(-units // unit), -(-length // depth)
    expected = []
    for o, i in itertools.product(range(units), range(length)):
        column = i // depth * rows * unit * depth
        expected.append(column + (o // unit * unit + o % unit) * depth + i % depth)
    found = runs_of(units, length, unit, depth)
    assert found.index.tolist() == expected
    assert len(set(expected)) == units * length
    assert found.total == slices * rows * unit * depth


@pytest.mark.parametrize("of", [space(TINY), space(MIXED), *map(sources, (1, 2, 3))])
def test_entries_of_whole_architectures(of: smashdsl.Space) -> None:
    """Each entry comes from the kernel, the row and the slice that it should, and from a place that
    no other has; the way back finds it there."""
    layout = of.layout
    for architecture in map(prepare, map(of.sample, range(3))):
        sites, filters = architecture.sites, [each.place for each in architecture.filters]
        lie = sites.arrangement
        # What every value belongs to, in the order in which values are made.
        made = []
        columns = iter(zip(sites.token.tolist(), sites.slice.tolist(), strict=True))
        for group in sites.groups:
            values = (layout.unit, layout.depth, math.prod(group.kernel))
            for token, number in itertools.islice(columns, group.columns):
                made += [(token, number, row, *within) for row in range(group.rows)
                         for within in np.ndindex(values)]  # fmt: skip
        assert next(columns, None) is None
        found = np.array(made).reshape(-1, lie.run, 6)[lie.index].reshape(-1, 6)
        expected = [
            (each.token, i // layout.depth, o // layout.unit, o % layout.unit, i % layout.depth, t)
            for each, place in zip(architecture.filters, filters, strict=True)
            for o, i, t in np.ndindex(place.units, place.channels, math.prod(place.kernel))
        ]
        assert found.tolist() == list(map(list, expected))
        assert (lie.inverse[lie.index] == np.arange(len(lie.index))).all()
        used = {*lie.index.tolist()}
        assert sorted({*range(len(lie.inverse))} - used) == lie.unused.tolist()
        assert not lie.inverse[lie.unused].any()
