"""Initial values of a module's parameters."""

from __future__ import annotations

import math

import torch
from torch import nn

from smashdsl.backends.module.layers import Attend, LayerScale

_CONV = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORM = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)


@torch.no_grad()
def initialise(module: nn.Module, generator: torch.Generator | None) -> None:
    """Fill the parameters of a built-in operation's module and of its children.

    Convolutions are normal with variance 2 / fan-out (He et al. 2015), their biases zero; linear
    layers uniform within 1 / sqrt(fan-in), as torch has them; normalisations 1 and 0; scores 0;
    scales of layers what they say.
    Fixed filters are left alone. `generator` is where chance comes from, torch's own if None.
    """
    for part in module.modules():
        if isinstance(part, _CONV):
            _convolution(part, generator)
        elif isinstance(part, nn.Linear):
            bound = 1 / math.sqrt(part.in_features)
            for tensor in part.parameters(recurse=False):
                tensor.uniform_(-bound, bound, generator=generator)
        elif isinstance(part, _NORM):
            part.reset_parameters()
        elif isinstance(part, LayerScale):
            part.weight.fill_(part.init)
        elif isinstance(part, Attend):
            part.scores.zero_()


def _convolution(
    conv: nn.Conv1d | nn.Conv2d | nn.Conv3d, generator: torch.Generator | None
) -> None:
    if conv.weight.requires_grad:
        fan_out = conv.out_channels // conv.groups * math.prod(conv.kernel_size)
        conv.weight.normal_(0, math.sqrt(2 / fan_out), generator=generator)
    if conv.bias is not None:
        conv.bias.zero_()
