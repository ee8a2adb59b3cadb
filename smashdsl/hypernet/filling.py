"""Features and last layers → the entries of generated filters.

A filter's values are products of features with the matrix of its kernel's last layer. They are
made group by group into one buffer, and moved from there in runs; the way back does the same. As
operations of autograd the numbers would be moved several times more often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import torch
from torch import Tensor

from smashdsl.hypernet.batch import Part

Kernel = tuple[int, ...]


class Features(NamedTuple):
    """What a body tells the last layers.

    Attributes:
        values: `(Q, width)` of each column, or `(P, width)` of each position, column by column.
        scale: `(Q, 1)` or `(P, 1)`, of the filters.
        gates: `(rows, width)`, by which a column's features are multiplied for each row, where
            there are none for each position.
    """

    values: Tensor
    scale: Tensor
    gates: Tensor | None


def entries_of(features: Tensor, gates: Tensor | None, layers: Mapping[Kernel, Tensor],
               parts: Sequence[Part]) -> list[Tensor]:  # fmt: skip
    """The entries of all filters of each architecture.

    Args:
        features: `(Q, width)` or `(P, width)`, ready for the last layers.
        gates: see `Features`.
        layers: for each kernel `(values of a position, width)`.
        parts: the filters.
    """
    wholes = [set() if gates is None else _whole(part, layers) for part in parts]
    if gates is not None:
        features = _told_apart(features, gates, parts, wholes)
    plans = [list(_products(*each, layers)) for each in zip(parts, wholes, strict=True)]
    kinds = list(dict.fromkeys((each.kernel, each.whole) for plan in plans for each in plan))
    matrices = [_matrix(layers[kernel], gates if whole else None) for kernel, whole in kinds]
    found: tuple[Tensor, ...] = _Fill.apply(features, parts, plans, kinds, *matrices)  # type: ignore[no-untyped-call]
    return list(found)


def _whole(part: Part, layers: Mapping[Kernel, Tensor]) -> set[Kernel]:
    """The kernels of an architecture for which gates are put on the last layer, once for each row,
    rather than on features: those with more positions than that has values. What else is in the
    batch has no say, so that values are the same to the bit."""
    positions: Counter[Kernel] = Counter()
    rows: dict[Kernel, int] = {}
    for group in part.groups:
        positions[group.kernel] += group.columns * group.rows
        rows[group.kernel] = group.rows  # they come in order
    return {kernel for kernel in rows if positions[kernel] >= rows[kernel] * len(layers[kernel])}


def _told_apart(columns: Tensor, gates: Tensor, parts: Sequence[Part],
                wholes: Sequence[set[Kernel]]) -> Tensor:  # fmt: skip
    """The features of columns, and of positions where gates are put on features."""
    groups = [(group, group.kernel in whole) for part, whole in zip(parts, wholes, strict=True)
              for group in part.groups]  # fmt: skip
    if all(whole for _, whole in groups):
        return columns
    split = columns.split([group.columns for group, _ in groups])  # type: ignore[no-untyped-call]
    return torch.cat([
        part if whole else (part[:, None] * gates[: group.rows]).flatten(0, 1)
        for part, (group, whole) in zip(split, groups, strict=True)
    ])  # fmt: skip


def _matrix(layer: Tensor, gates: Tensor | None) -> Tensor:
    """A layer, or that of each row below each other."""
    return layer if gates is None else (gates[:, None] * layer).flatten(0, 1)


class _Product(NamedTuple):
    """The next so many `samples` of features times the first `size` rows of the matrix of a kernel,
    that of all rows if it is `whole`."""

    kernel: Kernel
    whole: bool
    samples: int
    size: int


def _products(part: Part, whole: set[Kernel],
              layers: Mapping[Kernel, Tensor]) -> Iterator[_Product]:  # fmt: skip
    """What gives the values of an architecture, in order."""
    for kernel, groups in groupby(part.groups, lambda group: group.kernel):
        values = len(layers[kernel])
        if kernel in whole:
            for group in groups:
                yield _Product(kernel, True, group.columns, group.rows * values)
        else:
            positions = sum(group.columns * group.rows for group in groups)
            yield _Product(kernel, False, positions, values)


class _Fill(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        parts: Sequence[Part],
        plans: Sequence[Sequence[_Product]],
        kinds: Sequence[tuple[Kernel, bool]],
        *matrices: Tensor,
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(features, *matrices)
        ctx.parts, ctx.plans, ctx.kinds = parts, plans, kinds
        of = dict(zip(kinds, matrices, strict=True))
        buffer = features.new_empty(max(_total(plan) for plan in plans))
        entries, first = [], 0
        for part, plan in zip(parts, plans, strict=True):
            for product, values in _pieces(plan, buffer):
                matrix = of[product.kernel, product.whole][: product.size]
                torch.mm(features[first : first + product.samples], matrix.t(), out=values)
                first += product.samples
            runs = buffer[: _total(plan)].view(-1, part.run)
            entries.append(runs.index_select(0, part.index).flatten())
        return tuple(entries)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        features, *matrices = ctx.saved_tensors
        to_features = torch.empty_like(features)
        to_matrices = [torch.zeros_like(matrix) for matrix in matrices]
        of = dict(zip(ctx.kinds, zip(matrices, to_matrices, strict=True), strict=True))
        first = 0
        for part, plan, gradient in zip(ctx.parts, ctx.plans, gradients, strict=True):
            for product, values in _pieces(plan, _spread(gradient, part)):
                samples = slice(first, first + product.samples)
                matrix, to_matrix = of[product.kernel, product.whole]
                torch.mm(values, matrix[: product.size], out=to_features[samples])
                to_matrix[: product.size].addmm_(values.t(), features[samples])
                first += product.samples
        return to_features, None, None, None, *to_matrices


def _total(products: Sequence[_Product]) -> int:
    return sum(product.samples * product.size for product in products)


def _pieces(products: Sequence[_Product],
            flat: Tensor) -> Iterator[tuple[_Product, Tensor]]:  # fmt: skip
    """Each product with its values, `(samples, size)`."""
    start = 0
    for product in products:
        length = product.samples * product.size
        yield product, flat[start : start + length].view(product.samples, product.size)
        start += length


def _spread(gradient: Tensor, part: Part) -> Tensor:
    """The gradient of the values from that of the entries: 0 where no filter has them."""
    values = gradient.reshape(-1, part.run).index_select(0, part.inverse)
    return values.index_fill_(0, part.unused, 0).flatten()
