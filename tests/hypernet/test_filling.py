"""Entries of filters and their gradients, against the plain way by autograd."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.batch import collate
from smashdsl.hypernet.filling import entries_of
from tests.hypernet.spaces import MIXED, TINY, sources, space

# With so small slices that gates are put on layers, not on features.
FINE = MIXED.replace("unit = 4  compression = 2", "unit = 1  compression = 1")
SPACES = {"tiny": space(TINY), "mixed": space(MIXED), "fine": space(FINE), "1-D": sources(1),
          "3-D": sources(3)}  # fmt: skip
WIDTH = 5


def numbers(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(len(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()


def plain(architecture: Architecture, of: smashdsl.Space, values: list[Tensor]) -> Tensor:
    """Entry by entry, from the values `(unit, depth, taps)` of positions, column by column."""
    layout, sites = of.layout, architecture.sites
    at, columns = {}, iter(zip(sites.token.tolist(), sites.slice.tolist(), strict=True))
    for group in sites.groups:
        for _ in range(group.columns):
            token, number = next(columns)
            for row in range(group.rows):
                value = values.pop(0)
                at[token, number, row] = value.view(layout.unit, layout.depth, *group.kernel)
    filters = []
    for each in architecture.filters:
        rows, slices = -(-each.place.units // layout.unit), each.place.slices
        whole = torch.cat([torch.cat([at[each.token, s, r] for s in range(slices)], 1)
                           for r in range(rows)])  # fmt: skip
        filters.append(whole[: each.place.units, : each.place.channels].flatten())
    return torch.cat(filters)


@pytest.mark.parametrize("by_column", [True, False])
@pytest.mark.parametrize("name", SPACES)
def test_as_by_autograd(name: str, by_column: bool) -> None:
    of = SPACES[name]
    some = [prepare(of.sample(seed)) for seed in range(3)]
    sites = collate(some).sites
    column, row = sites.positions()
    features = numbers(len(sites.rows) if by_column else len(column), WIDTH)
    gates = numbers(sites.most_rows, WIDTH) if by_column else None
    values = of.layout.unit * of.layout.depth
    layers = {kernel: numbers(values * math.prod(kernel), WIDTH) for kernel in of.layout.kernels}
    found = entries_of(features, gates, layers, sites.parts)

    of_positions = features if gates is None else features[column] * gates[row]
    kernels = [group.kernel for part in sites.parts for group in part.groups
               for _ in range(group.columns * group.rows)]  # fmt: skip
    made = [layers[k] @ each for k, each in zip(kernels, of_positions, strict=True)]
    expected = [plain(each, of, made) for each in some]
    assert not made
    for one, two in zip(found, expected, strict=True):
        torch.testing.assert_close(one, two)

    inputs = [features, *layers.values(), *([] if gates is None else [gates])]
    ways = [numbers(len(each)) for each in found]
    ours, theirs = (torch.autograd.grad(each, inputs, ways) for each in (found, expected))
    for one, two in zip(ours, theirs, strict=True):
        assert (two != 0).any()
        torch.testing.assert_close(one, two)


def test_an_output_that_is_not_used() -> None:
    """Its part of the gradient is 0."""
    of = SPACES["tiny"]
    sites = collate([prepare(of.sample(seed)) for seed in range(2)]).sites
    features, gates = numbers(len(sites.rows), WIDTH), numbers(sites.most_rows, WIDTH)
    layers = {(1, 1): numbers(of.layout.unit * of.layout.depth, WIDTH)}
    _, second = entries_of(features, gates, layers, sites.parts)
    second.sum().backward()
    first = sum(group.columns for group in sites.parts[0].groups)
    assert (features.grad[:first] == 0).all()
    assert (features.grad[first:] != 0).all()
