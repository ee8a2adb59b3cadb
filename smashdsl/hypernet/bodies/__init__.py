"""The bodies of HyperNets: what the encodings say → features of each position of a filter."""

from torch import Tensor

from smashdsl.hypernet.bodies.densenet import DenseNetBody as DenseNetBody
from smashdsl.hypernet.bodies.densenet import DenseNetSettings as DenseNetSettings
from smashdsl.hypernet.bodies.graph import GraphBody as GraphBody
from smashdsl.hypernet.bodies.graph import GraphSettings as GraphSettings

Known = tuple[Tensor, ...]
"""What a body knows of a batch, from which it makes the features of positions."""
