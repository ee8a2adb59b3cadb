"""The weights of a space that are learned directly: maximal tensors, of which networks take slices.

A slice is the front of the channels and the centre of the kernel. A tensor is made when a network
first asks for it, but its shape is given by the space and its first values by the seed and its key,
so that it makes no difference who asks first. Filters are kept at unit variance and scaled by their
fan-in when they are taken, as generated ones are: one learning rate then suits all widths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.training.seeds import derive

Shape = tuple[int, ...]


class WeightBank(nn.Module):
    """Maximal tensors by key; `seed` decides their initial values."""

    place: Tensor

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.tensors = nn.ParameterDict()
        self.register_buffer("place", torch.empty(0), persistent=False)

    def take(self, key: str, most: Shape, shape: Shape) -> Tensor:
        """A slice of a key's tensor, scaled by its own fan-in.

        Args:
            key: names the tensor; ends in the name of a slot.
            most: the tensor's shape, the largest that any network of the space needs.
            shape: of the slice.
        """
        if len(shape) != len(most) or any(n > m for n, m in zip(shape, most, strict=True)):
            raise InternalError(f"{key} is {most} at most, which does not cover {shape}")
        whole = self.whole(key, most)
        part = _thirds(whole, shape) if ".qkv." in key else _slice(whole, shape)
        return part if len(shape) < 2 else part * scale(shape)

    def whole(self, key: str, shape: Shape) -> Tensor:
        """A key's whole tensor of this shape, made now if there is none yet."""
        name = key.replace(".", "|")
        if name not in self.tensors:
            values = initial(key, shape, self.seed).to(self.place)
            self.tensors[name] = nn.Parameter(values)
        found: Tensor = self.tensors[name]
        if found.shape != shape:
            raise InternalError(f"{key} is {tuple(found.shape)} and cannot also be {shape}")
        return found

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Keys and whole tensors so far, in the order in which they were first asked for."""
        for name, tensor in self.tensors.items():
            yield name.replace("|", "."), tensor


def _slice(whole: Tensor, shape: Shape) -> Tensor:
    for axis, (size, most) in enumerate(zip(shape, whole.shape, strict=True)):
        whole = whole.narrow(axis, (most - size) // 2 if axis > 1 else 0, size)
    return whole


def _thirds(whole: Tensor, shape: Shape) -> Tensor:
    """Queries, keys and values each from the front of their own third."""
    parts = whole.view(3, -1, *whole.shape[1:])[:, : shape[0] // 3]
    return _slice(parts.flatten(0, 1), shape)


def scale(shape: Shape) -> float:
    """The standard deviation of a filter or matrix: sqrt(2 / fan-in) for filters (He et al. 2015),
    that of torch's linear layers for matrices."""
    return math.sqrt((2 if len(shape) > 2 else 1 / 3) / math.prod(shape[1:]))


def initial(key: str, shape: Shape, seed: int) -> Tensor:
    """A tensor's first values: filters and matrices normal, scales 1, shifts and scores 0."""
    if len(shape) < 2:
        return torch.ones(shape) if key.rsplit(".", 1)[-1] == "weight" else torch.zeros(shape)
    return torch.randn(shape, generator=torch.Generator().manual_seed(derive(seed, "bank", key)))
