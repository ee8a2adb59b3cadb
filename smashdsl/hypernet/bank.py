"""The weights of a space that are learned directly: maximal tensors, of which networks take slices.

A slice is the front of the channels and the centre of the kernel. Every tensor has a key, a shape
that the space gives it, and first values that depend on the seed and its key alone. Filters are
kept at unit variance and scaled by their fan-in when they are taken, as generated ones are: one
learning rate then suits all widths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.training.seeds import derive

Shape = tuple[int, ...]


class WeightBank(nn.Module):
    """Maximal tensors by key.

    Args:
        shapes: of all tensors, each the largest that any network of the space needs.
        seed: decides their initial values.
    """

    def __init__(self, shapes: Mapping[str, Shape], seed: int) -> None:
        super().__init__()
        self.tensors = nn.ParameterDict(
            {_name(key): nn.Parameter(initial(key, shape, seed)) for key, shape in shapes.items()}
        )

    def take(self, key: str, shape: Shape) -> Tensor:
        """A slice of a key's tensor, scaled by its own fan-in."""
        part = self.slice(self.tensors[_name(key)], key, shape).reshape(shape)
        return part if len(shape) < 2 else part * scale(shape)

    @torch.no_grad()
    def collect(self, key: str, gradient: Tensor) -> None:
        """Add the gradient of a slice that `take` gave to that of the whole tensor."""
        whole = self.tensors[_name(key)]
        if whole.grad is None:
            whole.grad = torch.zeros_like(whole)
        part = self.slice(whole.grad, key, tuple(gradient.shape))
        factor = 1.0 if gradient.ndim < 2 else scale(tuple(gradient.shape))
        part.add_(gradient.reshape(part.shape), alpha=factor)

    @staticmethod
    def slice(whole: Tensor, key: str, shape: Shape) -> Tensor:
        """The part of a key's tensor that a network with this shape uses, as a view that holds the
        same numbers in the same order."""
        most = whole.shape
        if len(shape) != len(most) or any(n > m for n, m in zip(shape, most, strict=True)):
            raise InternalError(f"{key} is {tuple(most)} at most, which does not cover {shape}")
        if ".qkv." in key:  # queries, keys and values each from the front of their own third
            thirds = whole.view(3, -1, *most[1:])[:, : shape[0] // 3]
            return _front(thirds, (3, shape[0] // 3, *shape[1:]), kernel=3)
        return _front(whole, shape, kernel=2)


def _front(whole: Tensor, shape: Shape, kernel: int) -> Tensor:
    """The front of the dimensions before `kernel`, and the centre of those from it on."""
    for axis, (size, most) in enumerate(zip(shape, whole.shape, strict=True)):
        if size != most:
            whole = whole.narrow(axis, (most - size) // 2 if axis >= kernel else 0, size)
    return whole


def _name(key: str) -> str:
    return key.replace(".", "|")


def scale(shape: Shape) -> float:
    """The standard deviation of a filter or matrix: sqrt(2 / fan-in) for filters (He et al. 2015),
    that of torch's linear layers for matrices."""
    return math.sqrt((2 if len(shape) > 2 else 1 / 3) / math.prod(shape[1:]))


def initial(key: str, shape: Shape, seed: int) -> Tensor:
    """A tensor's first values: filters and matrices normal, scales 1, shifts and scores 0."""
    if len(shape) < 2:
        return torch.ones(shape) if key.rsplit(".", 1)[-1] == "weight" else torch.zeros(shape)
    return torch.randn(shape, generator=torch.Generator().manual_seed(derive(seed, "bank", key)))
