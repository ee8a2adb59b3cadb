"""The weights of a space that are learned directly: one maximal tensor per key.

A network of the space takes its slice: the front of the channels, the centre of the kernel.
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
    """Maximal tensors by key; the initial values of each depend on the seed and its key alone.

    Args:
        shapes: the largest shape of each key's tensor over the whole space.
        seed: decides the initial values.
    """

    def __init__(self, shapes: Mapping[str, Shape], seed: int) -> None:
        super().__init__()
        self.tensors = nn.ParameterDict(
            {_safe(key): nn.Parameter(initial(key, shape, seed)) for key, shape in shapes.items()}
        )

    def take(self, key: str, shape: Shape) -> Tensor:
        """The slice of a key's tensor with this shape.

        A filter with a smaller fan-in than the maximal one is scaled up, so that its output has
        the same variance.
        """
        whole: Tensor = self.tensors[_safe(key)]
        if len(shape) != whole.ndim or any(n > m for n, m in zip(shape, whole.shape, strict=True)):
            raise InternalError(f"{key} has {tuple(whole.shape)}, which does not cover {shape}")
        if shape == whole.shape:
            return whole
        part = _thirds(whole, shape) if ".qkv." in key else _slice(whole, shape)
        if len(shape) < 2:
            return part
        return part * math.sqrt(math.prod(whole.shape[1:]) / math.prod(shape[1:]))


def _safe(key: str) -> str:
    return key.replace(".", "|")


def _slice(whole: Tensor, shape: Shape) -> Tensor:
    for axis, (size, most) in enumerate(zip(shape, whole.shape, strict=True)):
        whole = whole.narrow(axis, (most - size) // 2 if axis > 1 else 0, size)
    return whole


def _thirds(whole: Tensor, shape: Shape) -> Tensor:
    """Queries, keys and values each from the front of their own third."""
    parts = whole.view(3, -1, *whole.shape[1:])[:, : shape[0] // 3]
    return _slice(parts.flatten(0, 1), shape)


def initial(key: str, shape: Shape, seed: int) -> Tensor:
    """A tensor's first values: filters normal with variance 2 / fan-in (He et al. 2015), matrices
    with the variance of torch's linear layers, scales 1, shifts and scores 0."""
    if len(shape) < 2:
        scale = key.rsplit(".", 1)[-1] == "weight"
        return torch.ones(shape) if scale else torch.zeros(shape)
    generator = torch.Generator().manual_seed(derive(seed, "bank", key))
    variance = 2 if len(shape) > 2 else 1 / 3
    deviation = math.sqrt(variance / math.prod(shape[1:]))
    return torch.randn(shape, generator=generator) * deviation
