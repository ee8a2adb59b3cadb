"""The small functions and classes that an exported file may need, as text.

A file holds those that it uses, and what these use in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from smashdsl.backends.source.code import Arg, Call
from smashdsl.backends.source.layout import lines, signature

_BRANCHES = {
    "Sum": ("The sum of what the branches give.", "reduce(torch.add, {})"),
    "Mean": ("The mean of what the branches give.", "reduce(torch.add, {}) / len(self)"),
    "Max": ("The elementwise maximum of what the branches give.", "reduce(torch.maximum, {})"),
    "Product": ("The product of what the branches give.", "reduce(torch.mul, {})"),
    "Cat": ("What the branches give, concatenated along channels.", "torch.cat({}, 1)"),
}

_REDUCTIONS = {
    "total": ("The sum of values of one shape.", "reduce(torch.add, values)"),
    "mean": ("The mean of values of one shape.", "reduce(torch.add, values) / len(values)"),
    "maximum": ("The elementwise maximum of values of one shape.", "reduce(torch.maximum, values)"),
    "product": ("The product of values of one shape.", "reduce(torch.mul, values)"),
}

_TEXTS = {
    "chain": '''
def chain(**stages: nn.Module) -> nn.Sequential:
    """Modules one after another, under their own names."""
    return nn.Sequential(OrderedDict(stages))
''',
    "replace": '''
def replace(old: Tensor, new: Tensor) -> Tensor:
    """What a bank holds after it was overwritten."""
    return new
''',
    "Shake": '''
class Shake(nn.Sequential):
    """A random convex combination of the branches in training, their mean otherwise."""

    def forward(self, x: Tensor) -> Tensor:
        values = [branch(x) for branch in self]
        if not self.training:
            return reduce(torch.add, values) / len(values)
        weights = torch.rand(len(values), dtype=x.dtype, device=x.device)
        return sum(w * v for w, v in zip(weights / weights.sum(), values))
''',
    "Attend": '''
class Attend(nn.Module):
    """Values weighted by a softmax over one learned score for each, and summed."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.scores = nn.Parameter(torch.zeros(count))

    def forward(self, *values: Tensor) -> Tensor:
        return sum(w * v for w, v in zip(self.scores.softmax(0), values))
''',
    "Zero": '''
class Zero(nn.Module):
    """Zeros of the input's shape."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros_like(x)
''',
    "GlobalAvgPool": '''
class GlobalAvgPool(nn.Module):
    """The mean over all positions."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mean(2)
''',
    "LayerNorm": '''
class LayerNorm(nn.LayerNorm):
    """Normalisation over the channels of each position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "LayerScale": '''
class LayerScale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, channels: int, init: float) -> None:
        super().__init__()
        self.init = init
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.unflatten(0, (-1, *(1,) * (x.ndim - 2)))
''',
    "Shift": '''
class Shift(nn.Module):
    """Values from further along every dimension, zeros at the end."""

    def __init__(self, distance: int) -> None:
        super().__init__()
        self.distance = distance

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, (-self.distance, self.distance) * (x.ndim - 2))
''',
    "ChannelShuffle": '''
class ChannelShuffle(nn.Module):
    """Interleaves the channels of equal groups."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)
''',
    "Take": '''
class Take(nn.Module):
    """Some of the channels, next to each other."""

    def __init__(self, channels: int, after: int) -> None:
        super().__init__()
        self.channels = channels
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return x.narrow(1, self.after, self.channels)
''',
    "DropPath": '''
class DropPath(nn.Module):
    """Drops whole examples with probability p in training, and scales up the others."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        ones = x.new_ones(len(x), *(1,) * (x.ndim - 1))
        return x * F.dropout(ones, self.p, self.training)
''',
    "SqueezeExcite": '''
class SqueezeExcite(nn.Module):
    """Scales channels by a two-layer function of their means."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        means = x.flatten(2).mean(2)
        scale = torch.sigmoid(self.excite(F.relu(self.squeeze(means))))
        return x * scale.unflatten(1, (-1, *(1,) * (x.ndim - 2)))
''',
    "SelfAttention": '''
class SelfAttention(nn.Module):
    """Multi-head attention over all positions."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(x.flatten(2).mT).unflatten(2, (3, self.heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(query, key, value)
        return self.proj(y.transpose(1, 2).flatten(2)).mT.reshape(x.shape)
''',
}  # fmt: skip

_BANKS = '''
class Banks(dict[int, Tensor]):
    """Memory banks of `size` channels, by number."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def read(self, *banks: int) -> Tensor:
        """Their channels, one bank after another."""
        return torch.cat([self[i] for i in banks], 1)

    def write(self, value: Tensor, *banks: int) -> None:
        """Deal a value's channels to banks, from its first again when it is used up.

        An empty bank takes its part, a full one adds it.
        """
        for i, part in zip(banks, cycle(value.split(self.size, 1))):
            self[i] = self[i] + part if i in self else part
'''
_BANKS_BY = (
    (
        "value: Tensor, *banks: int)",
        "value: Tensor, *banks: int, by: Callable[..., Tensor] = torch.add)",
    ),
    ("a full one adds it", "a full one becomes `by` of what it holds and that"),
    ("self[i] + part if", "by(self[i], part) if"),
)

_GABOR = '''
def gabor(conv: nn.Conv{rank}d) -> nn.Conv{rank}d:
    """The convolution with fixed filters: waves under a Gaussian window, evenly spread."""
    weight, kernel = conv.weight, conv.kernel_size
    pairs = torch.arange(1, weight.flatten(0, 1).shape[0] + 1, dtype=torch.float64)
    azimuth, height, scale, phase = (pairs * 1.1673039782614187**-k % 1 for k in range(1, 5))
    wavelength = 2 + scale * max(max(kernel) - 2, 0)
    axes = [torch.arange(k, dtype=torch.float64) - (k - 1) / 2 for k in kernel]
    grid = torch.stack([axis.flatten() for axis in torch.meshgrid(*axes, indexing="ij")])
{direction}
    wave = torch.cos(2 * math.pi * (direction @ grid / wavelength[:, None] + phase[:, None]))
    sigma = torch.tensor([max(k / 4, 0.5) for k in kernel], dtype=torch.float64)
    filters = wave * torch.exp(-(grid / sigma[:, None]).square().sum(0) / 2)
    if filters.shape[1] > 1:
        filters = filters - filters.mean(1, keepdim=True)
    filters = filters.reshape(weight.shape[0], -1)
    filters = filters * math.sqrt(2) / filters.norm(dim=1, keepdim=True).clamp_min(1e-300)
    weight.requires_grad_(False).copy_(filters.reshape(weight.shape))
    return conv
'''
_DIRECTIONS = {
    1: "    direction = torch.ones_like(azimuth)[:, None]",
    2: "    angle = math.pi * azimuth\n"
    "    direction = torch.stack([torch.sin(angle), torch.cos(angle)], 1)",
    3: "    angle, z = math.pi * azimuth, 2 * height - 1\n"
    "    radius = torch.sqrt(1 - z.square())\n"
    "    direction = torch.stack([z, radius * torch.sin(angle), radius * torch.cos(angle)], 1)",
}

_INITIALISE = '''
def initialise(module: nn.Module) -> None:
    """Start convolutions from a normal distribution of variance 2 / fan-out (He et al. 2015)."""
    if isinstance(module, nn.Conv{rank}d){trained}:
        fan_out = module.weight[:, 0].numel() // module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))
'''
_FIXED = " and module.weight.requires_grad"
_BIAS = "        if module.bias is not None:\n            nn.init.zeros_(module.bias)\n"


_STANDARD = {
    "math": "import math",
    "OrderedDict": "from collections import OrderedDict",
    "Callable": "from collections.abc import Callable",
    "reduce": "from functools import reduce",
    "cycle": "from itertools import cycle",
    "Path": "from pathlib import Path",
}


@dataclass(frozen=True)
class Convolutions:
    """What the convolutions of a file need.

    `keywords` are those given to `conv1d` to `conv3d`; `uneven` says which of kernel, stride and
    dilation differ between dimensions somewhere; `biased` and `fixed` whether any has a bias, or
    filters that are not trained.
    """

    rank: int
    keywords: frozenset[str]
    uneven: frozenset[str]
    biased: bool
    fixed: bool


def helpers(code: str, convolutions: Convolutions) -> list[str]:
    """The helpers that `code` calls, in the order of the file."""
    catalog = dict(_catalog(code, convolutions))
    wanted: dict[str, None] = {}
    pending = [code]
    while pending:
        text = pending.pop()
        for name in catalog:
            if name not in wanted and _calls(text, name):
                wanted[name] = None
                pending.append(catalog[name])
    return [catalog[name].strip("\n") for name in catalog if name in wanted]


def _calls(text: str, name: str) -> bool:
    """Whether a text calls something, or gives it as an argument."""
    called = rf"(?<![\w.`]){name}(?=[(,)])|(?<=={name})$"
    return re.search(called, text, re.MULTILINE) is not None


def _catalog(code: str, convolutions: Convolutions) -> Iterable[tuple[str, str]]:
    rank = convolutions.rank
    yield f"conv{rank}d", "\n".join(_convolution(convolutions))
    if rank:
        yield "gabor", _GABOR.format(rank=rank, direction=_DIRECTIONS[rank])
    trained = _FIXED if convolutions.fixed else ""
    initialise = _INITIALISE.format(rank=rank, trained=trained)
    yield "initialise", initialise + (_BIAS if convolutions.biased else "")
    yield "chain", _TEXTS["chain"]
    for name, (doc, value) in _BRANCHES.items():
        yield name, _branches(name, doc, value)
    for name, (doc, value) in _REDUCTIONS.items():
        yield name, _reduction(name, doc, value)
    yield from (item for item in _TEXTS.items() if item[0] != "chain")
    yield "Banks", _banks(code)


def _branches(name: str, doc: str, value: str) -> str:
    shown = value.format("[branch(x) for branch in self]")
    return (
        f'class {name}(nn.Sequential):\n    """{doc}"""\n\n'
        f"    def forward(self, x: Tensor) -> Tensor:\n        return {shown}\n"
    )


def _reduction(name: str, doc: str, value: str) -> str:
    return f'def {name}(*values: Tensor) -> Tensor:\n    """{doc}"""\n    return {value}\n'


def _banks(code: str) -> str:
    text = _BANKS
    if " by=" in code:
        for old, new in _BANKS_BY:
            text = text.replace(old, new)
    return text


def _convolution(conv: Convolutions) -> list[str]:
    """A function for convolutions that keep the resolution, with the options in use."""
    name, rank = f"conv{conv.rank}d", conv.rank
    sized = f"int | tuple[{', '.join(['int'] * max(rank, 1))}]"
    options = [
        option for option in ("stride", "dilation", "groups", "bias") if option in conv.keywords
    ]
    types = {"bias": "bool = False", "groups": "int = 1"}
    for option in ("stride", "dilation"):
        types[option] = f"{sized if option in conv.uneven else 'int'} = 1"
    kernel = sized if "kernel" in conv.uneven else "int"
    parameters = ["in_channels: int", "out_channels: int", f"kernel: {kernel}"]
    parameters += [f"{option}: {types[option]}" for option in options]
    what = "A convolution" if "bias" in options else "A convolution without bias"
    keeps = "keeps the resolution" + (" at stride 1" if "stride" in options else "")
    setup, padding = _padding(conv)
    args = [Arg("in_channels"), Arg("out_channels"), Arg("kernel"), Arg(padding, "padding")]
    args += [Arg(option, option) for option in options]
    args += [] if "bias" in options else [Arg("False", "bias")]
    body = lines("return ", Call(f"nn.Conv{rank}d", tuple(args)), 4)
    head = signature(name, parameters, f"nn.Conv{rank}d")
    return [*head, f'    """{what} that {keeps}."""', *setup, *body]


def _padding(conv: Convolutions) -> tuple[list[str], str]:
    """Statements before, and the padding that keeps the resolution for odd kernels."""
    if conv.uneven <= {"stride"}:
        return [], "dilation * (kernel // 2)" if "dilation" in conv.keywords else "kernel // 2"
    axes = "dhw"[-conv.rank :]
    setup, sizes, factors = [], ["kernel"] * conv.rank, ["dilation"] * conv.rank
    if "kernel" in conv.uneven:
        sizes = list(axes)
        setup.append(_per_dimension(sizes, "kernel"))
    if "dilation" in conv.uneven:
        factors = [f"d{axis}" for axis in axes]
        setup.append(_per_dimension(factors, "dilation"))
    if "dilation" in conv.keywords:
        each = [f"{d} * ({k} // 2)" for d, k in zip(factors, sizes, strict=True)]
    else:
        each = [f"{k} // 2" for k in sizes]
    return setup, f"({', '.join(each)})"


def _per_dimension(names: list[str], value: str) -> str:
    repeated = ", ".join([value] * len(names))
    return f"    {', '.join(names)} = {value} if isinstance({value}, tuple) else ({repeated})"


def imports(code: str) -> tuple[str, str]:
    """The import lines that a file's code needs: of the standard library, and of torch."""
    standard = [line for name, line in _STANDARD.items() if re.search(rf"(?<![\w.]){name}\b", code)]
    fx = "fx, " if re.search(r"(?<![\w.])fx\.", code) else ""
    torch = ["import torch", f"from torch import Tensor, {fx}nn"]
    if re.search(r"(?<![\w.])F\.", code):
        torch.append("from torch.nn import functional as F")
    return "\n".join(standard), "\n".join(torch)
