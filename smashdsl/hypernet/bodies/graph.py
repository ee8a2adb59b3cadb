"""A HyperNet's body that sees the network's graph.

Each stretch of the encoding (a layer's filter, or a layer that generates none) is a token.
Transformer layers exchange what the tokens know, and know how far apart two layers are along the
flow of data (as GHN-3 does for primitive operations: Knyazev et al. 2023). A column of a filter is
then its token, its slice, and the channels of the block's banks that the slice reads: weights for
the same bank are alike whatever else a layer reads. Rows are told apart by a gate on the column's
features, so that all work but the last multiplication is done once for a column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.hypernet.batch import Batch
from smashdsl.hypernet.filling import Features
from smashdsl.hypernet.relations import COUNT
from smashdsl.training.ranges import require_range

_PLACES = 32  # numbers that say where a slice or a channel is


@dataclass(frozen=True)
class GraphSettings:
    """`layers` transformer layers of `width` features and `heads` heads; `hidden` features of each
    column of a filter."""

    width: int = 96
    heads: int = 4
    layers: int = 3
    hidden: int = 64

    def __post_init__(self) -> None:
        require_range(self, "width heads hidden", 1)
        require_range(self, "layers", 0)
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")


class GraphBody(nn.Module):
    """Features of columns from tokens that know their surroundings."""

    def __init__(self, channels: int, rows: int, settings: GraphSettings,
                 generator: torch.Generator) -> None:  # fmt: skip
        super().__init__()
        width, self.width = settings.width, settings.hidden
        self.enter = nn.Linear(channels, width)
        self.layers = nn.ModuleList(_Layer(width, settings.heads) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.token = nn.Linear(width, settings.hidden)
        self.slice, self.origin = (
            nn.Linear(_PLACES, settings.hidden, bias=False) for _ in range(2)
        )
        signs = torch.randint(2, (rows, settings.hidden), generator=generator)
        self.gates = nn.Parameter(2 * signs.to(self.token.weight) - 1)
        _initialise(self, generator)

    def forward(self, batch: Batch) -> Features:
        """Of each column."""
        tokens = self.enter(batch.entries)
        for layer, bias in zip(self.layers, self._biases(batch.relations), strict=True):
            tokens = layer(tokens, bias, batch)
        sites, tokens = batch.sites, self.token(self.norm(tokens))
        places = _places(sites.places, tokens)
        local = torch.cat([places[sites.slice], places[sites.origin]], 1)
        weight = torch.cat([self.slice.weight, self.origin.weight], 1)
        columns = torch.addmm(functional.embedding(sites.token, tokens), local, weight.t())
        return Features(functional.gelu(columns), sites.scale, self.gates[: sites.most_rows])

    def _biases(self, relations: Tensor) -> Sequence[Tensor]:
        """For each layer, what relations `(A, t, t)` add to the scores `(heads * A, t, t)`."""
        if not self.layers:
            return ()
        tables = torch.cat([layer.get_parameter("bias.weight") for layer in self.layers], 1)
        nowhere = tables.new_full((1, tables.shape[1]), torch.finfo(tables.dtype).min / 2)
        kinds = torch.arange(COUNT + 1, device=relations.device)[:, None]
        chosen = (relations.flatten() == kinds).to(tables.dtype)
        found = torch.cat([tables, nowhere]).t() @ chosen
        return found.view(len(self.layers), -1, *relations.shape[1:]).unbind()


class _Layer(nn.Module):
    """Attention between an architecture's tokens, biased by their relation, and a perceptron."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.bias = nn.Embedding(COUNT, heads)
        self.before_attention, self.before_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor, bias: Tensor, batch: Batch) -> Tensor:
        x = x + self.proj(self._mixed(self.qkv(self.before_attention(x)), bias, batch))
        out: Tensor = x + self.mlp(self.before_mlp(x))
        return out

    def _mixed(self, qkv: Tensor, bias: Tensor, batch: Batch) -> Tensor:
        """What attention gives each token, `(T, width)`."""
        number, most, _ = batch.relations.shape
        if number > 1:
            qkv = qkv.new_zeros(number * most, qkv.shape[1]).index_copy(0, batch.place, qkv)
        split = qkv.view(number, most, 3, self.heads, -1).permute(2, 3, 0, 1, 4)
        query, key, value = split.reshape(3, -1, most, split.shape[-1])
        scores = torch.baddbmm(bias, query, key.mT, alpha=1 / math.sqrt(query.shape[-1]))
        by_head = torch.bmm(scores.softmax(2), value).view(self.heads, number, most, -1)
        mixed = by_head.permute(1, 2, 0, 3).reshape(number * most, -1)
        return mixed.index_select(0, batch.place) if number > 1 else mixed


def _places(count: int, like: Tensor) -> Tensor:
    """The first whole numbers as sines and cosines of many wavelengths (Vaswani et al. 2017)."""
    steps = torch.arange(_PLACES // 2, device=like.device)
    wavelengths = torch.exp(steps * (-math.log(1000) / (_PLACES // 2 - 1)))
    angles = torch.arange(count, device=like.device)[:, None] * wavelengths
    return torch.cat([angles.sin(), angles.cos()], 1).to(like.dtype)


@torch.no_grad()
def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    for part in module.modules():
        if isinstance(part, nn.Linear):
            part.weight.normal_(0, 1 / math.sqrt(part.in_features), generator=generator)
            if part.bias is not None:
                part.bias.zero_()
        elif isinstance(part, nn.Embedding):
            part.weight.zero_()
