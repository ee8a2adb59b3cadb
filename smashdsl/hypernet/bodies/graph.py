"""A HyperNet's body that sees the network's graph.

Each stretch of the encoding (a layer's filter, or a layer that generates none) is a token.
Transformer layers exchange what the tokens know, and know how far apart two layers are along the
flow of data (as GHN-3 does for primitive operations: Knyazev et al. 2023). A position of a filter
is then its token, its row, its slice, and the channels of the block's banks that the slice reads:
weights for the same bank are alike whatever else a layer reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from smashdsl.hypernet.batch import Batch, Sites
from smashdsl.hypernet.relations import COUNT
from smashdsl.training.ranges import require_range

_PLACES = 32  # numbers that say where a row, a slice or a channel is


@dataclass(frozen=True)
class GraphSettings:
    """`layers` transformer layers of `width` features and `heads` heads; `hidden` features of each
    position of a filter."""

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
    """Features of positions from tokens that know their surroundings."""

    def __init__(self, channels: int, settings: GraphSettings, generator: torch.Generator) -> None:
        super().__init__()
        width, self.width = settings.width, settings.hidden
        self.enter = nn.Linear(channels, width)
        self.layers = nn.ModuleList(_Layer(width, settings.heads) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.token = nn.Linear(width, settings.hidden)
        self.row, self.slice, self.origin = (
            nn.Linear(_PLACES, settings.hidden, bias=False) for _ in range(3)
        )
        _initialise(self, generator)

    def forward(self, batch: Batch) -> tuple[Tensor, ...]:
        """What each stretch tells its positions, `(T, hidden)`."""
        tokens = self.enter(batch.entries)
        tokens = nn.utils.rnn.pad_sequence(tokens.split(batch.counts), batch_first=True)
        for layer in self.layers:
            tokens = layer(tokens, batch.relations, batch.absent)
        return (self.token(self.norm(tokens[~batch.absent])),)

    def features(self, known: tuple[Tensor, ...], sites: Sites) -> Tensor:
        """Of each position, `(P, hidden)`."""
        columns = functional.embedding(sites.token, known[0])
        columns = columns + self.slice(_where(sites.slice)) + self.origin(_where(sites.origin))
        rows = self.row(_where(torch.arange(sites.rows, device=columns.device)))
        together = functional.embedding(sites.column, columns)
        return functional.gelu(together + functional.embedding(sites.row, rows))


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

    def forward(self, x: Tensor, relations: Tensor, absent: Tensor) -> Tensor:
        split = self.qkv(self.before_attention(x)).view(*x.shape[:2], 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        bias = self.bias(relations).permute(0, 3, 1, 2)
        bias = bias.masked_fill(absent[:, None, None, :], -math.inf)
        mixed = functional.scaled_dot_product_attention(query, key, value, bias)
        x = x + self.proj(mixed.transpose(1, 2).flatten(2))
        out: Tensor = x + self.mlp(self.before_mlp(x))
        return out


def _where(numbers: Tensor) -> Tensor:
    """Whole numbers as sines and cosines of many wavelengths (Vaswani et al. 2017)."""
    steps = torch.arange(_PLACES // 2, device=numbers.device)
    angles = numbers[:, None] * torch.exp(steps * (-math.log(1000) / (_PLACES // 2 - 1)))
    return torch.cat([angles.sin(), angles.cos()], 1)


@torch.no_grad()
def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    for part in module.modules():
        if isinstance(part, nn.Linear):
            part.weight.normal_(0, 1 / math.sqrt(part.in_features), generator=generator)
            if part.bias is not None:
                part.bias.zero_()
        elif isinstance(part, nn.Embedding):
            part.weight.zero_()
